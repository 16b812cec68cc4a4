"""Callers over SIP: routed, admitted, answered, and let go."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from loguru import logger

from receptionist.calls.events import Disposition
from receptionist.calls.plan import CallPlan, CallRequest
from receptionist.calls.session import CallSession
from receptionist.calls.timeline import Timeline
from receptionist.errors import BusyError
from receptionist.handoff.transfers import Transfers
from receptionist.supervisor import Supervisor, new_call_id
from receptionist.telephony.keypad import Keypad
from receptionist.telephony.router import Refusal, Route, line_of, route
from receptionist.telephony.sip.contract import (
    CallGoneError,
    CallStats,
    Invitation,
    SipCall,
    SipEndpoint,
    SipError,
)
from receptionist.telephony.sip.line import OnCall
from receptionist.telephony.sip.transport import SipTransport
from receptionist.telephony.sip.turning_away import RETRY_AFTER_S, TurningAway

CANARY = "canary"
"""Who is called to see whether calls are answered; nobody speaks, and nothing is kept."""
CANARY_S = 5.0
PARTING_S = 2.0
"""A caller who was put through ends our call himself, as soon as he is there."""


class Reception(Protocol):
    """Decides who answers a caller, or why nobody does."""

    def __call__(self, invitation: Invitation, *, busy: bool = False) -> Route | Refusal:
        """Returns that; `busy`: no further call can be taken."""
        ...


LineOf = Callable[[OnCall], Transfers | None]
"""Makes the way to people of one call."""


def reception_of(supervisor: Supervisor) -> Reception:
    """Returns the reception of the tenant that `supervisor` answers for."""

    def decide(invitation: Invitation, *, busy: bool = False) -> Route | Refusal:
        return route([line_of(supervisor.snapshot)], invitation, datetime.now(UTC), busy=busy)

    return decide


class SipCalls:
    """The SIP calls of this process.

    Args:
        supervisor: Answers them.
        endpoint: Brings them.
        reception: Decides who answers; None is that of the supervisor's tenant.
        line_of_call: Makes the way to people; None has none.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        endpoint: SipEndpoint,
        *,
        reception: Reception | None = None,
        line_of_call: LineOf = lambda _: None,
    ) -> None:
        self._supervisor = supervisor
        self._endpoint = endpoint
        self._reception = reception or reception_of(supervisor)
        self._away = TurningAway(supervisor, endpoint)
        self._line_of_call = line_of_call
        self._calls: set[asyncio.Task[None]] = set()
        self._live: dict[str, SipCall] = {}

    def __len__(self) -> int:
        """Returns the number of calls, those included that are being answered."""
        return len(self._calls)

    def audio(self) -> Mapping[str, CallStats]:
        """Returns how well the audio of each conversation travels, by the id of the call."""
        return {call_id: call.stats() for call_id, call in self._live.items()}

    async def run(self) -> None:
        """Takes callers until the endpoint is closed; cancelling it ends their calls."""
        async with asyncio.TaskGroup() as group:
            async for call in self._endpoint.incoming:
                task = group.create_task(self._take(call), name=f"SIP call {call.id}")
                self._calls.add(task)
                task.add_done_callback(self._calls.discard)

    async def _take(self, call: SipCall) -> None:
        """Runs one call. Never raises but when cancelled."""
        began_s = asyncio.get_running_loop().time()
        try:
            plan = await self._admitted(call)
            if plan is None:
                return
            await call.answer()
            self._supervisor.metrics.answered("sip", asyncio.get_running_loop().time() - began_s)
            self._live[plan.call_id] = call
            try:
                await SipConversation(self._supervisor, plan, call, self._line_of_call).run()
            finally:
                del self._live[plan.call_id]
        except CallGoneError as gone:
            logger.info(f"{gone}")
        except SipError as error:
            logger.error(f"{call!r}: {error}")
        except Exception as error:
            logger.opt(exception=error).error(f"{call!r} failed")
        finally:
            await call.hang_up()

    async def _admitted(self, call: SipCall) -> CallPlan | None:
        """Returns how the call is answered; None when it is not, and has been told so."""
        invitation = call.inbound
        if invitation.called == CANARY:
            await self._tried(call)
            return None
        decided = self._reception(invitation)
        if isinstance(decided, Refusal):
            logger.info(f"{call!r} is refused with {decided.sip_code}: {decided.reason}")
            self._supervisor.metrics.refused(decided.reason)
            await self._away.refuse(call, decided)
            return None
        try:
            return self._plan(decided)
        except BusyError as busy:
            logger.info(f"{call!r} is not taken: {busy}")
            await self._away.refuse(call, self._overloaded(invitation, busy))
            return None

    def _overloaded(self, invitation: Invitation, busy: BusyError) -> Refusal:
        """Returns what the tenant wants for whom there is no line.

        While the process ends that is the next one: 503 makes the edge ask it, as 486 does not.
        """
        wanted = None if self._supervisor.closing else self._reception(invitation, busy=True)
        if not isinstance(wanted, Refusal):
            wanted = Refusal(sip_code=503, reason="busy")
        return replace(wanted, retry_after_s=busy.retry_after_s or RETRY_AFTER_S)

    def _plan(self, routed: Route) -> CallPlan:
        most = self._supervisor.settings.max_calls
        # Those being answered included, which the supervisor cannot count.
        if len(self) - self._away.speaking > most and not self._endpoint.make_room():
            self._supervisor.metrics.refused("busy")
            raise BusyError(f"All {most} lines are busy; call again in a few minutes.")
        return self._supervisor.plan(
            CallRequest(
                call_id=new_call_id(),
                channel="sip",
                language=routed.language,
                called=routed.called,
                caller=routed.caller,
            )
        )

    async def _tried(self, call: SipCall) -> None:
        await call.answer()
        try:
            async with asyncio.timeout(CANARY_S):
                await call.closed.wait()
        except TimeoutError:
            logger.debug("whoever tried the line did not hang up")


class SipConversation:
    """One answered call, from its first word to its end.

    Args:
        supervisor: Answers it.
        plan: How.
        call: Whose caller is connected.
        line_of_call: Makes the way to people.
        duty: What else is to be done on it.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        plan: CallPlan,
        call: SipCall,
        line_of_call: LineOf,
        duty: Callable[[CallSession], Coroutine[None, None, None]] | None = None,
    ) -> None:
        self._supervisor = supervisor
        self._plan = plan
        self._call = call
        self._line_of_call = line_of_call
        self._duty = duty
        self._keypad = Keypad(plan.snapshot.config.phone.keys_pause_ms)

    async def run(self) -> Disposition:
        """Runs it; returns when the caller has also finished speaking with whom he was given."""
        async with asyncio.TaskGroup() as group:
            line = self._line_of_call(OnCall(self._call, group))
            try:
                disposition = await self._answer(line, group)
                if disposition is Disposition.TRANSFERRED and not (line and await line.connect()):
                    await self._parted()
            finally:
                if line is not None:
                    await line.close()
        self._measure()
        return disposition

    async def _answer(self, line: Transfers | None, group: asyncio.TaskGroup) -> Disposition:
        rate_hz = self._call.rate_hz
        duties: list[asyncio.Task[None]] = []

        def ready(session: CallSession) -> None:
            duties.append(group.create_task(self._attend(session), name="SIP"))

        result = await self._supervisor.answer(
            self._plan,
            SipTransport(self._call),
            Timeline(rate_hz, rate_hz),
            line=line,
            ready=ready,
        )
        for duty in duties:
            duty.cancel()
        return result.disposition

    async def _attend(self, session: CallSession) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._press(), name="keys")
            group.create_task(self._keypad.gather(session.keys), name="keypad")
            group.create_task(self._end_with_caller(session), name="caller gone")
            if self._duty is not None:
                group.create_task(self._duty(session), name="duty")

    async def _press(self) -> None:
        while True:
            self._keypad.press(await self._call.keys.get())

    async def _end_with_caller(self, session: CallSession) -> None:
        call = self._call
        await call.closed.wait()
        if call.handed_over:
            # The tool that referred him says so first, and the session ends by itself.
            await asyncio.sleep(PARTING_S)
            session.hang_up(Disposition.TRANSFERRED)
        else:
            session.hang_up(
                Disposition.MEDIA_LOST if call.media_lost else Disposition.CALLER_HUNG_UP
            )

    async def _parted(self) -> None:
        try:
            async with asyncio.timeout(PARTING_S):
                await self._call.closed.wait()
        except TimeoutError:
            logger.debug(f"{self._call!r}: put through, and ended from here")

    def _measure(self) -> None:
        stats = self._call.stats()
        total = stats.received + stats.lost
        self._supervisor.metrics.heard(
            jitter_s=stats.jitter_ms / 1000, loss=stats.lost / total if total else 0.0
        )
