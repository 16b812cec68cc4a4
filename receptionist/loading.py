"""What a process loads before its first call."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeVar

from loguru import logger

from providers.contracts import Embedder, Engine, LLMEngine, TTSEngine, TTSOptions
from providers.errors import ProviderError
from providers.models.store import ModelStore
from providers.resources import ProcessResources
from providers.secrets import SecretResolver
from providers.spec import ProviderSpec, Slot
from providers.tts.cache import PhraseCache
from receptionist.calls.pipeline import brain_options
from receptionist.calls.plan import CallPlan, CallRequest, for_language, resolve
from receptionist.calls.store import CallStore
from receptionist.database import Database
from receptionist.errors import ConfigurationError, from_provider
from receptionist.messages.repository import MessageRepository
from receptionist.settings import Settings
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle
from receptionist.tenants.config import TenantConfig
from receptionist.tenants.snapshot import TenantSnapshot, compile_snapshot

E = TypeVar("E", bound=Engine)
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Everything calls share.

    Attributes:
        snapshot: The tenant.
        resources: Its engines.
        voices: The voice of each spoken language; not the tenant's where that one is not there.
        store: Keeps calls.
        messages: Keeps messages.
    """

    snapshot: TenantSnapshot
    resources: ProcessResources
    voices: dict[str, ProviderSpec]
    store: CallStore
    messages: MessageRepository

    def engine(self, slot: Slot, spec: ProviderSpec, kind: type[E]) -> E:
        """Returns a loaded engine."""
        engine = self.resources.get(slot, spec)
        assert isinstance(engine, kind)
        return engine


async def load(
    settings: Settings, owned: AsyncExitStack, progress: Progress, spoken: Sequence[str] | None
) -> Loaded:
    """Opens the database, loads tenant and engines, and prepares the first words of a call.

    Args:
        settings: Of the process.
        owned: Is given what must be closed.
        progress: Told what is being done, for a person who waits.
        spoken: Languages to load speech for; None is all of the tenant, () is none.

    Raises:
        ReceptionistError: something is missing or wrong; the message says what to do.
    """
    config = await asyncio.to_thread(
        load_bundle, settings.tenant_dir or DEMO, settings.documents_cache_dir
    )
    languages = config.languages if spoken is None else spoken
    check_languages(config, languages)
    progress("opening the database")
    database = await Database.open(settings.database_url, settings.data_dir)
    owned.push_async_callback(database.close)
    store = CallStore(database, config.tenant)
    owned.push_async_callback(store.close)
    resources = ProcessResources(
        models=ModelStore(settings.models_dir),
        phrases=PhraseCache(settings.phrase_cache_dir, settings.phrase_cache_mb << 20),
        secret=SecretResolver(os.environ),
        threads=settings.engine_threads,
    )
    owned.push_async_callback(resources.close)
    try:
        progress("loading what it knows and how it speaks")
        snapshot, voices = await asyncio.gather(
            _load_brain(resources, config), _load_speech(resources, config, languages)
        )
    except ProviderError as error:
        raise from_provider(error) from error
    loaded = Loaded(
        snapshot=snapshot,
        resources=resources,
        voices=voices,
        store=store,
        messages=MessageRepository(database, config.tenant),
    )
    progress("preparing the first words")
    for phrase in phrases(loaded, lambda plan: [plan.disclosure, plan.greeting]):
        await phrase.prepare()
    return loaded


def check_languages(config: TenantConfig, asked: Sequence[str]) -> None:
    """Refuses languages the tenant does not answer in.

    Raises:
        ConfigurationError: one of them is such.
    """
    if unknown := sorted(set(asked) - set(config.languages)):
        raise ConfigurationError(
            f"The tenant does not answer in {', '.join(map(repr, unknown))}, only in"
            f" {', '.join(config.languages)}."
        )


async def _load_brain(resources: ProcessResources, config: TenantConfig) -> TenantSnapshot:
    embedder = await resources.load(Slot.EMBEDDINGS, config.engines.embeddings)
    assert isinstance(embedder, Embedder)
    snapshot = await asyncio.to_thread(compile_snapshot, config, embedder.embed)
    brain = await resources.load(Slot.LLM, config.engines.llm)
    assert isinstance(brain, LLMEngine)
    for language in config.languages:
        request = CallRequest(call_id="", channel="text", language=language)
        await asyncio.to_thread(brain.prepare, brain_options(resolve(snapshot, request)))
    return snapshot


async def _load_speech(
    resources: ProcessResources, config: TenantConfig, languages: Sequence[str]
) -> dict[str, ProviderSpec]:
    if not languages:
        return {}
    engines = config.engines
    wanted = [(Slot.VAD, engines.vad), (Slot.TURN, engines.turn)]
    wanted += [(Slot.STT, for_language(engines.stt, language)) for language in languages]
    loading = asyncio.gather(*(resources.load(slot, spec) for slot, spec in wanted))
    voices = {
        language: await _load_voice(resources, engines.tts, language) for language in languages
    }
    await loading
    return voices


async def _load_voice(
    resources: ProcessResources, voices: Mapping[str, ProviderSpec], language: str
) -> ProviderSpec:
    """Loads the voice for `language`; the one for any other language speaks where it is missing."""
    spec = for_language(voices, language)
    try:
        await resources.load(Slot.TTS, spec)
    except ProviderError as error:
        last_resort = voices.get("*", spec)
        if last_resort == spec:
            raise
        logger.warning(f"{language!r} is spoken by {last_resort.id}, because {error}")
        await resources.load(Slot.TTS, last_resort)
        return last_resort
    return spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Something that is said often, in one voice."""

    voice: TTSEngine
    options: TTSOptions
    text: str

    async def prepare(self) -> None:
        """Puts it into the phrase cache."""
        await self.voice.prepare([self.text], self.options)


def phrases(loaded: Loaded, said: Callable[[CallPlan], Sequence[str]]) -> list[Phrase]:
    """Returns what a call says, as `said` picks it, in every language that is spoken."""
    found: list[Phrase] = []
    for language, spec in loaded.voices.items():
        request = CallRequest(call_id="", channel="recording", language=language)
        plan = resolve(loaded.snapshot, request)
        voice = loaded.engine(Slot.TTS, spec, TTSEngine)
        options = TTSOptions(language=language, rate_hz=voice.rate_hz)
        found += [Phrase(voice=voice, options=options, text=text) for text in said(plan)]
    return found


def session_lines(plan: CallPlan) -> list[str]:
    """Returns all that a session may say by itself."""
    return [text for texts in plan.lines.values() for text in texts]
