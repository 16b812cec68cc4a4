"""A node behind the edge: the product's SIP stack, which answers every call with its echo.

Run as `python -m ...echo_node PORT FIRST_RTP_PORT [RING_SECONDS]`; SIGUSR1 drains it. It prints
`ready`, a line for each call with what its invitation says, and one for each key pressed.
"""

import asyncio
import json
import signal
import sys
from contextlib import suppress

from receptionist.telephony.sip.contract import (
    CallGoneError,
    EndpointOptions,
    SipCall,
    SipEndpoint,
    SipError,
)
from receptionist.telephony.sip.endpoint import opened
from receptionist.telephony.sip.listening import Listening

FRAME_S = 0.02
MOST_CALLS = 200


async def talk(call: SipCall, ring_s: float) -> None:
    """Answers after a while, and sends back what it hears."""
    says = call.inbound
    told = {
        "called": says.called,
        "caller": says.caller,
        "asserted": says.asserted,
        "verstat": says.verstat,
        "source": says.source,
        "peer": says.headers.get("x-edge-peer", ""),
    }
    say(f"call {json.dumps(told)}")
    with suppress(TimeoutError):
        async with asyncio.timeout(ring_s):
            await call.closed.wait()
    with suppress(CallGoneError, SipError):
        await call.answer()
        while not call.closed.is_set():
            call.write(call.read())
            while not call.keys.empty():
                say(f"key {call.keys.get_nowait()}")
            await asyncio.sleep(FRAME_S)


def say(line: str) -> None:
    """Prints a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def serve(endpoint: SipEndpoint, group: asyncio.TaskGroup, ring_s: float) -> None:
    """Takes every call."""
    async for call in endpoint.incoming:
        group.create_task(talk(call, ring_s))


async def main(port: int, first_rtp_port: int, ring_s: float) -> None:
    """Serves until SIGTERM."""
    listening = Listening(
        port=port, rtp_first=first_rtp_port, rtp_last=first_rtp_port + 998, behind_edge=True
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with (
        opened(EndpointOptions(listening=listening, max_calls=MOST_CALLS)) as endpoint,
        asyncio.TaskGroup() as group,
    ):
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        loop.add_signal_handler(signal.SIGUSR1, lambda: group.create_task(endpoint.drain()))
        serving = group.create_task(serve(endpoint, group, ring_s))
        say("ready")
        await stop.wait()
        serving.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float((*sys.argv[3:], "0")[0])))
