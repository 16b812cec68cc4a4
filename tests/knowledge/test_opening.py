"""When a door is open, on ordinary days and on the odd ones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from knowledge.hours import WEEKDAYS, HoursConfig, Interval, WeekHours
from knowledge.opening import OpeningHours

pytestmark = pytest.mark.unit

ROME, LONDON = ZoneInfo("Europe/Rome"), ZoneInfo("Europe/London")
OFFICE = {day: ["09:00-13:00", "14:00-18:00"] for day in WEEKDAYS[:5]} | {
    "saturday": ["09:00-12:30"]
}


def hours(config: dict[str, object], country: str = "IT", zone: ZoneInfo = ROME) -> OpeningHours:
    return OpeningHours(HoursConfig.model_validate(config), country=country, time_zone=zone)


def test_a_lunch_break_is_closed_and_its_end_opens() -> None:
    office = hours({"week": OFFICE})
    lunch = datetime(2026, 11, 23, 13, 0, tzinfo=ROME)
    assert not office.is_open(lunch)
    assert office.is_open(lunch - timedelta(minutes=1))
    assert office.next_opening(lunch) == datetime(2026, 11, 23, 14, 0, tzinfo=ROME)
    assert office.closing(lunch + timedelta(hours=1)) == datetime(2026, 11, 23, 18, tzinfo=ROME)


def test_a_half_day_ends_at_noon_and_the_next_opening_is_after_the_sunday() -> None:
    office = hours({"week": OFFICE})
    saturday = datetime(2026, 11, 28, 12, 30, tzinfo=ROME)
    assert not office.is_open(saturday)
    assert office.next_opening(saturday) == datetime(2026, 11, 30, 9, tzinfo=ROME)


def test_the_moment_is_taken_in_the_zone_of_the_door() -> None:
    office = hours({"week": OFFICE})
    assert office.is_open(datetime(2026, 11, 23, 8, 30, tzinfo=UTC))
    assert not office.is_open(datetime(2026, 11, 23, 7, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("country", "region", "day", "name"),
    [
        ("IT", None, date(2026, 12, 8), "Immaculate Conception"),
        ("GB", "ENG", date(2026, 12, 28), "Boxing Day (observed)"),
        ("GB", "SCT", date(2026, 11, 30), "Saint Andrew's Day"),
    ],
)
def test_public_holidays_close(country: str, region: str | None, day: date, name: str) -> None:
    office = hours({"week": OFFICE, "region": region}, country)
    assert office.on(day).holiday == name
    assert office.on(day).intervals == ()


def test_a_shop_may_be_open_on_public_holidays() -> None:
    shop = hours({"week": OFFICE, "holidays": False})
    assert shop.on(date(2026, 12, 8)).intervals == (Interval(540, 780), Interval(840, 1080))
    assert shop.on(date(2026, 12, 8)).holiday == "Immaculate Conception"


def test_a_date_of_its_own_wins_over_closure_and_holiday() -> None:
    office = hours(
        {
            "week": OFFICE,
            "closures": [{"first": "2026-12-24", "last": "2026-12-31", "reason": "a break"}],
            "dates": {"2026-12-25": ["10:00-11:00"]},
        }
    )
    assert office.on(date(2026, 12, 24)).intervals == ()
    assert office.on(date(2026, 12, 25)).intervals == (Interval(600, 660),)


def test_a_department_has_its_own_week_but_shares_holidays_and_closures() -> None:
    own = WeekHours.model_validate({"week": {"monday": ["20:00-22:00"], "friday": ["08:00-09:00"]}})
    config = HoursConfig.model_validate({"week": OFFICE})
    repairs = OpeningHours(config, country="IT", time_zone=ROME, own=own)
    assert repairs.is_open(datetime(2026, 11, 23, 21, tzinfo=ROME))
    assert not repairs.is_open(datetime(2026, 11, 24, 10, tzinfo=ROME))
    assert repairs.on(date(2026, 12, 25)).intervals == ()


def test_the_29th_of_february_is_a_day_like_any_other() -> None:
    office = hours({"week": OFFICE})
    assert office.on(date(2028, 2, 29)).intervals
    assert office.next_opening(datetime(2028, 2, 28, 19, tzinfo=ROME)) == datetime(
        2028, 2, 29, 9, tzinfo=ROME
    )


def test_clocks_going_forward_open_at_the_first_minute_that_exists() -> None:
    night = hours({"week": {"sunday": ["01:30-04:00"]}, "holidays": False}, "GB", LONDON)
    before = datetime(2027, 3, 28, 0, 15, tzinfo=LONDON)
    opening = night.next_opening(before)
    assert opening is not None
    assert opening.astimezone(UTC) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert opening.hour == 2


def test_clocks_going_back_do_not_close_a_door_that_opens_at_nine() -> None:
    shop = hours({"week": {"sunday": ["09:00-10:00"]}, "holidays": False}, "GB", LONDON)
    night = datetime(2026, 10, 25, 0, 30, tzinfo=LONDON)
    opening = shop.next_opening(night)
    assert opening is not None
    assert opening.astimezone(UTC) == datetime(2026, 10, 25, 9, 0, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_open_twice() -> None:
    night = hours({"week": {"sunday": ["01:30-01:45"]}, "holidays": False}, "GB", LONDON)
    first = datetime(2026, 10, 25, 1, 35, tzinfo=LONDON, fold=0)
    second = datetime(2026, 10, 25, 1, 35, tzinfo=LONDON, fold=1)
    assert night.is_open(first)
    assert night.is_open(second)
    again = night.next_opening(first)
    assert again is not None
    assert again.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_door_open_over_midnight_does_not_open_at_midnight() -> None:
    bar = hours(
        {"week": {"friday": ["22:00-24:00"], "saturday": ["00:00-02:00"]}, "holidays": False}
    )
    late = datetime(2026, 11, 27, 23, 0, tzinfo=ROME)
    assert bar.closing(late) == datetime(2026, 11, 28, 2, 0, tzinfo=ROME)
    assert bar.next_opening(late) == datetime(2026, 12, 4, 22, 0, tzinfo=ROME)


def test_a_door_that_is_always_open_never_closes() -> None:
    always = hours({"week": {day: ["00:00-24:00"] for day in WEEKDAYS}, "holidays": False})
    now = datetime(2026, 11, 23, 12, tzinfo=ROME)
    assert always.is_open(now)
    assert always.closing(now) is None
    assert always.next_opening(now) is None


@pytest.mark.parametrize(
    ("intervals", "complaint"),
    [
        (["09:00-13:00", "12:00-14:00"], "overlap"),
        (["13:00-09:00"], "before it begins"),
        (["9-13"], "is not a time"),
        (["09:00-25:00"], "is not a time of day"),
        (["09:00"], "is not an interval"),
        ([9], "is not an interval"),
    ],
)
def test_hours_that_cannot_be_are_refused(intervals: list[object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        HoursConfig.model_validate({"week": {"monday": intervals}})


def test_a_country_without_known_holidays_is_refused() -> None:
    with pytest.raises(LookupError, match="'QQ'"):
        hours({"week": OFFICE}, "QQ")


@st.composite
def weeks(draw: st.DrawFn) -> dict[str, list[str]]:
    week: dict[str, list[str]] = {}
    for day in WEEKDAYS:
        minutes = sorted(draw(st.sets(st.integers(0, 96), max_size=4)))
        edges = [f"{15 * m // 60:02d}:{15 * m % 60:02d}" for m in minutes]
        week[day] = [f"{a}-{b}" for a, b in zip(edges[::2], edges[1::2], strict=False)]
    return week


# Around both nights on which the clocks change, and around New Year.
MOMENTS = st.one_of(
    st.datetimes(datetime(2026, 10, 23), datetime(2026, 10, 27)),
    st.datetimes(datetime(2027, 3, 26), datetime(2027, 3, 30)),
    st.datetimes(datetime(2026, 12, 29), datetime(2027, 1, 3)),
)


@settings(max_examples=120, deadline=None)
@given(week=weeks(), moment=MOMENTS)
def test_the_next_opening_is_the_first_minute_that_opens(
    week: dict[str, list[str]], moment: datetime
) -> None:
    assume(any(week.values()))
    shop = hours({"week": week}, "GB", LONDON)
    now = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    opening = shop.next_opening(now)
    was_open = shop.is_open(now)
    for step in range(1, 24 * 60):
        later = now + timedelta(minutes=step)
        is_open = shop.is_open(later)
        if is_open and not was_open:
            assert opening is not None
            assert opening.astimezone(UTC) == later
            return
        was_open = is_open
    assert opening is None or opening.astimezone(UTC) >= now + timedelta(days=1)
