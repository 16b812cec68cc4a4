"""Joins a SIP call to the pipeline of its conversation.

Audio goes out well ahead of the moment it is heard: the native side sends it packet by packet,
and a process that stalls for 400 ms makes no hole. Everything else keeps to what was heard.
"""

import asyncio
from typing import Any

from pipecat.frames.frames import (
    CancelFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    StartFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import BaseTransport, TransportParams

from receptionist.telephony.sip.contract import SipCall
from receptionist.telephony.sip.playout import Playout

FRAME_MS = 20
AHEAD_MS = 600
"""Queued in the native side: longer than any stall of a healthy process."""


class _Input(BaseInputTransport):
    def __init__(self, call: SipCall, params: TransportParams) -> None:
        super().__init__(params)
        self._call = call
        self._frame_bytes = call.rate_hz * FRAME_MS // 1000 * 2
        self._pump: asyncio.Task[None] | None = None

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._pump = self.create_task(self._listen(), "caller")

    async def cleanup(self) -> None:
        if self._pump:
            pump, self._pump = self._pump, None
            await self.cancel_task(pump)
        await super().cleanup()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            pcm = self._call.read()
            for start in range(0, len(pcm), self._frame_bytes):
                part = pcm[start : start + self._frame_bytes]
                await self.push_audio_frame(InputAudioRawFrame(part, self._call.rate_hz, 1))
            due_s = max(due_s + FRAME_MS / 1000, loop.time())
            await asyncio.sleep(due_s - loop.time())


class _Output(BaseOutputTransport):
    def __init__(self, call: SipCall, params: TransportParams) -> None:
        super().__init__(params)
        self._call = call
        self._playout = Playout(call.rate_hz)
        self._moved = asyncio.Event()
        self._cuts = 0
        self._pump: asyncio.Task[None] | None = None

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._pump = self.create_task(self._follow(), "playout")

    async def cleanup(self) -> None:
        if self._pump:
            pump, self._pump = self._pump, None
            await self.cancel_task(pump)
        await super().cleanup()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Stops what is being heard as soon as it is interrupted."""
        if isinstance(frame, InterruptionFrame):
            self._cuts += 1
            self._moved.set()
            if self._playout.ahead_ms:
                self._silence()
        elif isinstance(frame, CancelFrame):
            self._playout.clear()
            self._silence()
        await super().process_frame(frame, direction)

    async def push_frame(
        self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM
    ) -> None:
        """Passes `frame` on when the audio before it has been heard."""
        if not self._playout.waits(frame, direction):
            await super().push_frame(frame, direction)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Queues a chunk as soon as there is room; returns False when it was interrupted."""
        cuts = self._cuts
        while self._playout.ahead_ms >= AHEAD_MS:
            self._moved.clear()
            await self._moved.wait()
            if cuts != self._cuts and frame.interruptible:
                return False
        self._call.write(frame.audio)
        self._playout.wrote(frame.audio)
        return True

    def _silence(self) -> None:
        rest = self._playout.cut()
        self._call.flush()
        if rest:
            self._call.write(rest)

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        last_s = loop.time()
        while True:
            await asyncio.sleep(FRAME_MS / 1000)
            now_s = loop.time()
            queued = self._call.queued_ms * self._call.rate_hz // 1000
            for due in self._playout.advance(now_s - last_s, queued):
                await super().push_frame(due.frame, due.direction)
            self._playout.passed()
            last_s = now_s
            self._moved.set()


class SipTransport(BaseTransport):
    """A SIP call as the pipeline sees it.

    Args:
        call: Answered, at its own rate in both directions.
    """

    def __init__(self, call: SipCall) -> None:
        super().__init__()
        params = TransportParams(
            audio_in_enabled=True,
            audio_in_sample_rate=call.rate_hz,
            audio_out_enabled=True,
            audio_out_sample_rate=call.rate_hz,
            audio_out_10ms_chunks=FRAME_MS // 10,
            audio_out_end_silence_secs=0,
        )
        self._in: Any = _Input(call, params)
        self._out: Any = _Output(call, params)

    def input(self) -> FrameProcessor:
        """Returns where the caller's audio enters the pipeline."""
        return self._in

    def output(self) -> FrameProcessor:
        """Returns where the assistant's audio leaves it."""
        return self._out
