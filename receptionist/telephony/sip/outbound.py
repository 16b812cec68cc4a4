"""Calls somebody back over SIP: who answers, what he is told, and with whom he speaks."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from loguru import logger

from providers.contracts import TTSOptions
from receptionist.callbacks.records import AttemptOutcome, CallbackRecord
from receptionist.calls.events import Disposition
from receptionist.calls.pipeline import CallEngines
from receptionist.calls.plan import CallBack, CallPlan, CallRequest
from receptionist.calls.session import CallSession
from receptionist.calls.speech import EnginesIn
from receptionist.handoff.events import TransferEnded
from receptionist.handoff.transfers import FollowedCall, Transfers
from receptionist.loading import LINE_RATES_HZ
from receptionist.supervisor import Supervisor
from receptionist.telephony.answerer import Answerer, Listener
from receptionist.telephony.caller import CallerIdentity
from receptionist.telephony.numbers import e164
from receptionist.telephony.sip.bridge import bridge
from receptionist.telephony.sip.calls import SipConversation
from receptionist.telephony.sip.contract import Calling, DialError, SipCall
from receptionist.telephony.sip.leg import SipLeg
from receptionist.telephony.sip.line import rung
from receptionist.tools.contract import TransferOutcome

LISTENS_S = 6.0
"""By then it is known who has answered, or never will be."""
TAPE_S = 30.0
"""Longest greeting of a machine that is waited for."""
TAPE_ENDS_S = 1.5
OPENING_S = 30.0
CONSENT_S = 12.0
"""Somebody who is asked whether the call may be recorded has answered by then."""
TICK_S = 0.02
_OUTCOMES = {
    Disposition.SILENT_CALLER: AttemptOutcome.SILENT,
    Disposition.MEDIA_LOST: AttemptOutcome.FAILED,
    Disposition.FAILED: AttemptOutcome.FAILED,
    Disposition.SHUTDOWN: AttemptOutcome.CANCELLED,
}
_DIALLED = {
    TransferOutcome.BUSY: AttemptOutcome.BUSY,
    TransferOutcome.DECLINED: AttemptOutcome.DECLINED,
    TransferOutcome.NO_ANSWER: AttemptOutcome.NO_ANSWER,
    TransferOutcome.UNREACHABLE: AttemptOutcome.UNREACHABLE,
    TransferOutcome.CANCELLED: AttemptOutcome.CANCELLED,
}


class SipCallbacks:
    """Calls people back.

    Args:
        supervisor: Speaks with them.
        endpoint: Dials.
    """

    def __init__(self, supervisor: Supervisor, endpoint: Calling) -> None:
        self._supervisor = supervisor
        self._endpoint = endpoint

    @property
    def free(self) -> bool:
        """Returns whether a line may be taken from callers: one stays for them."""
        supervisor = self._supervisor
        most = supervisor.settings.max_calls
        return not supervisor.closing and len(supervisor.active) < max(1, most - 1)

    async def call_back(self, callback: CallbackRecord, call_id: str) -> AttemptOutcome:
        """Calls whoever asked for `callback`; returns when that is over, and how it ended.

        Raises:
            BusyError: this process can take no more calls.
        """
        supervisor = self._supervisor
        plan = supervisor.plan(
            CallRequest(
                call_id=call_id,
                channel="sip",
                language=await supervisor.callbacks.attempts.language(callback)
                or supervisor.snapshot.config.languages[0],
                called=callback.callback_number,
                caller=CallerIdentity(number=callback.callback_number, name=callback.caller_name),
                call_back=CallBack(about=callback.about, contact_id=callback.contact_id),
            )
        )
        engines = await supervisor.engines_in(plan.language)
        for rate_hz in LINE_RATES_HZ:  # nobody waits for it who has answered
            options = TTSOptions(language=plan.language, rate_hz=rate_hz)
            await engines.tts.prepare([plan.disclosure, plan.greeting], options)
        async with asyncio.TaskGroup() as tasks:
            return await OutboundCall(supervisor, self._endpoint, plan, engines, tasks).run()


@dataclass(slots=True)
class _Dialler:
    """The way from somebody who is called back to people; a `handoff.contract.Dialler`."""

    endpoint: Calling
    engines_in: EnginesIn
    tasks: asyncio.TaskGroup
    caller_id: str
    callee: SipCall | None = None

    async def ring(self, number: str, *, ring_s: float) -> SipLeg:
        """Returns the answered telephone."""
        return await rung(
            self.endpoint, number, ring_s, self.caller_id, self.engines_in, self.tasks
        )

    async def join(self, leg: SipLeg, *, leave: bool = False) -> None:
        """Lets both speak. We stay in between: a public network follows no REFER."""
        del leave
        await leg.silence()
        if self.callee is not None:
            await bridge(self.callee, leg.call)

    async def refer(self, number: str, *, ring_s: float) -> TransferOutcome | None:
        """Returns None: we called him, and his exchange owes us nothing."""
        del number, ring_s
        return None


class OutboundCall:
    """One call to somebody who asked for it.

    Args:
        supervisor: Speaks with him.
        endpoint: Dials.
        plan: What he is told.
        engines: Voice and ears of his language.
        tasks: Run the telephones of those he is put through to.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        endpoint: Calling,
        plan: CallPlan,
        engines: CallEngines,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._supervisor = supervisor
        self._endpoint = endpoint
        self._plan = plan
        self._engines = engines
        self._tasks = tasks
        config = plan.snapshot.config
        self._rules = config.phone.callbacks
        numbers = (e164(number, config.country) for number in config.numbers)
        self._ours = next((number for number in numbers if number), "")
        self._dialler = _Dialler(endpoint, supervisor.engines_in, tasks, self._ours)
        self._line = Transfers(self._dialler, supervisor.hourly)
        self._early: list[TransferEnded] = []

    async def run(self) -> AttemptOutcome:
        """Returns how it ended."""
        try:
            if self._rules.first == "person" and not await self._person_waits():
                return AttemptOutcome.NOBODY_HERE
            try:
                call = await self._endpoint.dial(
                    self._plan.called, ring_s=self._rules.ring_s, caller_id=self._ours
                )
            except DialError as error:
                logger.info(f"{error}")
                await self._line.dismiss("callback_unreached")
                return _DIALLED.get(error.outcome, AttemptOutcome.FAILED)
            self._dialler.callee = call
            try:
                return await self._answered(call)
            finally:
                await call.hang_up()
        finally:
            await self._line.close()

    async def _person_waits(self) -> bool:
        """Rings whoever is to speak with him; returns whether somebody waits on his telephone."""
        plan, loop = self._plan, asyncio.get_running_loop()
        call_back = plan.call_back
        target = call_back and plan.snapshot.destination(call_back.contact_id)
        if call_back is None or target is None:
            return False
        began_s = loop.time()
        followed = FollowedCall(
            snapshot=plan.snapshot,
            caller=plan.caller,
            language=lambda: plan.language,
            turns=lambda: (),
            now=self._supervisor.now,
            now_s=lambda: loop.time() - began_s,
            urgent=lambda: False,
            emit=self._early.append,
        )
        outcome = await self._line.first(followed, target, reason=call_back.about)
        return outcome is TransferOutcome.ANSWERED

    async def _answered(self, call: SipCall) -> AttemptOutcome:
        ears = Listener.of(self._engines.vad, call.rate_hz)
        who = await self._who(call, ears)
        if call.closed.is_set():
            await self._line.dismiss("callback_unreached")
            return AttemptOutcome.DECLINED
        if who is Answerer.MACHINE:
            leaves = self._rules.machine == "message"
            async with asyncio.TaskGroup() as group:
                group.create_task(self._line.dismiss("callback_unreached"))
                if leaves:
                    group.create_task(self._leave_line(call, ears))
            return AttemptOutcome.MACHINE
        conversation = SipConversation(
            self._supervisor, self._plan, call, lambda _: self._line, duty=self._put_through
        )
        return _OUTCOMES.get(await conversation.run(), AttemptOutcome.ANSWERED)

    async def _who(self, call: SipCall, ears: Listener) -> Answerer:
        """Listens to the first words of whoever has answered."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LISTENS_S):
                while not call.closed.is_set():
                    if known := ears.hear(call.read()):
                        return known
                    await asyncio.sleep(TICK_S)
        return Answerer.PERSON

    async def _leave_line(self, call: SipCall, ears: Listener) -> None:
        """Leaves a line without content once the machine has finished."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TAPE_S):
                while not (call.closed.is_set() or ears.beeped or ears.quiet_s >= TAPE_ENDS_S):
                    ears.hear(call.read())
                    await asyncio.sleep(TICK_S)
        if call.closed.is_set():
            return
        leg = SipLeg(call, self._supervisor.engines_in, self._tasks)
        await leg.say(self._plan.line("callback_machine"), self._plan.language)
        await leg.hang_up()

    async def _put_through(self, session: CallSession) -> None:
        """Once he has heard who calls and why, rings whoever is to speak with him."""
        conversation, call_back = session.conversation, self._plan.call_back
        for event in self._early:
            session.delivery.emit(event)

        def told() -> bool:
            turns = conversation.transcript.turns
            ours = sum(turn.speaker == "assistant" for turn in turns)
            return ours >= 2 or (ours == 1 and conversation.caller_turns > 0)

        with suppress(TimeoutError):
            async with asyncio.timeout(OPENING_S):
                await conversation.when(told)
        if self._plan.snapshot.config.recording.ask:
            with suppress(TimeoutError):
                async with asyncio.timeout(CONSENT_S):
                    await conversation.when(lambda: conversation.caller_turns > 0)
        if call_back is not None:
            await session.transfers.put_through(call_back)
