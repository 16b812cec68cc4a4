"""A keypad menu that a caller was offered: why, how far he is, and how often it did not help."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from receptionist.calls.events import Disposition
from receptionist.calls.turns import SilenceStep
from receptionist.menu.key_menu import KeyMenu
from receptionist.menu.message_by_keys import MessageByKeys

REPEATS = 2
"""A caller who pressed a wrong key, or still cannot be heard, hears it so often again."""


class Why(StrEnum):
    """Why a menu is offered."""

    SILENT = "silent"
    TECHNICAL = "technical"
    NOT_UNDERSTOOD = "not_understood"


FALLS_DUE: Mapping[str, Why] = {
    **dict.fromkeys(SilenceStep, Why.SILENT),
    "technical_goodbye": Why.TECHNICAL,
}
"""Lines of a session in whose place a menu helps."""
ENDS: Mapping[Why, tuple[str, Disposition]] = {
    Why.SILENT: (SilenceStep.GOODBYE, Disposition.SILENT_CALLER),
    Why.TECHNICAL: ("technical_goodbye", Disposition.FAILED),
    Why.NOT_UNDERSTOOD: ("menu_goodbye", Disposition.COMPLETED),
}
"""What is said last when the menu did not help either, and how the call has ended then."""


@dataclass(slots=True, kw_only=True)
class Offer:
    """A menu that was offered.

    Attributes:
        menu: What can be chosen.
        why: What ends the call when it does not help.
        turns: Turns of the caller by then; one more, and he has spoken.
        missed: How often it did not help.
        silent: How often he has said nothing since he last pressed a key.
        message: What he leaves with keys; None while he chooses.
        asked: The message is read back, and he is asked whether it is right.
        fetched: A person was rung because the menu did not help.
    """

    menu: KeyMenu
    why: Why
    turns: int
    missed: int = 0
    silent: int = 0
    message: MessageByKeys | None = None
    asked: bool = False
    fetched: bool = False

    def settled(self, keys: str, repeat: str) -> bool:
        """Returns whether `keys` answer what he was asked, whatever else he might press."""
        if self.message is None:
            return self.menu.settled(keys)
        return self.asked or keys == repeat

    def again(self, why: Why) -> bool:
        """Counts that it did not help; returns whether it is read out once more.

        Who says nothing hears it once more, and not again when silence was why it was offered.
        """
        if why is Why.SILENT:
            self.silent += 1
            return self.silent < REPEATS and self.why is not Why.SILENT
        self.missed += 1
        self.why = self.why if self.why is Why.TECHNICAL else why
        return self.missed <= REPEATS

    def pressed(self, turns: int) -> None:
        """He has pressed keys, which makes a turn of his."""
        self.turns, self.silent = turns, 0
        self.why = Why.NOT_UNDERSTOOD if self.why is Why.SILENT else self.why

    def chooses(self) -> None:
        """He is back at its beginning."""
        self.message, self.asked = None, False
