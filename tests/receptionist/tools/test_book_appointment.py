"""Appointments: free times are offered, one is read back, and booked after the yes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from knowledge.open_windows import Window
from receptionist.appointments.calendar import CalendarError, MemoryCalendar
from receptionist.appointments.diary import Diary
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.tools.desk import Desk

pytestmark = pytest.mark.integration

WHO = {"caller_name": "Anna Verdi", "callback_number": "01632960555"}


class Down(MemoryCalendar):
    """A calendar nobody can reach."""

    async def busy(self, start: datetime, end: datetime) -> Sequence[Window]:
        raise CalendarError("no route to the server")


def desk_with(
    demo: TenantSnapshot, language: str = "en", calendar: type[MemoryCalendar] = MemoryCalendar
) -> Desk:
    desk = Desk(demo, language)
    appointments = demo.config.appointments
    calendars = {one.id: calendar() for one in appointments.calendars}

    def hours(identifier: str) -> Any:
        return demo.hours_of(demo.destination(appointments.calendar(identifier).of))

    desk.context.diary = Diary(calendars, hours)
    desk.calendars = calendars
    return desk


async def book(desk: Desk, **arguments: Any) -> Any:
    return await desk.run("book_appointment", confirmed=False, **arguments)


async def test_free_times_are_offered_three_at_most(demo: TenantSnapshot) -> None:
    result = await book(desk_with(demo), service="my annual boiler service", when="this week")
    assert result["outcome"] == "slots"
    assert len(result["slots"]) == 3
    assert result["spoken"] == (
        "For a boiler service I have tomorrow at ten and at one, and on Wednesday at eight. "
        "Which suits you best?"
    )
    first = result["slots"][0]
    assert first["id"] == "boiler-service@2026-11-24T10:00+00:00"
    assert first["start"] == "2026-11-24T10:00:00+00:00"


async def test_the_times_fit_what_was_asked_for(demo: TenantSnapshot) -> None:
    result = await book(desk_with(demo), service="boiler service", when="thursday afternoon")
    starts = [slot["start"][:16] for slot in result["slots"]]
    assert result["outcome"] == "slots"
    assert all("2026-11-26T13:00" <= start <= "2026-11-26T18:00" for start in starts)


@pytest.mark.parametrize("when", ["on monday morning", "monday at eleven"])
async def test_the_day_of_the_call_is_next_weeks_when_today_is_too_soon(
    demo: TenantSnapshot, when: str
) -> None:
    result = await book(desk_with(demo), service="boiler service", when=when, **WHO)
    first = result["slots"][0] if "slots" in result else result
    assert first["start"].startswith("2026-11-30T")


async def test_a_slot_is_read_back_and_booked_after_the_yes(demo: TenantSnapshot) -> None:
    desk = desk_with(demo)
    offered = await book(desk, service="boiler service", when="tomorrow")
    slot = offered["slots"][1]
    arguments = {"service": "boiler service", "slot": slot["id"], **WHO}
    read_back = await book(desk, **arguments)
    assert (read_back["outcome"], read_back["slot"]) == ("confirm", slot["id"])
    assert "a boiler service, tomorrow at" in read_back["spoken"]
    assert "Anna Verdi, number zero one six" in read_back["spoken"]
    assert all(not calendar.bookings for calendar in desk.calendars.values())
    desk.turn += 1
    result = await desk.run("book_appointment", confirmed=True, **arguments)
    assert (result["outcome"], result["id"]) == ("booked", slot["id"])
    assert result["spoken"].startswith("It's booked: a boiler service, tomorrow at")
    (booking,) = desk.calendars["engineer-north"].bookings.values()
    assert booking.start.isoformat() == slot["start"]
    assert booking.callback_number == "+441632960555"


async def test_the_very_time_asked_for_is_read_back_at_once(demo: TenantSnapshot) -> None:
    desk = desk_with(demo)
    arguments = {"service": "boiler service", "when": "Thursday at eleven", **WHO}
    result = await desk.agree("book_appointment", **arguments)
    assert (result["outcome"], result["start"]) == ("booked", "2026-11-26T11:00:00+00:00")


async def test_name_and_number_are_asked_for_once_the_time_is_known(demo: TenantSnapshot) -> None:
    desk = desk_with(demo)
    result = await book(desk, service="boiler service", when="Thursday at eleven")
    assert (result["outcome"], result["field"]) == ("invalid", "caller_name")
    result = await book(
        desk, service="boiler service", when="Thursday at eleven", caller_name="Anna"
    )
    assert (result["outcome"], result["field"]) == ("invalid", "callback_number")


@pytest.mark.parametrize("when", ["on Sunday", "Thursday at eleven at night", "in june"])
async def test_where_nothing_is_free_the_nearest_times_are_offered(
    demo: TenantSnapshot, when: str
) -> None:
    result = await book(desk_with(demo), service="boiler service", when=when)
    assert result["outcome"] == "none"
    assert 1 <= len(result["slots"]) <= 3
    assert result["spoken"].endswith("?")


async def test_somebody_was_faster(demo: TenantSnapshot) -> None:
    first, second = desk_with(demo), Desk(demo)
    second.context.diary = first.context.diary
    second.context.call_id = "call-8"
    arguments = {"service": "survey", "when": "Thursday at eleven", **WHO}
    assert (await book(first, **arguments))["outcome"] == "confirm"
    await second.agree("book_appointment", **arguments)
    first.turn += 1
    result = await first.run("book_appointment", confirmed=True, **arguments)
    assert result["outcome"] == "taken"
    starts = [slot["start"][:16] for slot in result["slots"]]
    assert "2026-11-26T11:00" not in starts
    assert all(start.startswith("2026-11-26") for start in starts)
    gone = await book(first, service="survey", slot="survey@2026-11-26T11:00+00:00", **WHO)
    assert gone["outcome"] == "taken"


async def test_a_slot_that_was_made_up_is_not_booked(demo: TenantSnapshot) -> None:
    for slot in ("survey@2026-11-26T03:17+00:00", "survey@tomorrow", "three o'clock"):
        result = await book(desk_with(demo), service="survey", slot=slot, **WHO)
        assert result["outcome"] == "taken"
        assert result["slots"]


async def test_the_same_booking_again_is_the_same_booking(demo: TenantSnapshot) -> None:
    desk = desk_with(demo)
    arguments = {"service": "survey", "when": "Thursday at eleven", **WHO}
    first = await desk.agree("book_appointment", **arguments)
    desk.turn += 1
    assert await desk.run("book_appointment", confirmed=True, **arguments) == first
    assert len(desk.calendars["surveyor"].bookings) == 1


async def test_what_is_not_offered_is_said_with_what_is(demo: TenantSnapshot) -> None:
    result = await book(desk_with(demo), service="a haircut", when="tomorrow")
    assert result["outcome"] == "not_offered"
    assert "a boiler service, a repair visit and a home survey" in result["spoken"]


async def test_without_a_word_of_what_the_caller_is_asked(demo: TenantSnapshot) -> None:
    result = await book(desk_with(demo), service="", when="tomorrow")
    assert (result["outcome"], result["field"]) == ("invalid", "service")


async def test_a_diary_that_is_down_is_a_failure_with_a_way_out(demo: TenantSnapshot) -> None:
    result = await book(desk_with(demo, calendar=Down), service="survey", when="tomorrow")
    assert result["outcome"] == "failed"
    assert "call you back" in result["spoken"]


async def test_without_a_diary_nothing_can_be_booked(demo: TenantSnapshot) -> None:
    result = await book(Desk(demo), service="survey", when="tomorrow")
    assert result["outcome"] == "not_offered"


async def test_italian_callers_hear_it_in_italian(demo: TenantSnapshot) -> None:
    desk = desk_with(demo, "it")
    result = await book(desk, service="la revisione della caldaia", when="giovedì pomeriggio")
    assert result["outcome"] == "slots"
    assert result["spoken"].startswith("Per la manutenzione della caldaia ho posto giovedì alle")


@pytest.mark.parametrize(
    ("words", "service"),
    [
        ("my boiler serviced", "boiler-service"),
        ("the gas safety check", "boiler-service"),
        ("somebody to fix a leak", "repair-visit"),
        ("an engineer to repair the boiler", "repair-visit"),
        ("a quote for a new bathroom", "survey"),
    ],
)
async def test_a_service_is_known_by_what_callers_call_it(
    demo: TenantSnapshot, words: str, service: str
) -> None:
    result = await book(desk_with(demo), service=words, when="thursday")
    assert result["slots"][0]["id"].startswith(service + "@")
