"""Scripted voice."""

from asyncio import sleep
from collections.abc import AsyncGenerator
from typing import Self

import numpy as np
from pipecat.frames.frames import Frame, TTSAudioRawFrame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.transcriptions.language import Language

from providers.contracts import Capabilities, LoadContext, TTSEngine, TTSOptions
from providers.fakes.scripts import TTSScript
from providers.spec import ProviderSpec

_FRAME_MS = 20
_ATTACK_MS = 5
"""Rise and fall of the tone, so that it neither clicks nor looks like a fault in a recording."""


class FakeTTSService(TTSService):
    """Says everything as one tone.

    Attributes:
        texts: What it was asked to say.
    """

    def __init__(
        self, script: TTSScript, *, rate_hz: int | None = None, language: str = "en"
    ) -> None:
        super().__init__(
            settings=TTSSettings(model="fake", voice="tone", language=Language(language)),
            sample_rate=rate_hz or script.rate_hz,
            push_start_frame=True,
            push_stop_frames=True,
        )
        self._script = script
        self.texts: list[str] = []

    def can_generate_metrics(self) -> bool:
        """Says that it reports its time to the first audio."""
        return True

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Yields the tone in frames of 20 ms."""
        index = len(self.texts)
        self.texts.append(text)
        await sleep(self._script.delay_ms / 1000)
        if self._script.fails(index):
            await self.push_error("scripted failure", category=self._script.fail_category)
            return
        pcm = tone(
            length_ms=self._script.ms_per_char * len(text),
            tone_hz=self._script.tone_hz,
            rate_hz=self.sample_rate,
        )
        step = self.sample_rate * _FRAME_MS // 1000 * 2
        for start in range(0, len(pcm), step):
            yield TTSAudioRawFrame(
                pcm[start : start + step], self.sample_rate, 1, context_id=context_id
            )


def tone(*, length_ms: int, tone_hz: int, rate_hz: int) -> bytes:
    """Returns a sine of `tone_hz` at a quarter of full scale, s16le mono @ rate_hz."""
    samples = rate_hz * length_ms // 1000
    times_s = np.arange(samples) / rate_hz
    edge = np.minimum(times_s, (samples / rate_hz) - times_s) * 1000 / _ATTACK_MS
    wave = 8192 * np.clip(edge, 0, 1) * np.sin(2 * np.pi * tone_hz * times_s)
    return wave.astype("<i2").tobytes()


class FakeTTS(TTSEngine):
    """Scripted voice; its settings are a `TTSScript`."""

    capabilities = Capabilities()

    def __init__(self, spec: ProviderSpec) -> None:
        super().__init__(spec)
        self.script = TTSScript.of(spec)
        self.rate_hz = self.script.rate_hz
        self.last: FakeTTSService | None = None
        """The service of the newest call."""

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Reads the script."""
        del context
        return cls(spec)

    def service(self, options: TTSOptions) -> FakeTTSService:
        """Returns a voice that has said nothing yet."""
        self.last = FakeTTSService(self.script, rate_hz=options.rate_hz, language=options.language)
        return self.last
