"""One telephone that is rung for a caller, from the first ring to a typed end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from loguru import logger

from prompts.loader import Texts
from receptionist.handoff.answers import AnswerReader
from receptionist.handoff.config import TransferConfig
from receptionist.handoff.contract import AnyDialler, Leg, RingError
from receptionist.handoff.events import TransferEnded
from receptionist.handoff.order import Rung
from receptionist.handoff.warm import Asked, Colleague
from receptionist.tools.contract import TransferOutcome

LATE_S = 5.0
"""A line that still rings so long after it should have stopped has failed."""
_REASON_LETTERS = 200
_ANSWERED = TransferOutcome.ANSWERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """How ringing one telephone ended.

    Attributes:
        outcome: So.
        leg: The telephone, where somebody waits for the caller.
        attended: The caller's own exchange is to take our place on it.
        texts: Lines in the language of whose telephone it is.
    """

    outcome: TransferOutcome
    leg: Leg | None = None
    attended: bool = False
    texts: Texts | None = None


@dataclass(slots=True, kw_only=True)
class Attempt:
    """Rings one telephone, and asks whoever answers where the tenant wants that.

    Attributes:
        dialler: Rings.
        target: Id of whom the caller wants.
        rung: The telephone.
        second_leg: The line can ring by itself; else only the caller's own exchange can.
        alone: No other is rung at the same time; the caller's own exchange may put him through.
        settings: How the tenant puts callers through.
        texts: Lines in the language of whose telephone it is.
        reader: Understands what he answers.
        brief: Returns what he is told of the call.
        admit: Counts one more telephone; False when that would be too many.
        now_s: Returns the seconds since the call began.
        emit: Receives how it ended.
    """

    dialler: AnyDialler
    target: str
    rung: Rung
    second_leg: bool
    alone: bool
    settings: TransferConfig
    texts: Texts
    reader: AnswerReader
    brief: Callable[[], str]
    admit: Callable[[], bool]
    now_s: Callable[[], float]
    emit: Callable[[TransferEnded], object]

    async def run(self) -> Attempted:
        """Returns how it ended; never raises but when it is cancelled."""
        began_s = self.now_s()
        asked, mode, leg = Asked(outcome=TransferOutcome.CANCELLED), self.rung.mode, None
        try:
            if refused := self._refused():
                asked = Asked(outcome=TransferOutcome.UNREACHABLE, reason=refused)
            elif self._may_refer and (referred := await self._refer()):
                asked, mode = Asked(outcome=referred), "refer"
            elif not self.second_leg:
                asked = Asked(outcome=TransferOutcome.UNREACHABLE, reason="no_second_leg")
            else:
                leg = await self._ring()
                asked = await self._asked(leg)
        except RingError as error:
            asked = Asked(outcome=_unanswered(error.outcome), reason=_why(error))
        except TimeoutError:
            asked = Asked(outcome=TransferOutcome.NO_ANSWER, reason="late")
        except Exception as error:
            logger.opt(exception=error).error(f"{self.rung.target!r} could not be rung")
            asked = Asked(outcome=TransferOutcome.FAILED, reason="fault")
        finally:
            self._ended(asked, mode, began_s)
            if leg is not None and asked.outcome is not _ANSWERED:
                await leg.hang_up()
        return Attempted(
            outcome=asked.outcome,
            leg=leg if asked.outcome is _ANSWERED else None,
            attended=self.rung.mode == "attended",
            texts=self.texts,
        )

    @property
    def _may_refer(self) -> bool:
        return self.alone and self.rung.mode == "blind"

    def _refused(self) -> str:
        return self.rung.refused or ("" if self.admit() else "too_many")

    async def _refer(self) -> TransferOutcome | None:
        async with asyncio.timeout(self.settings.ring_s + LATE_S):
            return await self.dialler.refer(self.rung.number, ring_s=self.settings.ring_s)

    async def _ring(self) -> Leg:
        async with asyncio.timeout(self.settings.ring_s + LATE_S):
            return await self.dialler.ring(self.rung.number, ring_s=self.settings.ring_s)

    async def _asked(self, leg: Leg) -> Asked:
        """Asks whoever has answered whether he takes the call, where the tenant wants that."""
        colleague = Colleague(
            leg=leg, reader=self.reader, texts=self.texts, accept_s=self.settings.accept_s
        )
        if self.rung.mode == "blind":
            await colleague.connecting()
            return Asked(outcome=_ANSWERED)
        asked = await colleague.asked(self.brief)
        if asked.outcome is _ANSWERED:
            await colleague.connecting()
        return asked

    def _ended(self, asked: Asked, mode: str, began_s: float) -> None:
        now_s = self.now_s()
        self.emit(
            TransferEnded(
                at_s=round(now_s, 3),
                target=self.target,
                rung=self.rung.target,
                mode=mode,
                outcome=asked.outcome.value,
                reason=asked.reason,
                ring_s=round(now_s - began_s, 3),
            )
        )


def _unanswered(outcome: TransferOutcome) -> TransferOutcome:
    return TransferOutcome.FAILED if outcome is _ANSWERED else outcome


def _why(error: RingError) -> str:
    text = str(error)
    return "" if text == error.outcome.value else text[:_REASON_LETTERS]
