"""Free times are opening hours less what is taken, in real time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.open_windows import Window
from receptionist.appointments.calendar import MemoryCalendar, TakenError
from receptionist.appointments.diary import Customer, Diary, Slot
from tests.receptionist.appointments.bookings import MONDAY, ROME, a_service, hours

pytestmark = pytest.mark.unit


def diary(*taken: Window, **week: object) -> Diary:
    return Diary({"ann": MemoryCalendar(taken)}, lambda _: hours(**week))


def taken(start: str, end: str) -> Window:
    first, last = (datetime.fromisoformat(f"2026-11-23T{t}+01:00") for t in (start, end))
    return Window(start=first.astimezone(UTC), end=last.astimezone(UTC))


def shown(slots: list[Slot]) -> list[str]:
    return [f"{slot.start.astimezone(ROME):%a %H:%M}" for slot in slots]


def customer(identifier: str) -> Customer:
    return Customer(booking_id=identifier, call_id="c", title="", name="Zoë", number="+39")


async def test_a_free_day_has_slots_at_every_step_until_it_closes() -> None:
    slots = await diary(monday=["09:00-13:00"]).free(a_service(horizon_days=1), MONDAY)
    expected = ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "12:00"]
    assert shown(slots) == [f"Mon {time}" for time in expected]


async def test_notice_and_horizon_bound_what_is_offered() -> None:
    service = a_service(notice_min=150, horizon_days=1)
    slots = await diary().free(service, MONDAY)
    assert shown(slots)[0] == "Mon 10:30"
    assert slots[-1].start <= MONDAY + timedelta(days=1)
    late = await diary().free(service, MONDAY.replace(hour=11, minute=7))
    assert shown(late)[0] == "Tue 09:00"


async def test_what_is_taken_and_the_time_behind_it_are_left_out() -> None:
    service = a_service(horizon_days=1, buffer_min=30)
    slots = await diary(taken("10:30", "11:00"), monday=["09:00-13:00"]).free(service, MONDAY)
    assert shown(slots) == ["Mon 09:00", "Mon 11:00", "Mon 11:30", "Mon 12:00"]


async def test_a_service_of_several_calendars_is_free_when_one_of_them_is() -> None:
    busy = MemoryCalendar([taken("09:00", "13:00")])
    both = Diary({"ann": busy, "bob": MemoryCalendar()}, lambda _: hours(monday=["09:00-11:00"]))
    service = a_service(horizon_days=1, calendars=("ann", "bob"))
    slots = await both.free(service, MONDAY)
    assert shown(slots) == ["Mon 09:00", "Mon 09:30", "Mon 10:00"]
    assert {slot.calendars for slot in slots} == {("bob",)}


async def test_a_booked_time_is_gone_and_a_second_booking_is_refused() -> None:
    book = diary()
    service = a_service(horizon_days=1)
    first = (await book.free(service, MONDAY))[0]
    await book.book(first, customer("a"))
    await book.book(first, customer("a"))
    with pytest.raises(TakenError):
        await book.book(first, customer("b"))
    assert shown(await book.free(service, MONDAY))[0] == "Mon 10:00"


async def test_two_calendars_take_two_at_once() -> None:
    both = Diary({"ann": MemoryCalendar(), "bob": MemoryCalendar()}, lambda _: hours())
    slot = (await both.free(a_service(calendars=("ann", "bob")), MONDAY))[0]
    await both.book(slot, customer("a"))
    await both.book(slot, customer("b"))
    with pytest.raises(TakenError):
        await both.book(slot, customer("c"))


@pytest.mark.parametrize(("day", "count"), [("2026-03-29", 4), ("2026-10-25", 6)])
async def test_the_night_the_clocks_change_has_as_many_slots_as_hours(day: str, count: int) -> None:
    night = diary(sunday=["00:00-05:00"])
    service = a_service(step_min=60, horizon_days=1)
    now = datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=ROME)
    slots = [
        s for s in await night.free(service, now) if s.start.astimezone(ROME).date() == now.date()
    ]
    assert len(slots) == count
    assert len({slot.start.astimezone(ROME).isoformat() for slot in slots}) == count


SPANS = st.lists(st.tuples(st.integers(0, 400), st.integers(5, 200)), max_size=8)


@given(spans=SPANS, lasts=st.integers(1, 24), buffer=st.integers(0, 12), step=st.integers(1, 12))
@settings(max_examples=80, deadline=None)
async def test_every_slot_is_open_all_through_and_touches_nothing_taken(
    spans: list[tuple[int, int]], lasts: int, buffer: int, step: int
) -> None:
    start = MONDAY.replace(hour=7).astimezone(UTC)
    windows = [
        Window(start=start + timedelta(minutes=a), end=start + timedelta(minutes=a + length))
        for a, length in spans
    ]
    service = a_service(
        duration_min=lasts * 5, buffer_min=buffer * 5, step_min=step * 5, horizon_days=2
    )
    for slot in await diary(*windows).free(service, MONDAY):
        assert not any(w.start < slot.free_at and slot.start < w.end for w in windows)
        assert hours().is_open(slot.start)
        assert hours().is_open(slot.end - timedelta(minutes=1))
