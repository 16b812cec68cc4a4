"""Telephone lines on which it matters who is rung, and when."""

import asyncio
from collections.abc import Mapping

from knowledge.people import Contact, Department
from receptionist.tools.contract import TransferOutcome


class AnsweredBy:
    """A line on which one person answers, after so many attempts, and the others never do.

    Args:
        identifier: Who answers.
        attempt: From which ringing of that person on.
        rings_s: How long it rings.

    Attributes:
        rung: Ids of those who were rung, in order.
        at_s: When, on the clock of the loop.
    """

    def __init__(self, identifier: str, attempt: int = 1, rings_s: float = 0.0) -> None:
        self._identifier = identifier
        self._attempt = attempt
        self._rings_s = rings_s
        self.rung: list[str] = []
        self.at_s: list[float] = []

    async def transfer(self, target: Contact | Department, *, reason: str) -> TransferOutcome:
        self.rung.append(target.id)
        self.at_s.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self._rings_s)
        answers = target.id == self._identifier and self.rung.count(target.id) >= self._attempt
        return TransferOutcome.ANSWERED if answers else TransferOutcome.NO_ANSWER


class TimedLine:
    """A line on which everybody answers after his own time.

    Args:
        seconds: By id; whoever is not named answers at once.
    """

    def __init__(self, seconds: Mapping[str, float] | None = None) -> None:
        self._seconds = seconds or {}

    async def transfer(self, target: Contact | Department, *, reason: str) -> TransferOutcome:
        await asyncio.sleep(self._seconds.get(target.id, 0.0))
        return TransferOutcome.ANSWERED
