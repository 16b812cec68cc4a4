"""The telephone of somebody who is rung for a caller: it speaks to him and hears him.

A small pipeline of its own, with the tenant's voice and ears; made when it is first needed.
"""

import asyncio
from contextlib import suppress

from pipecat.frames.frames import (
    BotStoppedSpeakingFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from providers.contracts import STTOptions, TTSOptions
from receptionist.calls.pipeline import end, new_worker
from receptionist.calls.speech import EnginesIn
from receptionist.handoff.contract import Heard
from receptionist.telephony.sip.contract import SipCall
from receptionist.telephony.sip.transport import SipTransport

PAUSE_S = 1.0
"""Silence after which somebody has said what he wanted to say."""
SAID_S = 30.0
"""A brief that has not been heard by then is not waited for."""
_POLL_S = 0.02


class _Ear(FrameProcessor):
    """Takes down what is heard, and when the assistant has finished."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.spoke_s = 0.0
        self.speaking_since_s: float | None = None
        self.silent_since_s: float | None = None
        self.finished = asyncio.Event()

    def forget(self) -> None:
        self.words.clear()
        self.spoke_s = 0.0
        self.silent_since_s = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        now_s = asyncio.get_running_loop().time()
        match frame:
            case TranscriptionFrame():
                self.words.append(frame.text.strip())
            case VADUserStartedSpeakingFrame():
                self.speaking_since_s, self.silent_since_s = now_s, None
            case VADUserStoppedSpeakingFrame() if self.speaking_since_s is not None:
                self.spoke_s += now_s - self.speaking_since_s
                self.speaking_since_s, self.silent_since_s = None, now_s
            case BotStoppedSpeakingFrame() if direction is FrameDirection.UPSTREAM:
                self.finished.set()
            case _:
                pass
        await self.push_frame(frame, direction)


class SipLeg:
    """A telephone that was answered; a `handoff.contract.Leg`.

    Args:
        call: Its call.
        engines_in: Gives voice and ears of a language.
        tasks: Run its pipeline.
    """

    def __init__(
        self,
        call: SipCall,
        engines_in: EnginesIn,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self.call = call
        self.rate_hz = call.rate_hz
        self.keys = call.keys
        self.closed = call.closed
        self._engines_in = engines_in
        self._tasks = tasks
        self._ear = _Ear()
        self._worker: PipelineWorker | None = None
        self._running: asyncio.Task[None] | None = None

    async def say(self, text: str, language: str) -> None:
        """Speaks `text`; returns when it has been played, or a key cuts it off."""
        worker = await self._ready(language)
        self._ear.finished.clear()
        await worker.queue_frame(TTSSpeakFrame(text))
        with suppress(TimeoutError):
            async with asyncio.timeout(SAID_S):
                while not (self._ear.finished.is_set() or self.closed.is_set()):
                    if not self.keys.empty():
                        await worker.queue_frame(InterruptionFrame())
                        return
                    await asyncio.sleep(_POLL_S)

    async def hear(self, timeout_s: float, language: str) -> Heard:
        """Listens until something was said or pressed, `timeout_s` at most."""
        await self._ready(language)
        ear = self._ear
        ear.forget()
        loop = asyncio.get_running_loop()
        until_s = loop.time() + timeout_s
        while loop.time() < until_s and not self.closed.is_set():
            if not self.keys.empty():
                return Heard(key=self.keys.get_nowait(), spoke_s=ear.spoke_s)
            if self._said(loop.time()):
                break
            await asyncio.sleep(_POLL_S)
        since_s = ear.speaking_since_s
        spoke_s = ear.spoke_s + (loop.time() - since_s if since_s is not None else 0.0)
        return Heard(words=" ".join(ear.words), spoke_s=spoke_s)

    async def silence(self) -> None:
        """Ends its pipeline; the call goes on."""
        if self._worker is not None and self._running is not None:
            await end(self._worker, self._running, gently=False)
            self._worker = self._running = None

    async def hang_up(self) -> None:
        """Ends it."""
        await self.silence()
        await self.call.hang_up()

    def _said(self, now_s: float) -> bool:
        ear = self._ear
        silent = ear.silent_since_s is not None and now_s - ear.silent_since_s >= PAUSE_S
        return bool(ear.words) and silent

    async def _ready(self, language: str) -> PipelineWorker:
        if self._worker is not None:
            return self._worker
        engines = await self._engines_in(language)
        rate_hz = self.rate_hz
        transport = SipTransport(self.call)
        pipeline = Pipeline(
            [
                transport.input(),
                VADProcessor(vad_analyzer=engines.vad.analyzer()),
                engines.stt.service(STTOptions(language=language, rate_hz=rate_hz)),
                self._ear,
                engines.tts.service(TTSOptions(language=language, rate_hz=rate_hz)),
                transport.output(),
            ]
        )
        rates = PipelineParams(audio_in_sample_rate=rate_hz, audio_out_sample_rate=rate_hz)
        worker = self._worker = new_worker(pipeline, rates)
        started = asyncio.Event()

        async def begun(*_: object) -> None:
            started.set()

        worker.add_event_handler("on_pipeline_started", begun)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        self._running = self._tasks.create_task(runner.run(), name="leg")
        self._tasks.create_task(self._end_with_call(worker), name="leg's end")
        await started.wait()
        return worker

    async def _end_with_call(self, worker: PipelineWorker) -> None:
        await self.closed.wait()
        if self._worker is worker:
            await worker.queue_frame(EndFrame())
