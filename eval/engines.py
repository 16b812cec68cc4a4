"""Engines outside a serving process, each loaded by itself: for callers' voices, tests, benches."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from providers.contracts import Embedder, Engine, LoadContext, ModelFolders
from providers.errors import ProviderError
from providers.registry import Registry
from providers.secrets import SecretResolver
from providers.spec import ProviderSpec, Slot
from providers.tts.cache import PhraseCache


class NoModels:
    """A model store with nothing in it, for engines that bring their own weights."""

    def folder(self, name: str) -> Path:
        """Raises ProviderError."""
        raise ProviderError("there is no model store here.", provider=name)


def load(
    slot: Slot,
    provider: str,
    settings: Mapping[str, Any] | None = None,
    models: ModelFolders | None = None,
) -> Any:
    """Returns the engine `provider`, loaded on two threads and caching no phrase.

    The caller knows its type from the slot.
    """
    return load_spec(slot, ProviderSpec(id=provider, settings=settings or {}), models)


def load_spec(slot: Slot, spec: ProviderSpec, models: ModelFolders | None = None) -> Engine:
    """Returns the engine of `spec`."""
    store = models or NoModels()

    def embedder(wanted: ProviderSpec) -> Embedder:
        found = load_spec(Slot.EMBEDDINGS, wanted, store)
        assert isinstance(found, Embedder)
        return found

    context = LoadContext(
        models=store,
        secret=SecretResolver({}),
        threads=2,
        phrases=PhraseCache(None, 0),
        embedder=embedder,
    )
    return Registry().engine_class(slot, spec).load(spec, context)
