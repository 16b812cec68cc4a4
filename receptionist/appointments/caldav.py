"""A calendar on a CalDAV server (RFC 4791), by the caldav library, in a thread and in time."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from caldav.davclient import DAVClient
from caldav.lib.error import DAVError
from icalendar import Calendar as ICalendar
from icalendar import Event
from niquests.exceptions import RequestException

from knowledge.open_windows import Window
from receptionist.appointments.calendar import Booking, CalendarError, TakenError, overlaps
from receptionist.appointments.config import CalDavAccount

T = TypeVar("T")
_PRODUCT = "-//virtual receptionist//appointments//EN"
_CREATED = frozenset({200, 201, 204})
_EXISTS = 412
"""Precondition failed: an event by that name is there already (RFC 9110)."""
_GONE = frozenset({200, 204, 404, 410})


class CalDavCalendar:
    """One calendar on a server.

    An event is named after the booking and only ever created (`If-None-Match: *`): a booking sent
    twice, because the first answer was lost, is one event.

    Args:
        account: Where it is.
        password: "" when the server asks for none.
        zone: Where a whole day begins, and a time that says no zone is meant.
    """

    def __init__(self, account: CalDavAccount, password: str, zone: ZoneInfo) -> None:
        self._zone = zone
        self._account = account
        self._password = password
        self._url = str(account.url).rstrip("/") + "/"

    async def busy(self, start: datetime, end: datetime) -> Sequence[Window]:
        """Returns the events between `start` and `end` that take up time."""
        events = await self._ask(lambda client: self._events(client, start, end))
        windows = [self._window(event) for event in events]
        return [window for window in windows if window.within(start, end)]

    async def book(self, booking: Booking) -> None:
        """Creates the event, when nothing of others is in its way."""
        await self._ask(lambda client: self._book(client, booking))

    async def cancel(self, booking_id: str) -> None:
        """Deletes the event."""
        await self._ask(lambda client: self._cancel(client, booking_id))

    async def _ask(self, request: Callable[[DAVClient], T]) -> T:
        """Runs `request` in a thread.

        Raises:
            CalendarError: the server refuses, cannot be reached or takes too long.
        """
        timeout_s = self._account.timeout_ms / 1000
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.to_thread(self._connected, request)
        except TimeoutError as error:
            raise CalendarError(f"{self._url} took longer than {timeout_s} s") from error
        except (DAVError, RequestException, OSError, ValueError) as error:
            raise CalendarError(f"{self._url}: {error!r}") from error

    def _connected(self, request: Callable[[DAVClient], T]) -> T:
        seconds: Any = self._account.timeout_ms / 1000
        with DAVClient(
            url=self._url,
            username=self._account.username or None,
            password=self._password or None,
            timeout=seconds,
            enable_rfc6764=False,
        ) as client:
            return request(client)

    def _book(self, client: DAVClient, booking: Booking) -> None:
        around = self._events(client, booking.start, booking.free_at)
        others = [self._window(event) for event in around if str(event.get("uid")) != booking.id]
        if overlaps(booking.start, booking.free_at, others):
            raise TakenError(booking.id)
        headers = {"Content-Type": "text/calendar; charset=utf-8", "If-None-Match": "*"}
        response = client.put(self._address(booking.id), _written(booking), headers)
        if response.status not in _CREATED | {_EXISTS}:
            raise CalendarError(f"{self._url} answered {response.status} to a new event")

    def _cancel(self, client: DAVClient, booking_id: str) -> None:
        response = client.delete(self._address(booking_id))
        if response.status not in _GONE:
            raise CalendarError(f"{self._url} answered {response.status} to a deletion")

    def _events(self, client: DAVClient, start: datetime, end: datetime) -> list[Any]:
        """Returns the events that take up time, each occurrence of what recurs by itself."""
        found: Any = client.calendar(url=self._url).search(
            start=start, end=end, event=True, expand=True
        )
        events = (part for event in found for part in event.icalendar_instance.walk("VEVENT"))
        return [event for event in events if _takes_time(event)]

    def _window(self, event: Any) -> Window:
        start = event.decoded("dtstart")
        if "dtend" in event:
            end = event.decoded("dtend")
        elif "duration" in event:
            end = start + event.decoded("duration")
        else:
            end = start if isinstance(start, datetime) else start + timedelta(days=1)
        return Window(start=self._moment(start), end=self._moment(end))

    def _moment(self, value: date | datetime) -> datetime:
        if not isinstance(value, datetime):
            value = datetime.combine(value, time())
        return (value if value.tzinfo else value.replace(tzinfo=self._zone)).astimezone(UTC)

    def _address(self, booking_id: str) -> str:
        return f"{self._url}{booking_id}.ics"


def _written(booking: Booking) -> str:
    """Returns the event (RFC 5545); it takes up the time kept free behind the appointment too."""
    event = Event()
    event.add("uid", booking.id)
    event.add("dtstamp", datetime.now(UTC))
    event.add("dtstart", booking.start)
    event.add("dtend", booking.free_at)
    event.add("summary", booking.title)
    event.add("description", f"{booking.caller_name}, {booking.callback_number}")
    calendar = ICalendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return calendar.to_ical().decode()


def _takes_time(event: Any) -> bool:
    return (
        str(event.get("transp", "OPAQUE")).upper() != "TRANSPARENT"
        and str(event.get("status", "")).upper() != "CANCELLED"
    )
