"""A calendar on a CalDAV server: read, written once, and given up in time."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar as ICalendar

from receptionist.appointments.caldav import CalDavCalendar
from receptionist.appointments.calendar import CalendarError, TakenError
from receptionist.appointments.config import CalDavAccount
from tests.receptionist.appointments.bookings import a_booking
from tests.receptionist.appointments.caldav_server import CalDavServer, serving

pytestmark = pytest.mark.integration

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = (NINE.replace(hour=0), NINE.replace(hour=23))
ROME = ZoneInfo("Europe/Rome")


@pytest.fixture
async def server() -> AsyncGenerator[CalDavServer, None]:
    async with serving() as running:
        yield running


def calendar(server: CalDavServer, timeout_ms: int = 5000) -> CalDavCalendar:
    account = CalDavAccount.model_validate({"url": server.url, "timeout_ms": timeout_ms})
    return CalDavCalendar(account, "", ROME)


def event(uid: str, *lines: str) -> str:
    return "\r\n".join(
        [
            *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", "BEGIN:VEVENT"),
            *(f"UID:{uid}", "DTSTAMP:20261101T000000Z", *lines),
            *("END:VEVENT", "END:VCALENDAR", ""),
        ]
    )


async def test_a_booking_is_an_event_that_lasts_until_the_calendar_is_free(
    server: CalDavServer,
) -> None:
    await calendar(server).book(a_booking("a", NINE))
    ((path, text),) = server.events.items()
    assert path == "/ann/visits/a.ics"
    (written,) = ICalendar.from_ical(text).walk("VEVENT")
    assert written.decoded("dtstart") == NINE
    assert written.decoded("dtend") == NINE + timedelta(minutes=90)
    assert str(written["uid"]) == "a"
    assert "Zoë" in str(written["summary"])


async def test_the_same_booking_twice_is_one_event(server: CalDavServer) -> None:
    ann = calendar(server)
    await ann.book(a_booking("a", NINE))
    await ann.book(a_booking("a", NINE))
    assert server.seen.count("PUT") == 2
    assert len(server.events) == 1


async def test_what_others_wrote_is_busy_and_not_booked_over(server: CalDavServer) -> None:
    server.events["/ann/visits/t.ics"] = event(
        "t", "DTSTART:20261123T093000Z", "DTEND:20261123T100000Z"
    )
    ann = calendar(server)
    (taken,) = await ann.busy(*DAY)
    assert taken.start == NINE + timedelta(minutes=30)
    with pytest.raises(TakenError):
        await ann.book(a_booking("a", NINE))
    assert "PUT" not in server.seen


@pytest.mark.parametrize(
    ("lines", "busy"),
    [
        (("DTSTART:20261123T090000Z", "DURATION:PT45M"), 45),
        (("DTSTART;VALUE=DATE:20261123",), 23 * 60),
        (("DTSTART:20261123T100000", "DTEND:20261123T103000"), 30),
        (("DTSTART:20261109T090000Z", "DTEND:20261109T100000Z", "RRULE:FREQ=WEEKLY"), 60),
        (("DTSTART:20261123T090000Z", "DURATION:PT45M", "TRANSP:TRANSPARENT"), 0),
        (("DTSTART:20261123T090000Z", "DURATION:PT45M", "STATUS:CANCELLED"), 0),
        (("DTSTART:20261201T090000Z", "DURATION:PT45M"), 0),
    ],
)
async def test_every_kind_of_event_is_understood(
    server: CalDavServer, lines: tuple[str, ...], busy: int
) -> None:
    server.events["/ann/visits/t.ics"] = event("t", *lines)
    start = NINE.replace(hour=0)
    found = [window.within(*DAY) for window in await calendar(server).busy(start, DAY[1])]
    minutes = sum(window.length.total_seconds() / 60 for window in found if window)
    assert minutes == busy


async def test_a_cancelled_booking_is_gone_and_cancelling_again_is_nothing(
    server: CalDavServer,
) -> None:
    ann = calendar(server)
    await ann.book(a_booking("a", NINE))
    await ann.cancel("a")
    assert server.events == {}
    await ann.cancel("a")


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
async def test_a_server_that_refuses_is_a_calendar_nobody_can_use(
    server: CalDavServer, status: int
) -> None:
    server.fails = status
    with pytest.raises(CalendarError):
        await calendar(server).book(a_booking("a", NINE))


@pytest.mark.parametrize("status", [403, 507])
async def test_a_server_that_takes_no_new_events_is_said_so(
    server: CalDavServer, status: int
) -> None:
    server.refuses_new = status
    with pytest.raises(CalendarError):
        await calendar(server).book(a_booking("a", NINE))


async def test_a_server_nobody_answers_on_is_said_so(server: CalDavServer) -> None:
    account = CalDavAccount.model_validate({"url": "http://127.0.0.1:9/ann/"})
    with pytest.raises(CalendarError):
        await CalDavCalendar(account, "", ROME).busy(*DAY)


async def test_a_server_that_hangs_is_given_up_in_time() -> None:
    hung_up = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        hung_up.set()

    hanging = await asyncio.start_server(hang, "127.0.0.1", 0)
    async with hanging:
        url = f"http://127.0.0.1:{hanging.sockets[0].getsockname()[1]}/ann/"
        account = CalDavAccount.model_validate({"url": url, "timeout_ms": 300})
        async with asyncio.timeout(5):
            with pytest.raises(CalendarError):
                await CalDavCalendar(account, "", ROME).busy(*DAY)
            await hung_up.wait()
