"""Engines loaded once for all tests of speech recognition."""

import pytest

from providers.contracts import Embedder, LoadContext
from providers.models.store import ModelStore
from providers.secrets import SecretResolver
from providers.spec import ProviderSpec
from providers.stt.whisper import WhisperSTT
from providers.tts.cache import PhraseCache


@pytest.fixture(scope="session")
def context(models: ModelStore) -> LoadContext:
    def no_embedder(spec: ProviderSpec) -> Embedder:
        raise AssertionError(f"no recogniser is built on {spec.id}")

    return LoadContext(
        models=models,
        secret=SecretResolver({"STT_TEST_KEY": "not-a-secret"}),
        threads=2,
        phrases=PhraseCache(None, 0),
        embedder=no_embedder,
    )


@pytest.fixture(scope="session")
def whisper(context: LoadContext) -> WhisperSTT:
    return WhisperSTT.load(ProviderSpec(id="whisper:base"), context)
