"""What the assistant is arranging for the caller: a message, a call back or an appointment."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from providers.llm.concierge.party import Party


class Task(StrEnum):
    """What is arranged, by the name of the tool that does it."""

    MESSAGE = "take_message"
    CALLBACK = "promise_callback"
    APPOINTMENT = "book_appointment"


class Gap(StrEnum):
    """A part of it."""

    NAME = "name"
    NUMBER = "number"
    EMAIL = "email"
    ABOUT = "about"
    WHEN = "when"
    SERVICE = "service"


ORDER: Mapping[Task, tuple[Gap, ...]] = {
    Task.MESSAGE: (Gap.NAME, Gap.NUMBER, Gap.ABOUT),
    Task.CALLBACK: (Gap.WHEN, Gap.NAME, Gap.NUMBER, Gap.ABOUT),
    Task.APPOINTMENT: (Gap.SERVICE, Gap.WHEN, Gap.NAME, Gap.NUMBER),
}
"""What is asked for, in this order. An e-mail address is taken when it is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is known of it so far, all in the caller's words.

    Attributes:
        party: Whom it concerns; None is the office.
        groups: The number in groups of digits as the caller said them, `+` leading.
        slot: Id of the free time chosen.
        skipped: Parts the caller does not want to give.
        rejections: How often the tool has asked for a part again.
    """

    task: Task = Task.MESSAGE
    party: Party | None = None
    name: str = ""
    groups: tuple[str, ...] = ()
    email: str = ""
    about: str = ""
    when: str = ""
    service: str = ""
    slot: str = ""
    skipped: frozenset[Gap] = frozenset()
    rejections: int = 0

    @property
    def number(self) -> str:
        """The number as digits."""
        return "".join(self.groups)

    @property
    def gap(self) -> Gap | None:
        """The first part still to be asked for."""
        filled = {
            Gap.NAME: self.name,
            Gap.NUMBER: self.number or self.email,
            Gap.ABOUT: self.about,
            Gap.WHEN: self.when,
            Gap.SERVICE: self.service,
        }
        for gap in ORDER[self.task]:
            if not filled[gap] and gap not in self.skipped:
                return gap
        return None

    @property
    def seeks_slot(self) -> bool:
        """The calendar has to be asked before anything else is."""
        known = self.service or Gap.SERVICE in self.skipped
        return self.task is Task.APPOINTMENT and bool(known and self.when and not self.slot)

    def arguments(self, unnamed: str) -> dict[str, str]:
        """Returns the arguments of the tool; `unnamed` stands for a name not given."""
        shared = {
            "caller_name": self.name or (unnamed if Gap.NAME in self.skipped else ""),
            "callback_number": self.number,
        }
        if self.task is Task.APPOINTMENT:
            return {"service": self.service, "when": self.when, "slot": self.slot, **shared}
        shared |= {
            "about": self.about,
            "contact_id": self.party.identifier if self.party else "",
        }
        if self.task is Task.CALLBACK:
            return shared | {"when": self.when}
        return shared | {"email": self.email}
