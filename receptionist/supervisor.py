"""One process that answers calls: loads everything once, admits callers, drains at the end."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Self

from loguru import logger
from pipecat.transports.base_transport import BaseTransport

from receptionist.admission import Admission, LoopLag, limits_of
from receptionist.answering import read_bundle
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
from receptionist.generations import Generation, Generations
from receptionist.guard.limits import HourlyCount
from receptionist.loaded import Loaded
from receptionist.loading import Progress, Shared, load, open_shared
from receptionist.metrics import Metrics
from receptionist.preparing import prepare_lines
from receptionist.process import settle, unsettle
from receptionist.settings import Settings
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferLine
from receptionist.tools.registry import ToolRunner
from receptionist.versions.live import watch_live

HAND_OVER_S = 45.0
"""Time to find a person for the calls that outlast a drain: longer than two of them are rung."""
GOODBYE_S = 12.0
"""Time for the last words of the calls that run when the process ends."""


def new_call_id() -> str:
    """Returns an id for a call, unique everywhere."""
    return uuid.uuid4().hex


class Supervisor:
    """Everything calls share. Made by `start`, freed by `close`.

    Args:
        shared: What all versions of the tenant have in common.
        first: The version that answers.
        owned: Closes what they share.

    Attributes:
        settings: Of the process.
        active: The calls that run, by id.
        closing: It takes no new calls.
        lag: How late the event loop is.
        metrics: What an operator watches.
    """

    def __init__(self, shared: Shared, first: Generation, owned: AsyncExitStack) -> None:
        self.settings = settings = shared.settings
        self.active: dict[str, CallSession] = {}
        self._shared = shared
        self._generations = Generations(first)
        self._owned = owned
        self.closing = False
        self._quiet = asyncio.Event()
        self._quiet.set()
        self.lag = LoopLag()
        self.metrics = Metrics(self.lag, lambda: len(self.active))
        self._admission = Admission(limits_of(settings), self.lag)
        # Owned: `close` ends them.
        self._background = [
            asyncio.create_task(prepare_lines(first.loaded, self._quiet), name="prepare lines"),
            asyncio.create_task(self.lag.measure(), name="loop lag"),
        ]
        if (number := first.loaded.number) is not None:
            tenant, database = first.loaded.snapshot.config.tenant, shared.database
            watching = watch_live(database, tenant, number, self.renew)
            self.keep_running(watching, "live version")

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
        async with AsyncExitStack() as opening, AsyncExitStack() as owned:
            shared, bundle = await open_shared(settings, opening, progress, spoken)
            loaded = await load(shared, bundle, owned, progress)
            settle()
            first = Generation(loaded=loaded, owned=owned.pop_all())
            return cls(shared, first, opening.pop_all())

    async def renew(self) -> int:
        """Lets the version that is live now answer new calls; returns its number.

        Calls that run keep theirs.

        Raises:
            ReceptionistError: it cannot answer; the one before goes on.
        """
        bundle = await read_bundle(self.settings, self._shared.database)
        async with AsyncExitStack() as owned:
            loaded = await load(self._shared, bundle, owned, before=self._generations.now.guards)
            new = Generation(loaded=loaded, owned=owned.pop_all())
        self._generations.replace(new)
        self.keep_running(prepare_lines(loaded, self._quiet), "prepare lines")
        self.keep_running(self._generations.retire(), "retire versions")
        return bundle.number or 0

    @property
    def snapshot(self) -> TenantSnapshot:
        """The tenant that answers new calls."""
        return self._generations.now.snapshot

    @property
    def audit(self) -> AuditLog:
        """Keeps what happens, so that it can be proved."""
        return self._shared.audit

    @property
    def callbacks(self) -> CallbackRepository:
        """Keeps promises to call back."""
        return self._generations.now.callbacks

    def now(self) -> datetime:
        """Returns the local time of the tenant (aware)."""
        return datetime.now(self.snapshot.time_zone)

    @property
    def hourly(self) -> HourlyCount:
        """Counts what was done on all calls of the last hour, whichever way they came."""
        return self._generations.now.guards.limits.hourly

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
        return await self._generations.now.engines_in(language)

    def rate_out_hz(self, plan: CallPlan) -> int:
        """Returns the rate the voice of this call is made at."""
        return self._generations.of(plan).speech.voices[plan.language].rate_hz

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
        with self._generations.answering(plan) as loaded:
            delivery = EventDelivery([*self._sinks(loaded, plan), *sinks])
            context = loaded.tool_context(plan, line)
            runner = ToolRunner(context, delivery.emit, tools=loaded.tools(plan))
            session = CallSession(
                plan=plan,
                transport=transport,
                timeline=timeline,
                engines=loaded.speech.loaded(plan.language, loaded.brain),
                tools=runner,
                tool_context=context,
                delivery=delivery,
                engines_in=loaded.engines_in,
                identify=loaded.identify,
                guards=loaded.guards,
                consents=loaded.consents,
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
        with self._generations.answering(plan) as loaded:
            delivery = EventDelivery(self._sinks(loaded, plan))
            context = loaded.tool_context(plan, line)
            call = TextCall(
                plan, loaded.brain, context, delivery, loaded.identify, guards=loaded.guards
            )
            runner = ToolRunner(context, call.emit, lambda: call.turn, loaded.tools(plan))
            await call.open(runner)
            try:
                yield call
            finally:
                await runner.close()
                await call.close()

    def keep_running(self, duty: Coroutine[None, None, None], name: str) -> None:
        """Runs `duty` until the process ends; it has ended before the database is closed."""
        running = [task for task in self._background if not task.done()]
        self._background = [*running, asyncio.create_task(duty, name=name)]

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
        await self._generations.close()
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

    def _sinks(self, loaded: Loaded, plan: CallPlan) -> Sequence[CallSink]:
        """Returns what keeps and counts a call."""
        return [*loaded.sinks(plan), self.metrics.sink(plan.channel)]
