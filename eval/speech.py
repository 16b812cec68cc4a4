"""Callers' voices: text spoken by local engines and sent over a telephone line."""

from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from eval.engines import load
from providers.models.store import ModelStore
from providers.spec import Slot
from providers.tts.engine import LocalTTSEngine
from providers.tts.speaker import Voice

PEAK = 0.5
"""Of full scale: an ordinary speaking level."""


def mu_law(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns samples (-1..1) as G.711 mu-law carries them (continuous form, 8 bits)."""
    companded = np.sign(samples) * np.log1p(255 * np.minimum(np.abs(samples), 1)) / np.log(256)
    heard = np.round((companded + 1) * 127.5) / 127.5 - 1
    return (np.sign(heard) * np.expm1(np.abs(heard) * np.log(256)) / 255).astype(np.float32)


def pcm(samples: NDArray[Any]) -> bytes:
    """Returns samples (-1..1) as s16le."""
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def phone(samples: NDArray[np.float32], from_hz: int, rate_hz: int = 8000) -> bytes:
    """Returns speech after an 8 kHz mu-law line, then at `rate_hz`, as s16le."""
    narrow = soxr.resample(samples, from_hz, 8000)
    line = mu_law((narrow / np.abs(narrow).max() * PEAK).astype(np.float32))
    return pcm(line if rate_hz == 8000 else soxr.resample(line, 8000, rate_hz))


class CallerVoices:
    """Callers' voices on the product's own engines, loaded when first used.

    Args:
        models: The model store.
    """

    ENGLISH = ("hibari:default", "piper:en_US-joe-medium", "kokoro:am_michael")
    ITALIAN = ("kokoro:im_nicola", "kokoro:if_sara")

    def __init__(self, models: ModelStore) -> None:
        self._models = models
        self._engines: dict[str, LocalTTSEngine] = {}
        self._said: dict[tuple[str, str, int], bytes] = {}

    def say(self, voice: str, text: str, *, language: str = "en", rate_hz: int = 8000) -> bytes:
        """Returns `text` over a telephone line as s16le @ rate_hz; the same every time."""
        key = (voice, text, rate_hz)
        if key not in self._said:
            made = self._voice(voice, language)
            samples = made.synthesize(text).astype(np.float32) / np.float32(32768)
            self._said[key] = phone(samples, made.rate_hz, rate_hz)
        return self._said[key]

    def _voice(self, provider: str, language: str) -> Voice:
        if provider not in self._engines:
            settings = {"variation": 0} if provider.startswith("piper:") else {}
            engine = load(Slot.TTS, provider, settings, models=self._models)
            assert isinstance(engine, LocalTTSEngine)
            self._engines[provider] = engine
        return self._engines[provider].voice(language)
