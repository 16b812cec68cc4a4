"""Telephone lines that play a part, for trying out what happens after a transfer."""

from knowledge.people import Contact, Department
from receptionist.tools.contract import TransferLine, TransferOutcome


class ScriptedLine:
    """A line on which every transfer ends the same way.

    Args:
        outcome: How it ends.

    Attributes:
        rung: Ids of those who were rung, in order.
    """

    def __init__(self, outcome: TransferOutcome) -> None:
        self._outcome = outcome
        self.rung: list[str] = []

    async def transfer(self, target: Contact | Department, *, reason: str) -> TransferOutcome:
        """Returns the outcome of the script."""
        del reason
        self.rung.append(target.id)
        return self._outcome


def line_with(outcome: TransferOutcome | None) -> TransferLine | None:
    """Returns a line on which every transfer ends with `outcome`; None when there is no line."""
    return None if outcome is None else ScriptedLine(outcome)
