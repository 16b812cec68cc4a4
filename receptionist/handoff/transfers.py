"""Puts the caller of one call through: rings, asks, counts, and says how each ringing ended."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from loguru import logger

from guardrails.redaction.redactor import redact
from knowledge.people import Contact, Department
from prompts import loader
from prompts.loader import Texts
from receptionist.calls.events import TurnEnded
from receptionist.guard.limits import HourlyCount
from receptionist.handoff.answers import AnswerReader, reader_of
from receptionist.handoff.attempt import Attempt, Attempted
from receptionist.handoff.brief import Circumstances, brief
from receptionist.handoff.contract import AnyDialler, Leg
from receptionist.handoff.events import TransferEnded
from receptionist.handoff.order import Round, Rung, rounds
from receptionist.telephony.caller import CallerIdentity
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome

LONGEST_S = 150.0
"""A caller who has waited so long is asked what else he wants."""
RUNG = "telephones_rung"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedCall:
    """What is asked of the call whose caller is put through.

    Attributes:
        snapshot: The tenant.
        caller: Who calls; None where nobody says so.
        language: Returns the language the call is in.
        turns: Returns what was said so far.
        now: Returns the aware local time.
        now_s: Returns the seconds since the call began.
        urgent: Returns whether somebody may be in danger.
        emit: Receives how each ringing ended.
    """

    snapshot: TenantSnapshot
    caller: CallerIdentity | None
    language: Callable[[], str]
    turns: Callable[[], Sequence[TurnEnded]]
    now: Callable[[], datetime]
    now_s: Callable[[], float]
    urgent: Callable[[], bool]
    emit: Callable[[TransferEnded], object]


class Transfers:
    """The way from one caller to people (a `TransferLine`).

    The session tells it of the call (`follows`) before anybody is rung. When the session is over,
    the line calls `connect`, which lets caller and person speak until one of them hangs up, and
    at the very end `close`.

    Args:
        dialler: Rings telephones.
        hourly: Counts what was rung on all calls of the tenant.
        second_leg: The dialler can ring and join. One that can only refer rings groups one after
            the other, and nobody is asked first.
        at_once: It can ring several telephones at the same time.
    """

    def __init__(
        self,
        dialler: AnyDialler,
        hourly: HourlyCount,
        *,
        second_leg: bool = True,
        at_once: bool = True,
    ) -> None:
        self._dialler = dialler
        self._hourly = hourly
        self._second_leg = second_leg
        self._rings_at_once = at_once and second_leg
        self._call: FollowedCall | None = None
        self._rung = 0
        self._waiting: asyncio.Timeout | None = None
        self._recalled = False
        self._leg: Leg | None = None
        self._attended = False
        self._asks = self._waits = False
        self._texts: Texts | None = None

    def follows(self, call: FollowedCall) -> None:
        """Takes the call whose caller is put through."""
        self._call = call

    @property
    def ringing(self) -> bool:
        """True while somebody is rung or asked, and the caller waits."""
        return self._waiting is not None

    def come_back(self) -> bool:
        """Stops ringing because the caller wants it no more; False when nobody was rung."""
        if self._waiting is None:
            return False
        self._recalled = True
        self._waiting.reschedule(asyncio.get_running_loop().time())
        return True

    async def transfer(self, target: Contact | Department, *, reason: str) -> TransferOutcome:
        """Rings whoever is rung for `target` and returns how that ended.

        After `answered` the person waits on his telephone for `connect`, or the caller's own
        exchange has put him through.
        """
        call = self._call
        if self._taken():
            return TransferOutcome.ANSWERED
        if call is None or self._leg is not None or self.ringing:
            return TransferOutcome.FAILED
        order = self._order(call, target)
        self._recalled = False
        try:
            async with asyncio.timeout(LONGEST_S) as self._waiting:
                outcome = await self._rounds(call, target.id, order, reason)
        except TimeoutError:
            await self.close()
            outcome = TransferOutcome.NO_ANSWER
        except asyncio.CancelledError:
            await self.close()
            raise
        finally:
            self._waiting = None
        if self._recalled:  # also when somebody answered in the same moment
            await self.close()
            return TransferOutcome.CANCELLED
        return outcome

    async def first(
        self, call: FollowedCall, target: Contact | Department, *, reason: str
    ) -> TransferOutcome:
        """Rings `target` before the call he is to have, and asks him; the next transfer finds him.

        Args:
            call: What is known of it.
            target: Who is rung.
            reason: What it will be about.
        """
        self.follows(call)
        self._asks = True
        try:
            outcome = await self.transfer(target, reason=reason)
        finally:
            self._asks = False
        self._waits = outcome is TransferOutcome.ANSWERED
        return outcome

    async def dismiss(self, line: str) -> None:
        """Tells whoever waits a line of `handoff.yaml`, and lets go of him."""
        leg, texts = self._leg, self._texts
        if leg is not None and texts is not None and not leg.closed.is_set():
            await leg.say(texts.handoff[line][0], texts.language)
        await self.close()

    async def connect(self) -> bool:
        """Lets the caller speak with whoever took the call; returns when one has hung up.

        Returns:
            Whether there was anybody; else the caller is still the line's.
        """
        leg, self._leg = self._leg, None
        if leg is None or leg.closed.is_set():
            return False
        try:
            await self._dialler.join(leg, leave=self._attended)
        finally:
            await leg.hang_up()
        return True

    async def close(self) -> None:
        """Lets go of whoever waits for the caller: the call is over."""
        leg, self._leg = self._leg, None
        if leg is not None:
            await leg.hang_up()

    # --- inside -----------------------------------------------------------------------------

    def _taken(self) -> bool:
        """Returns whether somebody has waited for this on his telephone, and still does."""
        waits, self._waits = self._waits, False
        if waits and self._leg is not None and self._leg.closed.is_set():
            self._leg = None
        return waits and self._leg is not None

    def _order(self, call: FollowedCall, target: Contact | Department) -> Sequence[Round]:
        order = rounds(call.snapshot, target, call.now(), urgent=call.urgent())
        if not self._rings_at_once:
            order = [(rung,) for together in order for rung in together]
        if not self._second_leg:
            return [(replace(rung, mode="blind"),) for (rung,) in order]
        if self._asks:
            return [tuple(replace(rung, mode="warm") for rung in together) for together in order]
        return order

    async def _rounds(
        self, call: FollowedCall, target: str, order: Sequence[Round], reason: str
    ) -> TransferOutcome:
        # He may want to come back, and to understand that must not hold up the loop.
        await asyncio.to_thread(reader_of, call.snapshot.texts[call.language()])
        outcomes: list[TransferOutcome] = []
        for together in order:
            attempts = [
                await self._attempt(call, target, rung, reason, alone=len(together) == 1)
                for rung in together
            ]
            outcomes += await self._at_once(attempts)
            if outcomes[-1] is TransferOutcome.ANSWERED:
                return TransferOutcome.ANSWERED
        return ending(outcomes)

    async def _at_once(self, attempts: Sequence[Attempt]) -> list[TransferOutcome]:
        """Rings all at once; whoever takes the call first has it, and comes last here."""
        outcomes: list[TransferOutcome] = []
        # Owned here: none of them outlives this.
        rung = [asyncio.create_task(attempt.run(), name="ring") for attempt in attempts]
        try:
            for ended in asyncio.as_completed(rung):
                attempted = await ended
                outcomes.append(attempted.outcome)
                if attempted.outcome is TransferOutcome.ANSWERED:
                    self._leg, self._attended = attempted.leg, attempted.attended
                    self._texts = attempted.texts
                    break
        finally:
            await self._let_go(rung)
        return outcomes

    async def _let_go(self, rung: Sequence[asyncio.Task[Attempted]]) -> None:
        """Stops ringing, and hangs up on whoever took the call a moment too late."""
        for task in rung:
            task.cancel()
        for ended in await asyncio.gather(*rung, return_exceptions=True):
            leg = ended.leg if isinstance(ended, Attempted) else None
            if leg is not None and leg is not self._leg:
                await leg.hang_up()

    async def _attempt(
        self, call: FollowedCall, target: str, rung: Rung, reason: str, *, alone: bool
    ) -> Attempt:
        texts = call.snapshot.texts.get(rung.language) or loader.load(rung.language)
        reader: AnswerReader = await asyncio.to_thread(reader_of, texts)
        return Attempt(
            dialler=self._dialler,
            target=target,
            rung=rung,
            second_leg=self._second_leg,
            alone=alone,
            settings=call.snapshot.config.phone.transfer,
            texts=texts,
            reader=reader,
            brief=lambda: self._brief(call, texts, reason),
            admit=lambda: self._admit(call),
            now_s=call.now_s,
            emit=call.emit,
        )

    def _admit(self, call: FollowedCall) -> bool:
        """Counts one more telephone; False when that would be too many."""
        settings = call.snapshot.config.phone.transfer
        too_many = self._rung >= settings.per_call or self._hourly.of(RUNG) >= settings.per_hour
        if too_many and not call.urgent():
            logger.warning(f"no further telephone of {call.snapshot.config.tenant!r} is rung")
            return False
        self._rung += 1
        self._hourly.add(RUNG)
        return True

    def _brief(self, call: FollowedCall, texts: Texts, reason: str) -> str:
        known = Circumstances(
            company=call.snapshot.config.company,
            caller=call.caller,
            language=call.language(),
            reason=reason,
            turns=call.turns(),
            called_back=self._asks,
        )
        return brief(known, texts, redact)


def ending(outcomes: Sequence[TransferOutcome]) -> TransferOutcome:
    """Returns what is true of all who were rung, where nobody took the call."""
    different = set(outcomes)
    if len(different) == 1:
        return outcomes[0]
    for telling in (TransferOutcome.NO_ANSWER, TransferOutcome.DECLINED, TransferOutcome.BUSY):
        if telling in different:
            return telling
    return TransferOutcome.UNREACHABLE
