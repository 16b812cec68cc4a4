"""Whose telephones are rung for somebody, and in which order. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from knowledge.directory import Destination
from knowledge.people import Contact
from receptionist.handoff.config import Mode, RingGroup, TransferConfig
from receptionist.telephony.numbers import NumberClass, understood
from receptionist.tenants.snapshot import TenantSnapshot

Setting = TypeVar("Setting", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A telephone.

    Attributes:
        target: Id of whose it is.
        number: What rings it; "" when it may not be rung.
        mode: Whether he is asked before he has the caller.
        language: ISO 639-1 language he is told in who calls.
        refused: Why it may not be rung; "" when it may.
    """

    target: str
    number: str
    mode: Mode
    language: str
    refused: str = ""


Round = tuple[Rung, ...]
"""Telephones that ring at the same time."""


def rounds(
    snapshot: TenantSnapshot, target: Destination, now: datetime, *, urgent: bool = False
) -> Sequence[Round]:
    """Returns whose telephones are rung for `target`; none when nobody is there.

    Nobody is rung twice, and in a group nobody outside his hours.

    Args:
        snapshot: The tenant; only numbers it knows are rung.
        target: Whom the caller wants.
        now: Aware.
        urgent: People are rung outside their hours too.
    """
    transfer = snapshot.config.phone.transfer
    group = transfer.groups.get(target.id)
    members = _members(target.id, transfer) if group else [target.id]
    telephones = [
        _rung(snapshot, transfer, member)
        for identifier in members
        if (member := snapshot.destination(identifier)) is not None
        and (member.extension or "").strip()
        and (urgent or identifier == target.id or snapshot.hours_of(member).is_open(now))
    ]
    once: dict[str, Rung] = {}
    for rung in telephones:
        once.setdefault(rung.number or rung.target, rung)
    if group and group.order == "simultaneous":
        return [tuple(once.values())] if once else []
    return [(rung,) for rung in once.values()]


def has_telephone(snapshot: TenantSnapshot, target: Destination) -> bool:
    """Returns whether anybody could be rung for `target` at some hour."""
    transfer = snapshot.config.phone.transfer
    if target.id not in transfer.groups:
        return bool((target.extension or "").strip())
    members = map(snapshot.destination, _members(target.id, transfer))
    return any(member is not None and (member.extension or "").strip() for member in members)


def next_of(snapshot: TenantSnapshot, target: Destination) -> Sequence[Destination]:
    """Returns who is rung when nobody there takes the call."""
    named = snapshot.config.phone.transfer.next.get(target.id, ())
    found = (snapshot.destination(identifier) for identifier in named)
    return [other for other in found if other is not None and other.id != target.id]


def extensions(snapshot: TenantSnapshot) -> Mapping[str, str]:
    """Returns the extensions callers may dial, to the ids of whose they are.

    Numbers of the public network are not dialled by callers, whoever's they are.
    """
    country = snapshot.config.country
    found: dict[str, str] = {}
    for item in (*snapshot.config.departments, *snapshot.config.contacts):
        number = understood(item.extension or "", country)
        if number.kind is NumberClass.EXTENSION:
            found.setdefault(number.dialled, item.id)
    return found


def _members(identifier: str, transfer: TransferConfig) -> Sequence[str]:
    """Returns the ids in a group, those of the groups in it in their places, each once."""
    found: dict[str, None] = {}
    entered: set[str] = set()

    def enter(name: str, group: RingGroup) -> None:
        entered.add(name)
        for member in group.members:
            inner = transfer.groups.get(member)
            if inner is None or member == name:
                found.setdefault(member)
            elif member not in entered:
                enter(member, inner)

    enter(identifier, transfer.groups[identifier])
    return list(found)


def _rung(snapshot: TenantSnapshot, transfer: TransferConfig, member: Destination) -> Rung:
    config = snapshot.config
    number = understood(member.extension or "", config.country)
    allowed = number.may_be_rung(transfer.countries or (config.country,))
    refused = "country" if number.kind is NumberClass.ORDINARY else number.kind.value
    return Rung(
        target=member.id,
        number=number.dialled if allowed else "",
        mode=_set(transfer.modes, member) or transfer.mode,
        language=snapshot.language(_set(transfer.languages, member) or config.languages[0]),
        refused="" if allowed else refused,
    )


def _set(values: Mapping[str, Setting], member: Destination) -> Setting | None:
    """Returns what is set for somebody, or for his department."""
    found = values.get(member.id)
    if found is None and isinstance(member, Contact):
        return values.get(member.department)
    return found
