"""Appointments of the tests: one hour and a half hour behind it, in one or two calendars."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from knowledge.hours import HoursConfig
from knowledge.opening import OpeningHours
from receptionist.appointments.calendar import Booking
from receptionist.appointments.config import Service

ROME = ZoneInfo("Europe/Rome")
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=ROME)


def hours(**week: object) -> OpeningHours:
    """Opening hours in Rome without holidays; by default weekdays nine to one."""
    days = week or {day: ["09:00-13:00"] for day in ("monday", "tuesday", "wednesday")}
    config = HoursConfig.model_validate({"week": days, "holidays": False})
    return OpeningHours(config, country="IT", time_zone=ROME)


def a_service(**changed: object) -> Service:
    """A service of an hour."""
    values: dict[str, object] = {
        "id": "visit",
        "names": {"en": "a visit"},
        "duration_min": 60,
        "notice_min": 0,
        "horizon_days": 7,
        "calendars": ("ann",),
        **changed,
    }
    return Service.model_validate(values)


def a_booking(identifier: str, start: datetime, minutes: int = 90) -> Booking:
    """A booking for somebody."""
    return Booking(
        id=identifier,
        call_id="call",
        service="visit",
        title="a visit: Zoë, +390600000000",
        start=start,
        end=start + timedelta(minutes=60),
        free_at=start + timedelta(minutes=minutes),
        caller_name="Zoë",
        callback_number="+390600000000",
    )
