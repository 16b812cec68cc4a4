"""A carrier's stream as a transport: the wire may go and come back while the call goes on."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    StartFrame,
    SystemFrame,
)
from pipecat.processors.frame_processor import (
    FrameDirection,
    FrameProcessor,
    FrameProcessorSetup,
)
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import BaseTransport, TransportParams

from receptionist.telephony.media_stream.playout import Playout
from receptionist.telephony.media_stream.wire import Wire

FRAME_MS = 20
LEAD_S = 0.4
"""So much is sent ahead: a loop that is late for as long makes no hole in what is heard."""
SETTLE_S = 0.005
"""pipecat lets system frames overtake: the end of speech waits until its audio has been taken."""
BURST_S = 2.0
"""A network that was held up delivers late audio at once; whoever sends more floods."""


class _Input(BaseInputTransport):
    """Hears the caller, in frames of 20 ms; silence while he is being put through."""

    def __init__(self, params: TransportParams, rate_hz: int) -> None:
        super().__init__(params)
        self.ready = asyncio.Event()
        self.setup_of_call: FrameProcessorSetup | None = None
        self._rate_hz = rate_hz
        self._frame_bytes = rate_hz * FRAME_MS // 1000 * 2
        self._pending = bytearray()
        self._began_s: float | None = None
        self._taken_s = 0.0
        self._last_s = 0.0
        self._company: asyncio.Task[None] | None = None

    async def setup(self, setup: FrameProcessorSetup) -> None:
        await super().setup(setup)
        self.setup_of_call = setup

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self.ready.set()

    async def cleanup(self) -> None:
        await self.hold(held=False)
        await super().cleanup()

    async def take(self, pcm: bytes) -> None:
        """Takes audio; what comes faster than time goes by is dropped."""
        now_s = asyncio.get_running_loop().time()
        if self._began_s is None:
            self._began_s = now_s
        length_s = len(pcm) / 2 / self._rate_hz
        if self._taken_s + length_s > now_s - self._began_s + BURST_S:
            return
        self._taken_s += length_s
        self._last_s = now_s
        self._pending += pcm
        while len(self._pending) >= self._frame_bytes:
            piece = bytes(self._pending[: self._frame_bytes])
            del self._pending[: self._frame_bytes]
            await self._hear(piece)

    async def hold(self, *, held: bool) -> None:
        """Fills the call with silence while no audio comes, or no longer does."""
        if held and self._company is None:
            self._company = self.create_task(self._keep_company(), "silence")
        elif not held and self._company is not None:
            task, self._company = self._company, None
            await self.cancel_task(task)

    async def _keep_company(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            due_s += FRAME_MS / 1000
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            if loop.time() - self._last_s > 5 * FRAME_MS / 1000:
                await self._hear(bytes(self._frame_bytes))

    async def _hear(self, pcm: bytes) -> None:
        await self.push_audio_frame(InputAudioRawFrame(pcm, self._rate_hz, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A frame that goes on when all audio before it has been heard."""

    frame: Frame
    direction: FrameDirection

    @property
    def audio(self) -> bool:
        return isinstance(self.frame, OutputAudioRawFrame)


class _Output(BaseOutputTransport):
    """Sends audio ahead, and passes it on when it has been heard."""

    def __init__(self, params: TransportParams, *, has_marks: bool) -> None:
        super().__init__(params)
        self.wire: Wire | None = None
        self._playout = Playout(has_marks=has_marks)
        self._waiting: deque[_Waiting] = deque()
        self._changed = asyncio.Event()
        self._releasing: asyncio.Task[None] | None = None
        self._passing = asyncio.Lock()
        self._interruptions = 0

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._releasing = self.create_task(self._release(), "heard")

    async def stop(self, frame: EndFrame) -> None:
        """Returns when all has been heard."""
        await super().stop(frame)
        while self._waiting:
            self._changed.clear()
            await self._changed.wait()

    async def cancel(self, frame: CancelFrame) -> None:
        await super().cancel(frame)
        self._waiting.clear()
        self._changed.set()

    async def cleanup(self) -> None:
        if self._releasing:
            await self.cancel_task(self._releasing)
            self._releasing = None
        await super().cleanup()

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Sends a chunk when it is its turn. Returns False: `_release` passes it on."""
        loop = asyncio.get_running_loop()
        early_s = self._playout.ahead_s(loop.time()) - LEAD_S
        if early_s > 0:
            await asyncio.sleep(early_s)
        length_s = len(frame.audio) / 2 / frame.sample_rate
        mark = self._playout.sent(length_s, loop.time())
        self._wait(frame, FrameDirection.DOWNSTREAM)
        if self.wire is not None:
            await self.wire.play(frame, mark)
        return False

    async def push_frame(
        self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM
    ) -> None:
        """Passes a frame on, in the order in which the caller hears what is around it."""
        if isinstance(frame, InterruptionFrame) and direction is FrameDirection.DOWNSTREAM:
            await self._interrupt(frame)
        elif self._waiting and _belongs_to_speech(frame, direction):
            self._wait(frame, direction)
        else:
            await super().push_frame(frame, direction)

    async def marked(self, name: str) -> None:
        """A mark has come back."""
        await self._pass_on(self._playout.marked(name, asyncio.get_running_loop().time()))

    def _wait(self, frame: Frame, direction: FrameDirection) -> None:
        self._waiting.append(_Waiting(frame=frame, direction=direction))
        self._changed.set()

    async def _interrupt(self, frame: Frame) -> None:
        """Throws away what has not been heard, unless some of it must be."""
        if any(waiting.audio and not waiting.frame.interruptible for waiting in self._waiting):
            await super().push_frame(frame, FrameDirection.DOWNSTREAM)
            return
        outstanding = bool(len(self._playout))
        self._interruptions += 1
        self._playout.cleared()
        kept = [w for w in self._waiting if isinstance(w.frame, BotStoppedSpeakingFrame)]
        self._waiting.clear()
        if outstanding and self.wire is not None:
            await self.wire.clear()
        await super().push_frame(frame, FrameDirection.DOWNSTREAM)
        for waiting in kept:
            await super().push_frame(waiting.frame, waiting.direction)
        self._changed.set()

    async def _release(self) -> None:
        """Passes on what has been heard by the clock."""
        loop = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            due_s = self._playout.due_s()
            try:
                async with asyncio.timeout_at(due_s):
                    await self._changed.wait()
            except TimeoutError:
                await self._pass_on(self._playout.heard(loop.time()))

    async def _pass_on(self, chunks: int) -> None:
        """Passes on so many chunks, and what waits behind them."""
        async with self._passing:
            interruptions, audio_before = self._interruptions, False
            while self._waiting and (chunks or not self._waiting[0].audio):
                if audio_before and isinstance(self._waiting[0].frame, SystemFrame):
                    await asyncio.sleep(SETTLE_S)
                    audio_before = False
                    if interruptions != self._interruptions:
                        return
                    continue
                waiting = self._waiting.popleft()
                chunks -= waiting.audio
                audio_before = audio_before or waiting.audio
                await super().push_frame(waiting.frame, waiting.direction)
            self._changed.set()


def _belongs_to_speech(frame: Frame, direction: FrameDirection) -> bool:
    """Returns whether a frame must not overtake what is being said."""
    if isinstance(frame, BotStartedSpeakingFrame | BotStoppedSpeakingFrame):
        return True
    other = SystemFrame | EndFrame | InputAudioRawFrame
    return direction is FrameDirection.DOWNSTREAM and not isinstance(frame, other)


class MediaStreamTransport(BaseTransport):
    """Joins the stream of a carrier to the pipeline.

    Args:
        rate_hz: Of the carrier's audio, both ways.
        chunk_ms: How much is sent at once.
        has_marks: The carrier tells when what was sent has been heard.
    """

    def __init__(self, rate_hz: int, *, chunk_ms: int, has_marks: bool) -> None:
        super().__init__()
        params = TransportParams(
            audio_in_enabled=True,
            audio_in_sample_rate=rate_hz,
            audio_out_enabled=True,
            audio_out_sample_rate=rate_hz,
            audio_out_10ms_chunks=chunk_ms // 10,
            audio_out_end_silence_secs=0,
        )
        self._in: Any = _Input(params, rate_hz)
        self._out: Any = _Output(params, has_marks=has_marks)

    def input(self) -> FrameProcessor:
        """Returns where the caller's audio enters the pipeline."""
        return self._in

    def output(self) -> FrameProcessor:
        """Returns where the assistant's audio leaves it."""
        return self._out

    async def attach(self, wire: Wire) -> None:
        """Puts the stream on `wire`, once the pipeline runs."""
        await self._in.ready.wait()
        await wire.setup(self._in.setup_of_call)
        self._out.wire = wire

    def detach(self) -> None:
        """Takes the stream off its wire."""
        self._out.wire = None

    async def take(self, pcm: bytes) -> None:
        """Takes audio of the caller, s16le mono."""
        await self._in.take(pcm)

    async def marked(self, name: str) -> None:
        """Takes a mark that has come back."""
        await self._out.marked(name)

    async def hold(self, *, held: bool) -> None:
        """Keeps the call alive while the caller is elsewhere."""
        await self._in.hold(held=held)
