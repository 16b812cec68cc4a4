"""What this process loads its engines with."""

import os
from contextlib import AsyncExitStack

from providers.models.store import ModelStore
from providers.resources import ProcessResources
from providers.secrets import SecretResolver
from providers.tts.cache import PhraseCache
from receptionist.settings import Settings


def open_resources(
    settings: Settings, owned: AsyncExitStack, *, phrases: bool = True
) -> ProcessResources:
    """Returns what engines are loaded with, as the operator has set it.

    Args:
        settings: Of the process.
        owned: Is given what must be closed.
        phrases: Keep what is spoken; a process that says nothing needs no place for it.
    """
    resources = ProcessResources(
        models=ModelStore(settings.models_dir),
        phrases=(
            PhraseCache(settings.phrase_cache_dir, settings.phrase_cache_mb << 20)
            if phrases
            else PhraseCache(None, 0)
        ),
        secret=SecretResolver(os.environ),
        threads=settings.engine_threads,
    )
    owned.push_async_callback(resources.close)
    return resources
