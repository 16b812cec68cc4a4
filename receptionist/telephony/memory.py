"""A call in memory: a caller's audio goes in as 20 ms frames, the assistant's comes out.

Time is counted in samples: one 20 ms frame of the caller enters every 20 ms of the loop's clock,
silence when he says nothing, so positions in both tracks are exact on a real and a virtual clock.
"""

import asyncio
from typing import Any

from pipecat.frames.frames import InputAudioRawFrame, OutputAudioRawFrame, StartFrame
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import BaseTransport, TransportParams

FRAME_MS = 20


class CallerAudio:
    """What the caller says, in order; silence where he says nothing.

    Args:
        rate_hz: Rate of the audio, s16le mono.
    """

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.frame_bytes = rate_hz * FRAME_MS // 1000 * 2
        self._pending = bytearray()
        self._said = asyncio.Event()
        self._said.set()

    def say(self, pcm: bytes) -> None:
        """Appends speech to what is still to be said."""
        self._pending += pcm
        self._said.clear()

    async def wait_said(self) -> None:
        """Waits until the last sample given to `say` has entered the call."""
        await self._said.wait()

    def next_frame(self) -> bytes:
        """Returns the next 20 ms."""
        frame = bytes(self._pending[: self.frame_bytes])
        del self._pending[: self.frame_bytes]
        if not self._pending:
            self._said.set()
        return frame.ljust(self.frame_bytes, b"\0")


class _Input(BaseInputTransport):
    def __init__(self, caller: CallerAudio, params: TransportParams) -> None:
        super().__init__(params)
        self._caller = caller
        self._pump: asyncio.Task[None] | None = None

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._pump = self.create_task(self._send_frames(), "caller")

    async def cleanup(self) -> None:
        if self._pump:
            await self.cancel_task(self._pump)
            self._pump = None
        await super().cleanup()

    async def _send_frames(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            due_s += FRAME_MS / 1000
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            await self.push_audio_frame(
                InputAudioRawFrame(self._caller.next_frame(), self._caller.rate_hz, 1)
            )


class _Output(BaseOutputTransport):
    def __init__(self, params: TransportParams) -> None:
        super().__init__(params)
        self._free_at_s = 0.0

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Returns when the chunk has been played."""
        loop = asyncio.get_running_loop()
        played_s = len(frame.audio) / 2 / frame.sample_rate
        self._free_at_s = max(self._free_at_s, loop.time()) + played_s
        await asyncio.sleep(self._free_at_s - loop.time())
        return True


class MemoryTransport(BaseTransport):
    """Joins a caller in this process to the pipeline.

    Args:
        caller: The caller's side.
        rate_out_hz: Rate the assistant's audio is wanted at.
    """

    def __init__(self, caller: CallerAudio, rate_out_hz: int) -> None:
        super().__init__()
        params = TransportParams(
            audio_in_enabled=True,
            audio_in_sample_rate=caller.rate_hz,
            audio_out_enabled=True,
            audio_out_sample_rate=rate_out_hz,
            audio_out_10ms_chunks=FRAME_MS // 10,
            audio_out_end_silence_secs=0,
        )
        self._in: Any = _Input(caller, params)
        self._out: Any = _Output(params)

    def input(self) -> FrameProcessor:
        """Returns where the caller's audio enters the pipeline."""
        return self._in

    def output(self) -> FrameProcessor:
        """Returns where the assistant's audio leaves it."""
        return self._out
