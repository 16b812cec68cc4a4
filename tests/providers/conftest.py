from pathlib import Path

import pytest

from providers.contracts import Embedder, LoadContext
from providers.errors import ProviderError
from providers.models.store import ModelStore
from providers.secrets import SecretResolver
from providers.spec import ProviderSpec
from providers.tts.cache import PhraseCache


def no_embedder(spec: ProviderSpec) -> Embedder:
    raise ProviderError("no embedder in this test", provider=spec.id)


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> LoadContext:
    """What engines without stored models load from."""
    folder: Path = tmp_path_factory.mktemp("no-models")
    return LoadContext(
        models=ModelStore(folder),
        secret=SecretResolver({}),
        threads=2,
        phrases=PhraseCache(None, 0),
        embedder=no_embedder,
    )
