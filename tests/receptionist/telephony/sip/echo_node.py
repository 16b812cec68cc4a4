"""A process that answers every SIP call and returns what it hears, until it is told to end."""

import asyncio
import json
import os
import signal
import sys

from loguru import logger

from receptionist.admission import resident_mb
from receptionist.telephony.sip.contract import EndpointOptions, SipCall, SipError
from receptionist.telephony.sip.endpoint import BaresipEndpoint, opened
from receptionist.telephony.sip.listening import Listening


async def echo(call: SipCall) -> None:
    try:
        await call.answer()
        while not call.closed.is_set():
            pcm = call.read()
            if pcm and call.queued_ms < 60:
                call.write(pcm)
            await asyncio.sleep(0.02)
    except SipError:
        return
    finally:
        await call.hang_up()


async def take(endpoint: BaresipEndpoint, group: asyncio.TaskGroup) -> None:
    async for call in endpoint.incoming:
        group.create_task(echo(call))


async def report(endpoint: BaresipEndpoint) -> None:
    """Answers each line on standard input with how the process is."""
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        health = await endpoint.health()
        times = os.times()
        told = {
            "alive": health.alive,
            "calls": health.calls,
            "files": len(os.listdir("/proc/self/fd")),
            "memory_mb": round(resident_mb(), 1),
            "cpu_s": times.user + times.system,
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


async def main(port: int, max_calls: int) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    listening = Listening(port=port, rtp_first=33000, rtp_last=36998)
    options = EndpointOptions(listening=listening, max_calls=max_calls)
    async with opened(options) as endpoint, asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(take(endpoint, group)),
            group.create_task(report(endpoint)),
        ]
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await told.wait()
        for task in tasks:
            task.cancel()
        await endpoint.close()
    os._exit(3 if endpoint.stuck else 0)


if __name__ == "__main__":
    logger.remove()
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
