"""Calendars in our own database, alone or in front of another."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from knowledge.open_windows import Window
from receptionist.appointments.calendar import Booking, Calendar, CalendarError
from receptionist.appointments.records import AppointmentState
from receptionist.appointments.repository import AppointmentRepository
from receptionist.errors import StorageError


class LocalCalendar:
    """A calendar in the database; several processes may book in it at once.

    Args:
        appointments: Of the tenant.
        calendar: Id of the calendar.
        state: What a booking is then: booked, or held until it is booked for good.
    """

    def __init__(
        self,
        appointments: AppointmentRepository,
        calendar: str,
        state: AppointmentState = AppointmentState.BOOKED,
    ) -> None:
        self._appointments = appointments
        self._calendar = calendar
        self._state = state

    async def busy(self, start: datetime, end: datetime) -> Sequence[Window]:
        """Returns what is taken."""
        try:
            return await self._appointments.busy(self._calendar, start, end)
        except StorageError as error:
            raise CalendarError(str(error)) from error

    async def book(self, booking: Booking) -> None:
        """Takes the time; it is on the disk then."""
        try:
            await self._appointments.take(self._calendar, booking, self._state)
        except StorageError as error:
            raise CalendarError(str(error)) from error

    async def cancel(self, booking_id: str) -> None:
        """Gives the time back."""
        try:
            await self._appointments.give_back(booking_id)
        except StorageError as error:
            raise CalendarError(str(error)) from error


class MirroredCalendar:
    """A calendar elsewhere, guarded by our own database.

    A server of calendars does not look whether a time is free when it is given an event. So the
    time is held here first, where nobody can hold it twice, then looked at and booked there, then
    booked here; whatever fails on the way gives it back.

    Args:
        appointments: Of the tenant.
        calendar: Id of the calendar.
        elsewhere: Where people look at it.
    """

    def __init__(
        self, appointments: AppointmentRepository, calendar: str, elsewhere: Calendar
    ) -> None:
        self._held = LocalCalendar(appointments, calendar, AppointmentState.HELD)
        self._booked = LocalCalendar(appointments, calendar)
        self._elsewhere = elsewhere

    async def busy(self, start: datetime, end: datetime) -> Sequence[Window]:
        """Returns what is taken here or there."""
        there = await self._elsewhere.busy(start, end)
        return [*await self._booked.busy(start, end), *there]

    async def book(self, booking: Booking) -> None:
        """Takes the time here and there, or in neither."""
        await self._held.book(booking)
        try:
            await self._elsewhere.book(booking)
        except BaseException:
            with suppress(CalendarError):
                await self._held.cancel(booking.id)
            raise
        await self._booked.book(booking)

    async def cancel(self, booking_id: str) -> None:
        """Gives the time back there, then here."""
        await self._elsewhere.cancel(booking_id)
        await self._booked.cancel(booking_id)
