"""A node behind the edge: a SIP stack of its own process that answers every call with its echo.

Run as `python -m ...echo_node PORT FIRST_RTP_PORT [RING_SECONDS]`; SIGUSR1 drains it. It prints
`ready`, and then a line for each key that a caller presses.
"""

import asyncio
import signal
import sys
from typing import Any

import baresip
from baresip import Account, Call, Config, Event, Runtime, StackEvent, UserAgent

FRAME_S = 0.02
MOST_CALLS = 200


class EchoNode:
    """Answers, and sends back what it hears."""

    def __init__(self, ring_s: float) -> None:
        self._ring_s = ring_s
        self._calls: set[asyncio.Task[None]] = set()

    def incoming(self, call: Call) -> None:
        """Takes a call beside the others."""
        task = asyncio.get_running_loop().create_task(self._talk(call))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _talk(self, call: Call) -> None:
        closed = asyncio.Event()

        def happened(event: StackEvent) -> None:
            if event.event is Event.CALL_CLOSED:
                closed.set()

        def pressed(key: Any) -> None:
            _say(f"key {key.digit}")

        call.on(happened)
        call.on_dtmf(pressed)
        try:
            async with asyncio.timeout(self._ring_s):
                await closed.wait()
        except TimeoutError:
            pass
        try:
            await call.answer()
            while not closed.is_set():
                self._echo(call)
                await asyncio.sleep(FRAME_S)
        except baresip.BaresipError:
            return

    def _echo(self, call: Call) -> None:
        try:
            heard = call.audio.read(64_000)
            if heard:
                call.audio.write(heard)
        except (baresip.AudioNotActive, baresip.AudioRestarted):
            return


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main(port: int, first_rtp_port: int, ring_s: float) -> None:
    """Serves until SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    runtime = Runtime()
    lines = [
        f"sip_listen 127.0.0.1:{port}",
        f"rtp_ports {first_rtp_port}-{first_rtp_port + 998}",
        "audio_jitter_buffer_type adaptive",
        "audio_jitter_buffer_ms 20-100",
        "rtp_timeout 30",
    ]
    text = "\n".join(lines) + "\n"
    await runtime.start(
        Config(
            net_interface="127.0.0.1",
            max_concurrent_calls=MOST_CALLS,
            native_log_level="warning",
            extra_config_text=text,
        )
    )
    account = Account(
        "node",
        "127.0.0.1",
        "",
        reg_interval=0,
        transport="udp",
        audio_codecs=("pcmu", "pcma"),
        extra_params=("catchall=yes", "video_codecs=none"),
    )
    agent = await UserAgent.create(runtime, account)
    agent.on_incoming(EchoNode(ring_s).incoming)
    drains: list[asyncio.Task[None]] = []
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(
        signal.SIGUSR1, lambda: drains.append(loop.create_task(runtime.drain()))
    )
    _say("ready")
    await stop.wait()
    await runtime.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float((*sys.argv[3:], "0")[0])))
