"""A process with the product's SIP stack, whose calls do what the user that is called says.

Run as `python -m eval.telephony_echo PORT FIRST_RTP_PORT MAX_CALLS`. It prints `ready`, and answers
each line of standard input, which is a JSON object with `do`, with a line of its own.

- `echo` returns what it hears
- `tone` speaks a tone, as far ahead as the product does
- `listen` keeps what it hears
"""

import asyncio
import json
import os
import signal
import sys
import time
from array import array
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from loguru import logger

from eval.measures import memory_mb, open_files
from receptionist.telephony.sip.contract import EndpointOptions, SipCall, SipError
from receptionist.telephony.sip.endpoint import BaresipEndpoint, opened
from receptionist.telephony.sip.listening import Listening
from receptionist.telephony.sip.transport import AHEAD_MS

FRAME_S = 0.02
ECHO_AHEAD_MS = 20
"""More would be heard as a delay that is not the line's."""
TONE_HZ = 500
RTP_PORTS = 1998


class EchoNode:
    """Answers the calls of one stack.

    Args:
        endpoint: The stack.
    """

    def __init__(self, endpoint: BaresipEndpoint) -> None:
        self._endpoint = endpoint
        self._calls: set[SipCall] = set()
        self._late_ms = array("d")
        self._silenced: set[SipCall] = set()
        self._heard: list[dict[str, Any]] = []
        self._draining: asyncio.Task[None] | None = None
        self._kinds: dict[str, Callable[[SipCall], Any]] = {
            "tone": self._speak,
            "listen": self._listen,
        }

    async def take_all(self, group: asyncio.TaskGroup) -> None:
        """Takes every call."""
        async for call in self._endpoint.incoming:
            group.create_task(self._take(call))

    async def watch(self) -> None:
        """Notes how late the loop is."""
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + FRAME_S
            await asyncio.sleep(FRAME_S)
            self._late_ms.append((loop.time() - due_s) * 1000)

    async def obey(self) -> None:
        """Does what standard input says, and tells what came of it."""
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            told = await self._do(**json.loads(line))
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()

    async def _do(self, *, do: str, ms: int = 0) -> dict[str, Any]:
        if do == "stall":
            _stall(ms / 1000)
        elif do == "flush":
            at_s = time.time()
            for call in self._calls:
                call.flush()
                self._silenced.add(call)
            return {"at_s": at_s}
        elif do == "heard":
            return {"calls": self._heard}
        elif do == "drain":
            self._draining = asyncio.get_running_loop().create_task(self._endpoint.drain())
        return await self._health()

    async def _health(self) -> dict[str, Any]:
        health = await self._endpoint.health()
        times, late_ms = os.times(), self._late_ms
        self._late_ms = array("d")
        stats = [call.stats() for call in self._calls]
        return {
            "alive": health.alive,
            "calls": health.calls,
            "leaked": health.leaked,
            "draining": health.draining,
            "drained": bool(self._draining and self._draining.done()),
            "files": open_files(),
            "memory_mb": round(memory_mb(), 1),
            "cpu_s": times.user + times.system,
            "loop_late_p99_ms": float(np.percentile(late_ms, 99)) if late_ms else 0.0,
            "loop_late_max_ms": max(late_ms, default=0.0),
            "jitter_ms": max((each.jitter_ms for each in stats), default=0.0),
            "lost": sum(each.lost for each in stats),
            "queued_ms": max((call.queued_ms for call in self._calls), default=0),
            "filled_ms": sum(each.filled_ms for each in stats),
        }

    async def _take(self, call: SipCall) -> None:
        try:
            await call.answer()
            self._calls.add(call)
            await self._kinds.get(call.inbound.called, self._echo)(call)
        except SipError:
            return
        finally:
            self._calls.discard(call)
            self._silenced.discard(call)
            await call.hang_up()

    async def _echo(self, call: SipCall) -> None:
        while not call.closed.is_set():
            pcm = call.read()
            if pcm and call.queued_ms < ECHO_AHEAD_MS:
                call.write(pcm)
            await asyncio.sleep(FRAME_S)

    async def _speak(self, call: SipCall) -> None:
        at, frame = 0, round(call.rate_hz * FRAME_S)
        while not call.closed.is_set():
            call.read()
            while call.queued_ms < AHEAD_MS and call not in self._silenced:
                wave = np.sin(2 * np.pi * TONE_HZ / call.rate_hz * np.arange(at, at + frame))
                call.write((8000 * wave).astype(np.int16).tobytes())
                at += frame
            await asyncio.sleep(FRAME_S)

    async def _listen(self, call: SipCall) -> None:
        loop = asyncio.get_running_loop()
        began_s, lasted_s, heard = 0.0, 0.0, bytearray()
        while not call.closed.is_set():
            pcm = call.read()
            if pcm and not began_s:
                began_s = loop.time() - len(pcm) / 2 / call.rate_hz
            heard += pcm
            lasted_s = loop.time() - began_s
            await asyncio.sleep(FRAME_S)
        frame = round(call.rate_hz * FRAME_S)
        samples = np.frombuffer(bytes(heard), np.int16).astype(float)
        levels = np.sqrt((samples[: samples.size // frame * frame].reshape(-1, frame) ** 2).mean(1))
        self._heard.append(
            {
                "lasted_s": lasted_s,
                "heard_s": samples.size / call.rate_hz,
                "silent_frames": int((levels < 200).sum()),
                "frames": len(levels),
                "filled_ms": call.stats().filled_ms,
            }
        )


def _stall(seconds: float) -> None:
    """Does nothing, and lets nobody else do anything."""
    time.sleep(seconds)


async def main(port: int, first_rtp_port: int, max_calls: int) -> None:
    """Serves until SIGTERM."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    listening = Listening(
        port=port, rtp_first=first_rtp_port, rtp_last=first_rtp_port + RTP_PORTS, behind_edge=True
    )
    options = EndpointOptions(listening=listening, max_calls=max_calls)
    async with opened(options) as endpoint, asyncio.TaskGroup() as group:
        node = EchoNode(endpoint)
        tasks = [
            group.create_task(each) for each in (node.take_all(group), node.watch(), node.obey())
        ]
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        with suppress(asyncio.CancelledError):
            await told.wait()
        for task in tasks:
            task.cancel()
        await endpoint.close()
    # Calls that nobody can end are left to the end of the process.
    os._exit(0)


if __name__ == "__main__":
    logger.remove()
    asyncio.run(main(*(int(value) for value in sys.argv[1:4])))
