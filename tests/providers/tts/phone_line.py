"""A line to speak on, a voice with a script and an ear that notes what is heard."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from threading import Event, Lock

import numpy as np
from numpy.typing import NDArray
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InterruptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from providers.tts.sentences import PieceSizes

PATIENCE_S = 30.0


class Ear(FrameProcessor):
    """Keeps what is spoken, with the time it came."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[float, Frame]] = []
        self.stops = asyncio.Queue[Frame]()
        self.audible = asyncio.Event()
        self.interrupted = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        self.heard.append((asyncio.get_running_loop().time(), frame))
        if isinstance(frame, TTSAudioRawFrame):
            self.audible.set()
        if isinstance(frame, InterruptionFrame):
            self.interrupted.set()
        if isinstance(frame, TTSStoppedFrame):
            self.stops.put_nowait(frame)
        await self.push_frame(frame, direction)

    def audio(self) -> list[TTSAudioRawFrame]:
        return [frame for _, frame in self.heard if isinstance(frame, TTSAudioRawFrame)]

    @property
    def pcm(self) -> bytes:
        return b"".join(frame.audio for frame in self.audio())

    @property
    def texts(self) -> list[str]:
        return [frame.text for _, frame in self.heard if isinstance(frame, TTSTextFrame)]


@dataclass
class Line:
    """A running pipeline that ends in an ear."""

    worker: PipelineWorker
    ear: Ear
    errors: list[ErrorFrame] = field(default_factory=list[ErrorFrame])
    failed: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, text: str) -> bytes:
        """Returns what is heard of one text."""
        before = len(self.ear.pcm)
        await self.worker.queue_frame(TTSSpeakFrame(text))
        await asyncio.wait_for(self.ear.stops.get(), PATIENCE_S)
        return self.ear.pcm[before:]

    async def interrupt(self) -> None:
        """Returns when everything before the ear has been interrupted."""
        await self.worker.queue_frame(InterruptionFrame())
        await asyncio.wait_for(self.ear.interrupted.wait(), PATIENCE_S)

    async def hang_up(self) -> None:
        await self.worker.queue_frame(EndFrame())


Understand = Callable[[bytes, int, str], str]
Dial = Callable[[FrameProcessor], AbstractAsyncContextManager[Line]]


@asynccontextmanager
async def open_line(service: FrameProcessor) -> AsyncGenerator[Line]:
    ear = Ear()
    worker = PipelineWorker(
        Pipeline([service, ear]),
        params=PipelineParams(audio_out_sample_rate=24000),
        idle_timeout_secs=None,
        enable_rtvi=False,
    )
    line = Line(worker, ear)
    started = asyncio.Event()

    async def on_started(_: PipelineWorker, __: Frame) -> None:
        started.set()

    async def on_error(_: PipelineWorker, frame: ErrorFrame) -> None:
        line.errors.append(frame)
        line.failed.set()

    worker.add_event_handler("on_pipeline_started", on_started)
    worker.add_event_handler("on_pipeline_error", on_error)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(runner.run())
        await asyncio.wait_for(started.wait(), PATIENCE_S)
        try:
            yield line
        finally:
            await worker.cancel()
            await asyncio.wait_for(running, PATIENCE_S)


class ScriptedVoice:
    """Says every piece as a tone, one second per ten characters; can be held and can fail."""

    def __init__(self, *, first: int = 200, most: int = 200, rate_hz: int = 16000) -> None:
        self.name = "scripted"
        self.language = "en"
        self.rate_hz = rate_hz
        self.sizes = PieceSizes(first=first, most=most)
        self.said: list[str] = []
        self.fails_at: str | None = None
        self.is_silent = False
        self.holds_at = ""
        self.free = Event()
        self.free.set()
        self.began = Event()
        self._lock = Lock()

    def synthesize(self, text: str) -> NDArray[np.int16]:
        with self._lock:
            self.said.append(text)
        self.began.set()
        if self.holds_at in text:
            assert self.free.wait(PATIENCE_S)
        if self.fails_at is not None and self.fails_at in text:
            raise RuntimeError("out of breath")
        length = int(self.rate_hz * len(text) / 10)
        if self.is_silent:
            return np.zeros(length, np.int16)
        tone = np.sin(np.arange(length) * 2 * np.pi * 300 / self.rate_hz)
        return (tone * 9000).astype(np.int16)
