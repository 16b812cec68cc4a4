"""One process that answers calls: loads everything once, admits callers, drains at the end."""

import asyncio
import os
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Self, TypeVar

from loguru import logger
from pipecat.transports.base_transport import BaseTransport

from providers.contracts import (
    Embedder,
    Engine,
    LLMEngine,
    STTEngine,
    TTSEngine,
    TTSOptions,
    TurnEngine,
    VADEngine,
)
from providers.errors import ProviderError
from providers.models.store import ModelStore
from providers.resources import ProcessResources
from providers.secrets import SecretResolver
from providers.spec import ProviderSpec, Slot
from providers.tts.cache import PhraseCache
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import CallSink, Disposition
from receptionist.calls.pipeline import CallEngines
from receptionist.calls.plan import CallPlan, CallRequest, for_language, resolve
from receptionist.calls.session import CallResult, CallSession
from receptionist.calls.store import CallStore
from receptionist.calls.text import TextCall
from receptionist.calls.timeline import Timeline
from receptionist.database import Database
from receptionist.errors import BusyError, from_provider
from receptionist.messages.repository import MessageRepository
from receptionist.settings import Settings
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle
from receptionist.tenants.config import TenantConfig
from receptionist.tenants.snapshot import TenantSnapshot, compile_snapshot
from receptionist.tools.contract import NoLine, ToolContext, TransferLine
from receptionist.tools.registry import ToolRunner

E = TypeVar("E", bound=Engine)

DRAIN_S = 12.0
"""Time for the last words of the calls that run when the process ends."""


def new_call_id() -> str:
    """Returns an id for a call, unique everywhere."""
    return uuid.uuid4().hex


class Supervisor:
    """Everything calls share. Made by `start`, freed by `close`.

    Attributes:
        snapshot: The tenant that answers new calls.
        active: The calls that run, by id.
    """

    def __init__(
        self,
        settings: Settings,
        resources: ProcessResources,
        snapshot: TenantSnapshot,
        store: CallStore,
        messages: MessageRepository,
        owned: AsyncExitStack,
    ) -> None:
        self.settings = settings
        self.snapshot = snapshot
        self.active: dict[str, CallSession] = {}
        self._resources = resources
        self._store = store
        self._messages = messages
        self._owned = owned
        self._closing = False
        self._quiet = asyncio.Event()
        self._quiet.set()

    @classmethod
    async def start(
        cls,
        settings: Settings,
        progress: Callable[[str], None] = lambda _: None,
        *,
        spoken: Sequence[str] | None = None,
    ) -> Self:
        """Loads tenant, engines and database; ready to answer when it returns.

        Args:
            settings: Of the process.
            progress: Told what is being done, for a person who waits.
            spoken: Languages to load speech for; None is all of the tenant, () is none.

        Raises:
            ReceptionistError: something is missing or wrong; the message says what to do.
        """
        config = load_bundle(settings.tenant_dir or DEMO)
        async with AsyncExitStack() as opening:
            progress("opening the database")
            database = await Database.open(settings.database_url, settings.data_dir)
            opening.push_async_callback(database.close)
            store = CallStore(database, config.tenant)
            opening.push_async_callback(store.close)
            phrases = PhraseCache(settings.phrase_cache_dir, settings.phrase_cache_mb * 1024 * 1024)
            resources = ProcessResources(
                models=ModelStore(settings.models_dir),
                phrases=phrases,
                secret=SecretResolver(os.environ),
                threads=settings.engine_threads,
            )
            opening.push_async_callback(resources.close)
            try:
                progress("loading the brain and what it knows")
                embedder = await resources.load(Slot.EMBEDDINGS, config.engines.embeddings)
                assert isinstance(embedder, Embedder)
                snapshot = await asyncio.to_thread(compile_snapshot, config, embedder.embed)
                await resources.load(Slot.LLM, config.engines.llm)
                languages = config.languages if spoken is None else spoken
                if languages:
                    progress(f"loading speech for {', '.join(languages)}")
                    await _load_speech(resources, config, languages)
            except ProviderError as error:
                raise from_provider(error) from error
            supervisor = cls(
                settings,
                resources,
                snapshot,
                store,
                MessageRepository(database, config.tenant),
                opening.pop_all(),
            )
        if languages:
            progress("preparing what is said often")
            await supervisor._prepare_phrases(languages)
        return supervisor

    # --- calls ------------------------------------------------------------------------------

    def plan(self, request: CallRequest) -> CallPlan:
        """Decides how a caller is answered.

        Raises:
            BusyError: as many calls run as this process takes, or it is closing.
        """
        if self._closing:
            raise BusyError("This receptionist is shutting down; call again in a minute.")
        if len(self.active) >= self.settings.max_calls:
            raise BusyError(
                f"All {self.settings.max_calls} lines are busy; call again in a few minutes."
            )
        return resolve(self.snapshot, request)

    def rate_out_hz(self, plan: CallPlan) -> int:
        """Returns the rate the voice of this call is made at."""
        return self._engine(Slot.TTS, plan.tts, TTSEngine).rate_hz

    async def answer(
        self,
        plan: CallPlan,
        transport: BaseTransport,
        timeline: Timeline,
        *,
        sinks: Sequence[CallSink] = (),
        line: TransferLine | None = None,
        ready: Callable[[CallSession], None] | None = None,
    ) -> CallResult:
        """Runs a whole call.

        Args:
            plan: How it is answered.
            transport: Where its audio comes from and goes to.
            timeline: Both tracks.
            sinks: Receive its events, beside the database.
            line: The way to a person.
            ready: Given the session before the call begins.
        """
        delivery = EventDelivery([self._store.sink(plan.call_id), *sinks])
        context = self._tool_context(plan, line)
        runner = ToolRunner(context, delivery.emit)
        session = CallSession(
            plan=plan,
            transport=transport,
            timeline=timeline,
            engines=CallEngines(
                stt=self._engine(Slot.STT, plan.stt, STTEngine),
                tts=self._engine(Slot.TTS, plan.tts, TTSEngine),
                llm=self._engine(Slot.LLM, plan.llm, LLMEngine),
                vad=self._engine(Slot.VAD, plan.vad, VADEngine),
                turn=self._engine(Slot.TURN, plan.turn, TurnEngine),
            ),
            tools=runner.schemas(),
            tool_context=context,
            delivery=delivery,
        )
        runner.turn = lambda: session.conversation.turn
        self.active[plan.call_id] = session
        self._quiet.clear()
        try:
            if ready is not None:
                ready(session)
            return await session.run()
        finally:
            del self.active[plan.call_id]
            if not self.active:
                self._quiet.set()

    @asynccontextmanager
    async def text_call(
        self, plan: CallPlan, *, line: TransferLine | None = None
    ) -> AsyncGenerator[TextCall, None]:
        """Yields a call in writing that has begun; it ends with the block."""
        delivery = EventDelivery([self._store.sink(plan.call_id)])
        context = self._tool_context(plan, line)
        call = TextCall(plan, self._engine(Slot.LLM, plan.llm, LLMEngine), context, delivery)
        await call.open(ToolRunner(context, call.emit, lambda: call.turn).schemas())
        try:
            yield call
        finally:
            await call.close()

    async def close(self) -> None:
        """Says goodbye on the calls that run, then frees everything."""
        self._closing = True
        for session in list(self.active.values()):
            await session.close_with("shutdown", Disposition.SHUTDOWN)
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._quiet.wait()
        except TimeoutError:
            logger.warning(f"{len(self.active)} calls did not end in time; they are cut off")
            for session in list(self.active.values()):
                session.hang_up(Disposition.SHUTDOWN)
            await self._quiet.wait()
        await self._owned.aclose()

    # --- inside -----------------------------------------------------------------------------

    def _tool_context(self, plan: CallPlan, line: TransferLine | None) -> ToolContext:
        zone = plan.snapshot.time_zone
        return ToolContext(
            snapshot=plan.snapshot,
            language=plan.language,
            now=lambda: datetime.now(zone),
            line=line or NoLine(),
            messages=self._messages,
        )

    def _engine(self, slot: Slot, spec: ProviderSpec, kind: type[E]) -> E:
        engine = self._resources.get(slot, spec)
        assert isinstance(engine, kind)
        return engine

    async def _prepare_phrases(self, languages: Sequence[str]) -> None:
        for language in languages:
            request = CallRequest(call_id="", channel="recording", language=language)
            plan = resolve(self.snapshot, request)
            engine = self._engine(Slot.TTS, plan.tts, TTSEngine)
            said = [plan.disclosure, plan.greeting, *(t for ts in plan.lines.values() for t in ts)]
            await engine.prepare(said, TTSOptions(language=language, rate_hz=engine.rate_hz))


async def _load_speech(
    resources: ProcessResources, config: TenantConfig, languages: Sequence[str]
) -> None:
    engines = config.engines
    wanted = [(Slot.VAD, engines.vad), (Slot.TURN, engines.turn)]
    for language in languages:
        wanted.append((Slot.STT, for_language(engines.stt, language)))
        wanted.append((Slot.TTS, for_language(engines.tts, language)))
    await asyncio.gather(*(resources.load(slot, spec) for slot, spec in wanted))
