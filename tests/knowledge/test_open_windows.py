"""Open time is counted in real time, and what a caller asks for is found in it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.hours import HoursConfig
from knowledge.open_windows import named_moment, next_window, open_windows, wished
from knowledge.opening import OpeningHours
from knowledge.when import understand

pytestmark = pytest.mark.unit

ROME = ZoneInfo("Europe/Rome")
WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
SHOP = {day: ["09:00-13:00", "14:00-18:00"] for day in WEEK[:5]}
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=ROME)


def opening(**week: object) -> OpeningHours:
    config = HoursConfig.model_validate({"week": week or SHOP})
    return OpeningHours(config, country="IT", time_zone=ROME)


def local(hours: OpeningHours, text: str, now: datetime = MONDAY) -> list[str]:
    found = wished(understand(text, "en", now.date()), hours, now)
    return [f"{w.start.astimezone(ROME):%a %H:%M}-{w.end.astimezone(ROME):%H:%M}" for w in found]


@pytest.mark.parametrize(
    ("said", "windows"),
    [
        ("tomorrow", ["Tue 09:00-13:00", "Tue 14:00-18:00"]),
        ("tomorrow afternoon", ["Tue 14:00-18:00"]),
        ("tomorrow morning", ["Tue 09:00-12:00"]),
        ("after five", ["Mon 17:00-18:00"]),
        ("until eleven", ["Mon 10:00-11:00"]),
        ("tomorrow after nine", ["Tue 09:00-13:00", "Tue 14:00-18:00"]),
        ("tomorrow at five", ["Tue 17:00-17:30"]),
        ("tomorrow at nine", ["Tue 09:00-09:30"]),
        ("on Friday at two", ["Fri 14:00-14:30"]),
        ("today", ["Mon 10:00-13:00", "Mon 14:00-18:00"]),
        ("on Sunday", []),
        ("tomorrow evening", []),
        ("tomorrow at lunch time", ["Tue 12:00-13:00"]),
    ],
)
def test_a_wish_is_the_open_time_that_fits_it(said: str, windows: list[str]) -> None:
    assert local(opening(), said) == windows


def test_an_hour_in_doubt_is_the_one_it_is_open_at() -> None:
    evening = opening(monday=["17:00-23:00"])
    assert local(evening, "at eight") == ["Mon 20:00-20:30"]
    assert local(opening(monday=["07:00-12:00"]), "today at eleven") == ["Mon 11:00-11:30"]


def test_what_is_over_is_not_offered() -> None:
    assert local(opening(), "this morning", MONDAY.replace(hour=15)) == []


def test_the_next_window_begins_now_when_it_is_open_and_skips_holidays() -> None:
    hours = opening()
    now = next_window(hours, MONDAY, 9)
    assert now is not None
    assert now.start == MONDAY
    eve = datetime(2026, 12, 24, 19, 0, tzinfo=ROME)
    after = next_window(hours, eve, 9)
    assert after is not None
    assert after.start.astimezone(ROME).date() == date(2026, 12, 28)


def test_the_leap_day_is_a_day() -> None:
    now = datetime(2028, 2, 28, 10, 0, tzinfo=ROME)
    assert local(opening(), "tomorrow at ten", now) == ["Tue 10:00-10:30"]
    assert local(opening(), "on the 29th of february", now)[0].startswith("Tue 09:00")


def test_a_night_across_midnight_is_one_window() -> None:
    hours = opening(friday=["20:00-24:00"], saturday=["00:00-02:00"])
    (night,) = open_windows(hours, date(2026, 11, 27), 2)
    assert night.length == timedelta(hours=6)


def test_the_night_the_clocks_change_is_as_long_as_it_lasts() -> None:
    hours = opening(sunday=["00:00-06:00"])
    (spring,) = open_windows(hours, date(2026, 3, 29), 1)
    (autumn,) = open_windows(hours, date(2026, 10, 25), 1)
    assert (spring.length, autumn.length) == (timedelta(hours=5), timedelta(hours=7))


def test_a_time_the_clocks_skip_is_the_moment_after_it() -> None:
    hours = opening(sunday=["00:00-06:00"])
    night = datetime(2026, 3, 28, 22, 0, tzinfo=ROME)
    skipped = named_moment(understand("tomorrow at 2:30 am", "en", night.date()), hours)
    assert skipped == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


CHANGES = [date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 23), date(2028, 2, 29)]
SPANS = st.lists(st.integers(0, 96).map(lambda n: n * 15), min_size=2, max_size=6, unique=True)


@given(day=st.sampled_from(CHANGES), edges=SPANS)
@settings(max_examples=60, deadline=None)
def test_it_is_open_in_every_minute_of_a_window_and_in_no_other(
    day: date, edges: list[int]
) -> None:
    edges = sorted(edges)[: len(edges) // 2 * 2]
    texts = [f"{a // 60:02}:{a % 60:02}" for a in edges]
    spans = [f"{a}-{b}" for a, b in zip(texts[::2], texts[1::2], strict=True)]
    hours = opening(**{WEEK[day.weekday()]: spans})
    hours.closed_on_holidays = False
    windows = open_windows(hours, day, 1)
    moment = datetime(day.year, day.month, day.day, tzinfo=ROME).astimezone(UTC)
    while moment.astimezone(ROME).date() == day:
        inside = any(window.start <= moment < window.end for window in windows)
        assert inside == hours.is_open(moment)
        moment += timedelta(minutes=15)
