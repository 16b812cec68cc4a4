"""Speech as a telephone carries it, and one call's recogniser under test."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import jiwer
import numpy as np
from hibari import Hibari
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.stt_service import STTService
from pipecat.workers.runner import WorkerRunner

from eval.speech import pcm, phone

RATE_HZ = 8000
FRAME_S = 0.02
_PATIENCE_S = 60.0
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@cache
def _voice() -> Any:
    return Hibari()


@cache
def say(text: str, rate_hz: int = RATE_HZ) -> bytes:
    """Returns `text` in the English voice over a telephone line."""
    return phone(np.asarray(_voice()(text, seed=1), np.float32), _voice().sample_rate, rate_hz)


def silence(seconds: float, rate_hz: int = RATE_HZ) -> bytes:
    """Returns digital silence."""
    return bytes(2 * int(seconds * rate_hz))


def noise(seconds: float, level: float) -> bytes:
    """Returns white noise of the given standard deviation."""
    return pcm(np.random.default_rng(0).normal(0, level, int(seconds * RATE_HZ)))


def plain(text: str) -> str:
    """Returns the words alone: numbers spelled out, no case, no punctuation."""
    words = "".join(f" {_DIGITS[int(c)]} " if c.isdigit() else c for c in text.lower())
    kept = "".join(c if c.isalpha() or c == "'" else " " for c in words.replace("’", "'"))
    return " ".join(kept.split())


def word_error_rate(said: Sequence[str], heard: Sequence[str]) -> float:
    return float(jiwer.wer([plain(text) for text in said], [plain(text) for text in heard]))


class _Tap(FrameProcessor):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Frame] = []
        self.fresh: asyncio.Queue[Frame] = asyncio.Queue()
        self.passed: asyncio.Queue[Frame] = asyncio.Queue()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        kinds = TranscriptionFrame | InterimTranscriptionFrame | ErrorFrame
        if isinstance(frame, kinds):
            self.seen.append(frame)
            self.fresh.put_nowait(frame)
        elif isinstance(frame, VADUserStartedSpeakingFrame | VADUserStoppedSpeakingFrame):
            self.passed.put_nowait(frame)
        await self.push_frame(frame, direction)


class Ears:
    """Plays a caller into a recogniser as fast as it goes, and keeps what comes out."""

    def __init__(self, worker: PipelineWorker, tap: _Tap, rate_hz: int) -> None:
        self._worker = worker
        self._tap = tap
        self._step = 2 * int(FRAME_S * rate_hz)
        self._rate_hz = rate_hz

    @property
    def frames(self) -> list[Frame]:
        return self._tap.seen

    @property
    def errors(self) -> list[ErrorFrame]:
        return [frame for frame in self.frames if isinstance(frame, ErrorFrame)]

    async def play(self, audio: bytes) -> None:
        for start in range(0, len(audio), self._step):
            chunk = audio[start : start + self._step]
            await self._worker.queue_frame(InputAudioRawFrame(chunk, self._rate_hz, 1))

    async def voice_starts(self) -> None:
        await self._pass(VADUserStartedSpeakingFrame(start_secs=0.2))

    async def voice_stops(self) -> None:
        await self._pass(VADUserStoppedSpeakingFrame(stop_secs=0.2))

    async def _pass(self, frame: Frame) -> None:
        """Sends a frame and waits until the recogniser has passed it on."""
        await self._worker.queue_frame(frame)
        await asyncio.wait_for(self._tap.passed.get(), _PATIENCE_S)

    async def next(self) -> Frame:
        return await asyncio.wait_for(self._tap.fresh.get(), _PATIENCE_S)

    async def final(self) -> TranscriptionFrame:
        while not isinstance(frame := await self.next(), TranscriptionFrame):
            pass
        return frame

    async def interim(self) -> InterimTranscriptionFrame:
        while not isinstance(frame := await self.next(), InterimTranscriptionFrame):
            pass
        return frame

    async def utterance(self, audio: bytes) -> TranscriptionFrame:
        """Speaks as the VAD sees it: start 200 ms into the speech, stop 200 ms after it."""
        late = 2 * int(0.2 * self._rate_hz)
        await self.play(silence(0.6, self._rate_hz) + audio[:late])
        await self.voice_starts()
        await self.play(audio[late:] + silence(0.2, self._rate_hz))
        await self.voice_stops()
        return await self.final()


@asynccontextmanager
async def listening(
    service: STTService, *behind: FrameProcessor, rate_hz: int = RATE_HZ
) -> AsyncGenerator[Ears]:
    """Runs a call's recogniser, with `behind` after it, until the block ends."""
    tap, errors = _Tap(), _Tap()
    errors.seen, errors.fresh = tap.seen, tap.fresh
    worker = PipelineWorker(
        Pipeline([errors, service, tap, *behind]),
        params=PipelineParams(audio_in_sample_rate=rate_hz),
        idle_timeout_secs=None,
        enable_rtvi=False,
    )
    started = asyncio.Event()

    async def on_started(_worker: PipelineWorker, _frame: Frame) -> None:
        started.set()

    worker.add_event_handler("on_pipeline_started", on_started)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(runner.run())
        await started.wait()
        yield Ears(worker, tap, rate_hz)
        await worker.queue_frame(EndFrame())
