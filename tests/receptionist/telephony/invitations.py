"""Invitations to a tenant with three numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from knowledge.hours import HoursConfig
from knowledge.opening import OpeningHours
from receptionist.telephony.config import Phone
from receptionist.telephony.router import Line, Refusal, Route, route

MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
OURS = "+441632960100"
CALLER = "+393331234567"


@dataclass(frozen=True, kw_only=True)
class Said:
    """An invitation."""

    called: str = "mill"
    caller: str = CALLER
    display: str = ""
    asserted: str = ""
    privacy: bool = False
    verstat: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def line(**phone: object) -> Line:
    week = HoursConfig.model_validate({"week": {"monday": ["09:00-18:00"]}})
    return Line(
        tenant="mill",
        country="GB",
        users=frozenset({"mill"}),
        numbers={"mill": None, OURS: "it", "100": "fr"},
        phone=Phone.model_validate(phone),
        hours=OpeningHours(week, country="GB", time_zone=ZoneInfo("Europe/London")),
    )


def ask(
    said: Said, at: datetime = MONDAY_NOON, *, busy: bool = False, **phone: object
) -> Route | Refusal:
    return route([line(**phone)], said, at, busy=busy)


def code(said: Said, at: datetime = MONDAY_NOON, *, busy: bool = False, **phone: object) -> int:
    found = ask(said, at, busy=busy, **phone)
    assert isinstance(found, Refusal)
    return found.sip_code
