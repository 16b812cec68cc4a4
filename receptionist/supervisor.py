"""One process that answers calls: loads everything once, admits callers, drains at the end."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Self

from loguru import logger
from pipecat.transports.base_transport import BaseTransport

from receptionist.admission import Admission, Limits, LoopLag, memory_share_mb
from receptionist.audit.entries import facts_of
from receptionist.audit.log import AuditLog
from receptionist.callbacks.repository import CallbackRepository
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import CallSink, Disposition
from receptionist.calls.pipeline import CallEngines
from receptionist.calls.plan import CallPlan, CallRequest, resolve
from receptionist.calls.session import CallResult, CallSession
from receptionist.calls.text import TextCall
from receptionist.calls.timeline import Timeline
from receptionist.errors import BusyError
from receptionist.guard.limits import HourlyCount
from receptionist.loading import (
    Loaded,
    Progress,
    load,
)
from receptionist.metrics import Metrics
from receptionist.preparing import prepare_lines
from receptionist.process import settle, unsettle
from receptionist.settings import Settings
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import NoLine, ToolContext, TransferLine
from receptionist.tools.registry import AnyTool, ToolRunner, offered

HAND_OVER_S = 45.0
"""Time to find a person for the calls that outlast a drain: longer than two of them are rung."""
GOODBYE_S = 12.0
"""Time for the last words of the calls that run when the process ends."""


def new_call_id() -> str:
    """Returns an id for a call, unique everywhere."""
    return uuid.uuid4().hex


class Supervisor:
    """Everything calls share. Made by `start`, freed by `close`.

    Attributes:
        settings: Of the process.
        active: The calls that run, by id.
        closing: It takes no new calls.
        lag: How late the event loop is.
        metrics: What an operator watches.
    """

    def __init__(self, settings: Settings, loaded: Loaded, owned: AsyncExitStack) -> None:
        self.settings = settings
        self.active: dict[str, CallSession] = {}
        self._loaded = loaded
        self._owned = owned
        self.closing = False
        self._quiet = asyncio.Event()
        self._quiet.set()
        self.lag = LoopLag()
        self.metrics = Metrics(self.lag, lambda: len(self.active))
        self._admission = Admission(_limits(settings), self.lag)
        # Owned: `close` ends them.
        self._background = [
            asyncio.create_task(prepare_lines(loaded, self._quiet), name="prepare lines"),
            asyncio.create_task(self.lag.measure(), name="loop lag"),
        ]

    @classmethod
    async def start(
        cls,
        settings: Settings,
        progress: Progress = lambda _: None,
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
        async with AsyncExitStack() as opening:
            loaded = await load(settings, opening, progress, spoken)
            settle()
            return cls(settings, loaded, opening.pop_all())

    @property
    def snapshot(self) -> TenantSnapshot:
        """The tenant that answers new calls."""
        return self._loaded.snapshot

    @property
    def audit(self) -> AuditLog:
        """Keeps what happens, so that it can be proved."""
        return self._loaded.audit

    @property
    def callbacks(self) -> CallbackRepository:
        """Keeps promises to call back."""
        return self._loaded.callbacks

    def now(self) -> datetime:
        """Returns the local time of the tenant (aware)."""
        return datetime.now(self.snapshot.time_zone)

    @property
    def hourly(self) -> HourlyCount:
        """Counts what was done on all calls of the last hour, whichever way they came."""
        return self._loaded.guards.limits.hourly

    # --- calls ------------------------------------------------------------------------------

    def plan(self, request: CallRequest) -> CallPlan:
        """Decides how a caller is answered.

        Raises:
            BusyError: this process can answer no more calls well, or it is closing.
        """
        try:
            if self.closing:
                raise BusyError("This receptionist is shutting down; call again in a minute.")
            self._admission.check(len(self.active))
        except BusyError:
            self.metrics.refused("closing" if self.closing else "busy")
            raise
        return resolve(self.snapshot, request)

    async def engines_in(self, language: str) -> CallEngines:
        """Returns voice and ears of `language`, one of the tenant's.

        Raises:
            ProviderError: they cannot be loaded.
        """
        return await self._loaded.engines_in(language)

    def rate_out_hz(self, plan: CallPlan) -> int:
        """Returns the rate the voice of this call is made at."""
        return self._loaded.speech.voices[plan.language].rate_hz

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
        delivery = EventDelivery([*self._sinks(plan), *sinks])
        context = self._tool_context(plan, line)
        runner = ToolRunner(context, delivery.emit, tools=self._tools(plan))
        session = CallSession(
            plan=plan,
            transport=transport,
            timeline=timeline,
            engines=self._loaded.speech.loaded(plan.language, self._loaded.brain),
            tools=runner,
            tool_context=context,
            delivery=delivery,
            engines_in=self._loaded.engines_in,
            identify=self._loaded.identify,
            guards=self._loaded.guards,
            consents=self._loaded.consents,
        )
        self.active[plan.call_id] = session
        self._quiet.clear()
        try:
            if ready is not None:
                ready(session)
            return await session.run()
        finally:
            await runner.close()
            del self.active[plan.call_id]
            if not self.active:
                self._quiet.set()

    @asynccontextmanager
    async def text_call(
        self, plan: CallPlan, *, line: TransferLine | None = None
    ) -> AsyncGenerator[TextCall, None]:
        """Yields a call in writing that has begun; it ends with the block."""
        delivery = EventDelivery(self._sinks(plan))
        context = self._tool_context(plan, line)
        loaded = self._loaded
        call = TextCall(
            plan, loaded.brain, context, delivery, loaded.identify, guards=loaded.guards
        )
        runner = ToolRunner(context, call.emit, lambda: call.turn, self._tools(plan))
        await call.open(runner)
        try:
            yield call
        finally:
            await runner.close()
            await call.close()

    def keep_running(self, duty: Coroutine[None, None, None], name: str) -> None:
        """Runs `duty` until the process ends; it has ended before the database is closed."""
        self._background.append(asyncio.create_task(duty, name=name))

    async def drain(self, within_s: float) -> None:
        """Takes no new calls and lets those that run go on; who is left then is put through.

        Cancelling it is no harm: `close` says goodbye to whoever is left.

        Args:
            within_s: How long calls may go on.
        """
        self.closing = True
        if await self._quiet_within(within_s):
            return
        guarded = [session.guarded for session in self.active.values()]
        ringing = [call.hand_over("shutdown") for call in guarded if call]
        if any(ringing):
            await self._quiet_within(HAND_OVER_S)

    async def close(self) -> None:
        """Says goodbye on the calls that run, then frees everything."""
        self.closing = True
        for session in list(self.active.values()):
            await session.close_with("shutdown", Disposition.SHUTDOWN)
        if not await self._quiet_within(GOODBYE_S):
            logger.warning(f"{len(self.active)} calls did not end in time; they are cut off")
            for session in list(self.active.values()):
                session.hang_up(Disposition.SHUTDOWN)
            await self._quiet.wait()
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._owned.aclose()
        unsettle()

    # --- inside -----------------------------------------------------------------------------

    async def _quiet_within(self, seconds: float) -> bool:
        """Returns whether the last call has ended, as soon as it has, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                return await self._quiet.wait()
        except TimeoutError:
            return False

    def _sinks(self, plan: CallPlan) -> Sequence[CallSink]:
        """Returns what keeps and counts a call."""
        loaded = self._loaded
        facts = facts_of(plan, loaded.guards.judge.policy_hash)
        return [
            loaded.store.sink(plan.call_id),
            loaded.audit.sink(plan.call_id, facts),
            self.metrics.sink(plan.channel),
        ]

    def _tools(self, plan: CallPlan) -> Sequence[AnyTool]:
        return offered(plan.snapshot, self._loaded.remote.offered())

    def _tool_context(self, plan: CallPlan, line: TransferLine | None) -> ToolContext:
        zone = plan.snapshot.time_zone
        return ToolContext(
            snapshot=plan.snapshot,
            language=plan.language,
            now=lambda: datetime.now(zone),
            line=line or NoLine(),
            messages=self._loaded.messages,
            callbacks=self._loaded.callbacks,
            diary=self._loaded.diary,
            call_id=plan.call_id,
        )


def _limits(settings: Settings) -> Limits:
    return Limits(
        calls=settings.max_calls,
        lag_ms=settings.max_lag_ms,
        memory_mb=settings.max_memory_mb or memory_share_mb(),
    )
