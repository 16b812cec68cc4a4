"""What the tests of voices share."""

from typing import Any

import numpy as np
import pytest
import soxr

from providers.contracts import LoadContext
from providers.models.store import ModelStore
from providers.tts.cache import PhraseCache
from tests.providers.tts.phone_line import Dial, ScriptedVoice, Understand, open_line


@pytest.fixture
def dial() -> Dial:
    return open_line


@pytest.fixture
def new_voice() -> type[ScriptedVoice]:
    return ScriptedVoice


@pytest.fixture
def phrases() -> PhraseCache:
    return PhraseCache(None, 1 << 26)


def no_secret(provider: str, reference: str) -> str:
    return {"env:KEY": "sesame"}[reference]


def no_embedder(_: Any) -> Any:
    raise AssertionError("a voice needs no embedder")


@pytest.fixture
def context(models: ModelStore, phrases: PhraseCache) -> LoadContext:
    return LoadContext(
        models=models, secret=no_secret, threads=2, phrases=phrases, embedder=no_embedder
    )


@pytest.fixture(scope="session")
def understand(models: ModelStore) -> Understand:
    """Returns what Whisper makes of s16le audio at a rate, in a language."""
    from faster_whisper import WhisperModel

    whisper: Any = WhisperModel(
        str(models.folder("whisper-base")), device="cpu", compute_type="int8", cpu_threads=2
    )

    def transcribe(pcm: bytes, rate_hz: int, language: str) -> str:
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        heard, _ = whisper.transcribe(
            soxr.resample(samples, rate_hz, 16000), language=language, beam_size=1
        )
        return " ".join(segment.text.strip() for segment in heard)

    return transcribe
