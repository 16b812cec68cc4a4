"""What keys mean while a menu is offered. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from knowledge.directory import Destination
from receptionist.handoff.order import extensions, rounds
from receptionist.menu.config import MESSAGE, MESSAGE_KEY
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.keypad import OPERATOR_KEY, REPEAT_KEY
from receptionist.tools.transfer_call import OPERATOR

DERIVED = 4
"""With a message, a person and the repetition, nobody remembers more from hearing them once."""


class Kind(StrEnum):
    """What a key asks for."""

    TRANSFER = "transfer"
    MESSAGE = "message"
    AGAIN = "again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a caller has chosen.

    Attributes:
        kind: What he asks for.
        target: Id of whom; "" where nobody is rung.
    """

    kind: Kind
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMenu:
    """A menu at one moment.

    Attributes:
        choices: Key to the id of whom it rings, or `message`.
        read: Those that lead somewhere now, in the order they are read out.
        person: 0 rings somebody now.
        extensions: Extensions that may be rung, to the ids of whose they are.
    """

    choices: Mapping[str, str]
    read: tuple[str, ...]
    person: bool
    extensions: Mapping[str, str]

    @property
    def empty(self) -> bool:
        """True when it would help nobody."""
        return not (self.read or self.person)

    def meant(self, keys: str) -> Choice | None:
        """Returns what `keys` ask for; None when they mean nothing here."""
        if keys == REPEAT_KEY:
            return Choice(kind=Kind.AGAIN)
        if keys == OPERATOR_KEY:
            return Choice(kind=Kind.TRANSFER, target=OPERATOR)
        target = self.choices.get(keys) or self.extensions.get(keys)
        if target == MESSAGE:
            return Choice(kind=Kind.MESSAGE)
        return Choice(kind=Kind.TRANSFER, target=target) if target else None

    def settled(self, keys: str) -> bool:
        """Returns whether `keys` are a choice that no further key could change."""
        longer = any(known != keys and known.startswith(keys) for known in self.extensions)
        return self.meant(keys) is not None and not longer


def menu_of(snapshot: TenantSnapshot, now: datetime, *, line: bool, messages: bool) -> KeyMenu:
    """Returns the menu of a tenant at `now`.

    What is closed keeps its key and is not read out: whoever presses it is told why.

    Args:
        snapshot: The tenant.
        now: Aware.
        line: People can be rung on this call.
        messages: A message can be kept.
    """
    choices = {
        key: target
        for key, target in (snapshot.config.phone.menu or _derived(snapshot, now)).items()
        if messages or target != MESSAGE
    }
    people = (OPERATOR, *snapshot.config.escalation_next)
    return KeyMenu(
        choices=choices,
        read=tuple(
            key
            for key, target in sorted(choices.items())
            if target == MESSAGE or (line and _there(snapshot, target, now))
        ),
        person=line and any(_there(snapshot, person, now) for person in people),
        extensions=extensions(snapshot) if line else {},
    )


def _derived(snapshot: TenantSnapshot, now: datetime) -> Mapping[str, str]:
    """Returns the first departments that may be rung at some hour, and a message."""
    departments = [
        department.id
        for department in snapshot.config.departments
        if department.id != snapshot.config.escalation and _rings(snapshot, department, now)
    ]
    numbered = {str(key): one for key, one in enumerate(departments[:DERIVED], start=1)}
    return {**numbered, MESSAGE_KEY: MESSAGE}


def _there(snapshot: TenantSnapshot, identifier: str, now: datetime) -> bool:
    target = snapshot.destination(identifier)
    if target is None or not snapshot.hours_of(target).is_open(now):
        return False
    return any(rung.number for together in rounds(snapshot, target, now) for rung in together)


def _rings(snapshot: TenantSnapshot, target: Destination, now: datetime) -> bool:
    order = rounds(snapshot, target, now, urgent=True)
    return any(rung.number for together in order for rung in together)
