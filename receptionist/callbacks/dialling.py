"""Whether somebody may be called back now: by the tenant's rules, and by the tries so far. Pure."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from knowledge.opening import OpeningHours
from receptionist.callbacks.config import CallbackDialling
from receptionist.callbacks.records import AttemptRecord, CallbackRecord, CallbackState
from receptionist.errors import ReceptionistError
from receptionist.handoff.order import has_telephone
from receptionist.telephony.numbers import understood
from receptionist.tenants.snapshot import TenantSnapshot

SIGN_OF_LIFE_S = 5.0
"""How often a process says that it is still dialling."""
PRESUMED_DEAD_AFTER = timedelta(seconds=4 * SIGN_OF_LIFE_S)


class Hindrance(StrEnum):
    """Why somebody is not called back now."""

    OFF = "off"
    NOT_OPEN = "not_open"
    RUNNING = "running"
    TOO_OFTEN = "too_often"
    PAUSE = "pause"
    HOURS = "hours"
    CLOSED = "closed"
    NOBODY = "nobody"
    NUMBER = "number"
    PER_HOUR = "per_hour"
    LINES = "lines"


SAID: dict[Hindrance, str] = {
    Hindrance.OFF: "the tenant dials nobody: set callbacks: dial in phone.yaml",
    Hindrance.NOT_OPEN: "it is done, or was given up",
    Hindrance.RUNNING: "it is being dialled at this moment",
    Hindrance.TOO_OFTEN: "it was tried as often as phone.yaml allows",
    Hindrance.PAUSE: "the last try was a short while ago",
    Hindrance.HOURS: "it is outside the hours in which the tenant calls back",
    Hindrance.CLOSED: "whoever calls back is not there at this hour",
    Hindrance.NOBODY: "nobody has a telephone whom the callee could be put through to",
    Hindrance.NUMBER: "the number is of a kind or in a country that is not dialled",
    Hindrance.PER_HOUR: "as many were dialled in this hour as phone.yaml allows",
    Hindrance.LINES: "the lines are needed for callers",
}


class NotDialledError(ReceptionistError):
    """Somebody is not called back now.

    Attributes:
        why: The reason.
    """

    code = "callback_not_dialled"
    http_status = 409
    retryable = True

    def __init__(self, callback_id: str, why: Hindrance) -> None:
        self.why = why
        super().__init__(f"Callback {callback_id!r} is not dialled: {SAID[why]}.")


def hindered(
    callback: CallbackRecord,
    snapshot: TenantSnapshot,
    now: datetime,
    *,
    countries: Collection[str] = (),
) -> Hindrance | None:
    """Returns what in the tenant's rules keeps `callback` from being dialled at `now` (aware).

    Args:
        callback: Who is to be called back.
        snapshot: The tenant.
        now: Aware.
        countries: Those the operator allows; without any, every one.
    """
    config = snapshot.config
    rules = config.phone.callbacks
    if not rules.dial:
        return Hindrance.OFF
    number = understood(callback.callback_number, config.country)
    allowed = rules.countries or config.phone.transfer.countries or (config.country,)
    if not number.may_be_rung([one for one in allowed if not countries or one in countries]):
        return Hindrance.NUMBER
    owner = snapshot.destination(callback.contact_id)
    if owner is None or not has_telephone(snapshot, owner):
        return Hindrance.NOBODY
    if not _hours(rules, snapshot).is_open(now):
        return Hindrance.HOURS
    return None if snapshot.hours_of(owner).is_open(now) else Hindrance.CLOSED


def held_back(
    callback: CallbackRecord,
    attempts: Sequence[AttemptRecord],
    rules: CallbackDialling,
    now: datetime,
    *,
    by_hand: bool = False,
) -> Hindrance | None:
    """Returns what in its state keeps `callback` from being dialled at `now`.

    Args:
        callback: As it is kept.
        attempts: Those so far.
        rules: Of the tenant.
        now: Aware.
        by_hand: Somebody asks for it: pauses and tries do not count.
    """
    if callback.state is not CallbackState.OPEN:
        return Hindrance.NOT_OPEN
    if any(runs(attempt, now) for attempt in attempts):
        return Hindrance.RUNNING
    if by_hand or not attempts:
        return None
    if len(attempts) >= rules.tries:
        return Hindrance.TOO_OFTEN
    last = max(attempt.ended_at or attempt.seen_at for attempt in attempts)
    return Hindrance.PAUSE if now < last + timedelta(minutes=rules.pause_min) else None


def runs(attempt: AttemptRecord, now: datetime) -> bool:
    """Returns whether a process is at it; one that died has shown no sign of life for a while."""
    return attempt.ended_at is None and now - attempt.seen_at <= PRESUMED_DEAD_AFTER


def _hours(rules: CallbackDialling, snapshot: TenantSnapshot) -> OpeningHours:
    if rules.hours is None:
        return snapshot.hours_of(None)
    config = snapshot.config
    return OpeningHours(
        config.hours, country=config.country, time_zone=snapshot.time_zone, own=rules.hours
    )
