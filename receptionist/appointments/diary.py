"""When a service can be had: opening hours less what is taken, worked out by code; and booking."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from knowledge.open_windows import Window, open_windows
from knowledge.opening import OpeningHours
from receptionist.appointments.calendar import Booking, Calendar, TakenError, overlaps
from receptionist.appointments.config import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time at which a service can begin.

    Attributes:
        start: UTC.
        calendars: Those that are free then, preferred first.
    """

    service: Service
    start: datetime
    calendars: tuple[str, ...]

    @property
    def end(self) -> datetime:
        """When the appointment is over."""
        return self.start + timedelta(minutes=self.service.duration_min)

    @property
    def free_at(self) -> datetime:
        """When the calendar is free again."""
        return self.end + timedelta(minutes=self.service.buffer_min)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """For whom something is booked, and as what: see `Booking`."""

    booking_id: str
    call_id: str
    title: str
    name: str
    number: str


class Diary:
    """The calendars of a tenant.

    Args:
        calendars: By id.
        hours: Returns the opening hours a calendar keeps.
    """

    def __init__(
        self, calendars: Mapping[str, Calendar], hours: Callable[[str], OpeningHours]
    ) -> None:
        self._calendars = calendars
        self._hours = hours

    def hours(self, service: Service) -> OpeningHours:
        """Returns the opening hours of the calendar that is preferred for `service`."""
        return self._hours(service.calendars[0])

    async def free(self, service: Service, now: datetime) -> list[Slot]:
        """Returns when `service` can begin, as far ahead as it can be booked, in order.

        Raises:
            CalendarError: a calendar cannot be asked.
        """
        earliest = now.astimezone(UTC) + timedelta(minutes=service.notice_min)
        latest = now.astimezone(UTC) + timedelta(days=service.horizon_days)
        found: dict[datetime, list[str]] = {}
        for calendar in service.calendars:
            taken = sorted(
                await self._calendars[calendar].busy(earliest, latest + timedelta(days=1)),
                key=lambda window: window.start,
            )
            for start in _starts(service, self._hours(calendar), taken, earliest, latest):
                found.setdefault(start, []).append(calendar)
        return [
            Slot(service=service, start=start, calendars=tuple(found[start]))
            for start in sorted(found)
        ]

    async def book(self, slot: Slot, customer: Customer) -> None:
        """Books `slot` in the first of its calendars that is still free.

        Raises:
            TakenError: none is.
            CalendarError: a calendar cannot be used.
        """
        booking = Booking(
            id=customer.booking_id,
            call_id=customer.call_id,
            service=slot.service.id,
            title=customer.title,
            start=slot.start,
            end=slot.end,
            free_at=slot.free_at,
            caller_name=customer.name,
            callback_number=customer.number,
        )
        for calendar in slot.calendars:
            try:
                await self._calendars[calendar].book(booking)
            except TakenError:
                continue
            return
        raise TakenError(booking.id)


def _starts(
    service: Service,
    hours: OpeningHours,
    taken: Sequence[Window],
    earliest: datetime,
    latest: datetime,
) -> Iterator[datetime]:
    """Yields when `service` can begin from `earliest` to `latest`, all of it while it is open."""
    lasts = timedelta(minutes=service.duration_min)
    blocks = lasts + timedelta(minutes=service.buffer_min)
    step = timedelta(minutes=service.step_min)
    first = earliest.astimezone(hours.time_zone).date() - timedelta(days=1)
    behind = 0
    for window in open_windows(hours, first, service.horizon_days + 3):
        start = window.start
        if start < earliest:
            start += -(-(earliest - start) // step) * step
        while start + lasts <= window.end and start <= latest:
            while behind < len(taken) and taken[behind].end <= start:
                behind += 1
            if not overlaps(start, start + blocks, taken[behind:]):
                yield start
            start += step
