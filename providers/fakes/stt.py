"""Scripted speech recognition."""

from asyncio import sleep
from collections.abc import AsyncGenerator
from typing import Self

from pipecat.frames.frames import (
    Frame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import STTService
from pipecat.transcriptions.language import Language
from pipecat.utils.time import time_now_iso8601

from providers.contracts import Capabilities, LoadContext, STTEngine, STTOptions
from providers.fakes.scripts import STTScript
from providers.spec import ProviderSpec


class FakeSTTService(STTService):
    """Hears what the script says."""

    def __init__(self, script: STTScript, *, language: str = "en") -> None:
        # Above the VAD stop time, below which pipecat warns; finalized transcripts never wait it.
        super().__init__(
            settings=STTSettings(model="fake", language=Language(language)),
            ttfs_p99_latency=0.5 + script.delay_ms / 1000,
        )
        self._script = script
        self._language = Language(language)
        self.heard = 0
        """How often the caller stopped speaking."""

    def can_generate_metrics(self) -> bool:
        """Says that it reports its time to the final transcript."""
        return True

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Takes the audio and makes nothing of it."""
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Sends the next transcript when the caller stops speaking, a partial before that."""
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStartedSpeakingFrame) and self.heard < len(
            self._script.partials
        ):
            self.create_task(self._overhear(self._script.partials[self.heard]), "partial")
        if isinstance(frame, VADUserStoppedSpeakingFrame):
            index, self.heard = self.heard, self.heard + 1
            self.create_task(self._answer(index), f"transcript {index}")

    async def _overhear(self, text: str) -> None:
        await sleep(self._script.delay_ms / 1000)
        await self.push_frame(InterimTranscriptionFrame(text, "", time_now_iso8601()))

    async def _answer(self, index: int) -> None:
        await sleep(self._script.delay_ms / 1000)
        if self._script.fails(index):
            await self.push_error("scripted failure", category=self._script.fail_category)
        elif index < len(self._script.transcripts) and self._script.transcripts[index]:
            text = self._script.transcripts[index]
            language = Language(self._script.languages.get(index, self._language))
            await self.push_frame(
                TranscriptionFrame(text, "", time_now_iso8601(), language=language, finalized=True)
            )


class FakeSTT(STTEngine):
    """Scripted speech recognition; its settings are an `STTScript`."""

    capabilities = Capabilities()

    def __init__(self, spec: ProviderSpec) -> None:
        super().__init__(spec)
        self.script = STTScript.of(spec)
        self.last: FakeSTTService | None = None
        """The service of the newest call."""

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Reads the script."""
        del context
        return cls(spec)

    def service(self, options: STTOptions) -> FakeSTTService:
        """Returns a recogniser at the top of the script."""
        self.last = FakeSTTService(self.script, language=options.language)
        return self.last
