"""The port of calendars: what is taken, take it, give it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from knowledge.open_windows import Window


class TakenError(Exception):
    """Somebody else has the time already."""


class CalendarError(Exception):
    """The calendar cannot be used at the moment; nobody knows what is free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """An appointment to be kept. Moments are in UTC.

    Attributes:
        id: The same for the same request: a booking made twice is made once.
        title: What stands in the calendar.
        free_at: When the calendar is free again, after the time kept free behind it.
    """

    id: str
    call_id: str
    service: str
    title: str
    start: datetime
    end: datetime
    free_at: datetime
    caller_name: str
    callback_number: str


class Calendar(Protocol):
    """One calendar, wherever it is kept."""

    async def busy(self, start: datetime, end: datetime) -> Sequence[Window]:
        """Returns what is taken between `start` and `end`.

        Raises:
            CalendarError: it cannot be told.
        """
        ...

    async def book(self, booking: Booking) -> None:
        """Takes the time from `booking.start` to `booking.free_at`; again, it changes nothing.

        Raises:
            TakenError: part of it is taken.
            CalendarError: it could not be kept.
        """
        ...

    async def cancel(self, booking_id: str) -> None:
        """Gives the time back; what is not there is given back already.

        Raises:
            CalendarError: it could not be removed.
        """
        ...


def overlaps(start: datetime, end: datetime, taken: Sequence[Window]) -> bool:
    """Tells whether any of `taken` lies between `start` and `end`."""
    return any(window.start < end and start < window.end for window in taken)


class MemoryCalendar:
    """A calendar in memory: for trying out, and for tests.

    Args:
        taken: What is taken from the beginning.
    """

    def __init__(self, taken: Sequence[Window] = ()) -> None:
        self._taken = list(taken)
        self.bookings: dict[str, Booking] = {}

    async def busy(self, start: datetime, end: datetime) -> Sequence[Window]:
        """Returns what is taken."""
        return [window for window in self._all() if window.within(start, end)]

    async def book(self, booking: Booking) -> None:
        """Takes the time. Nothing is awaited, so that nobody comes in between."""
        if booking.id in self.bookings:
            return
        if overlaps(booking.start, booking.free_at, self._all()):
            raise TakenError(booking.id)
        self.bookings[booking.id] = booking

    async def cancel(self, booking_id: str) -> None:
        """Gives the time back."""
        self.bookings.pop(booking_id, None)

    def _all(self) -> list[Window]:
        booked = (Window(start=b.start, end=b.free_at) for b in self.bookings.values())
        return [*self._taken, *booked]
