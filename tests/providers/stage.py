"""A running pipeline around one processor, on whatever clock the loop has."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from pipecat.frames.frames import EndFrame, Frame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

F = TypeVar("F", bound=Frame)
RATE_HZ = 16_000


class Tap(FrameProcessor):
    """Notes what passes and when, in seconds of the loop."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[float, Frame, FrameDirection]] = []
        self._passed = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        self.seen.append((asyncio.get_running_loop().time(), frame, direction))
        self._passed.set()
        await self.push_frame(frame, direction)

    def of(self, kind: type[F]) -> list[F]:
        return [frame for _, frame, _ in self.seen if isinstance(frame, kind)]

    async def saw(self, kind: type[Frame], count: int, within_s: float = 5.0) -> None:
        """Waits until `count` frames have passed."""
        async with asyncio.timeout(within_s):
            while len(self.of(kind)) < count:
                self._passed.clear()
                await self._passed.wait()

    def at_s(self, kind: type[Frame]) -> list[float]:
        return [at_s for at_s, frame, _ in self.seen if isinstance(frame, kind)]


@dataclass
class Stage:
    """The pipeline while it runs; `before` and `after` stand around the processor."""

    worker: PipelineWorker
    before: Tap = field(default_factory=Tap)
    after: Tap = field(default_factory=Tap)

    async def send(self, *frames: Frame) -> None:
        for frame in frames:
            await self.worker.queue_frame(frame)


@asynccontextmanager
async def on_stage(processor: FrameProcessor) -> AsyncGenerator[Stage]:
    """Yields the running pipeline; it is ended gently with the block."""
    before, after = Tap(), Tap()
    worker = PipelineWorker(
        Pipeline([before, processor, after]),
        params=PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ),
        enable_rtvi=False,
        idle_timeout_secs=None,
    )
    started = asyncio.Event()

    async def on_started(*_: object) -> None:
        started.set()

    worker.add_event_handler("on_pipeline_started", on_started)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    async with asyncio.TaskGroup() as group:
        group.create_task(runner.run())
        await started.wait()
        try:
            yield Stage(worker, before, after)
        finally:
            await worker.queue_frame(EndFrame())
