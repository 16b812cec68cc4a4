"""Opens the calendars a tenant has."""

from collections.abc import Callable

from knowledge.opening import OpeningHours
from receptionist.appointments.calendar import Calendar
from receptionist.appointments.config import CalendarConfig
from receptionist.appointments.diary import Diary
from receptionist.appointments.local import LocalCalendar, MirroredCalendar
from receptionist.appointments.repository import AppointmentRepository
from receptionist.tenants.snapshot import TenantSnapshot

Secret = Callable[[str, str], str]
"""Returns the secret behind a reference; see providers/secrets.py."""


def open_diary(
    snapshot: TenantSnapshot, appointments: AppointmentRepository, secret: Secret
) -> Diary:
    """Returns the calendars of a tenant; none is connected to before it is asked.

    Raises:
        ProviderError: a secret is missing.
    """

    def hours(calendar: str) -> OpeningHours:
        of = snapshot.config.appointments.calendar(calendar).of
        return snapshot.hours_of(snapshot.destination(of) if of else None)

    def opened(config: CalendarConfig) -> Calendar:
        if config.caldav is None:
            return LocalCalendar(appointments, config.id)
        # Here: its libraries take 17 MB and 0.2 s, and few tenants have such a calendar.
        from receptionist.appointments.caldav import CalDavCalendar

        reference = config.caldav.secrets.get("password")
        password = secret(f"calendar {config.id}", reference) if reference else ""
        there = CalDavCalendar(config.caldav, password, snapshot.time_zone)
        return MirroredCalendar(appointments, config.id, there)

    return Diary({one.id: opened(one) for one in snapshot.config.appointments.calendars}, hours)
