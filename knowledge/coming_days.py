"""The next day that a rule, a date or a weekday means."""

from collections.abc import Sequence
from datetime import date, timedelta

from dateutil.easter import easter

_MONTHS_PER_YEAR = 12
_YEARS_TO_LEAP_DAY = 9
"""1896 to 1904, 2096 to 2104: 29 February may be eight years away."""


def coming(rules: Sequence[str], today: date) -> list[date]:
    """Returns the days of `rules` when they come next, without those that are over.

    Args:
        rules: Days in order, as `12-25` or counted from Easter Sunday as `easter-2`.
        today: Where to look from.
    """
    for year in range(today.year - 1, today.year + _YEARS_TO_LEAP_DAY):
        left = [day for day in _days(rules, year) if day >= today]
        if left:
            return left
    return []


def next_date(month: int, day: int, today: date, *, year: int | None = None) -> date | None:
    """Returns `day` of `month` in `year`, or the next one from `today`; None if there is none."""
    if year is not None:
        return _date(year, month, day)
    years = range(today.year, today.year + _YEARS_TO_LEAP_DAY)
    days = (_date(candidate, month, day) for candidate in years)
    return next((found for found in days if found and found >= today), None)


def next_day_of_month(day: int, today: date) -> date | None:
    """Returns the next date from `today` that is the `day` of its month."""
    month, year = today.month, today.year
    for _ in range(_MONTHS_PER_YEAR):
        found = _date(year, month, day)
        if found and found >= today:
            return found
        month, year = month % _MONTHS_PER_YEAR + 1, year + (month == _MONTHS_PER_YEAR)
    return None


def next_weekday(weekday: int, today: date, *, strictly_later: bool = False) -> date:
    """Returns the next `weekday` (Monday is 0): today itself, unless `strictly_later`."""
    ahead = (weekday - today.weekday()) % 7
    return today + timedelta(days=7 if strictly_later and ahead == 0 else ahead)


def week(first: date) -> tuple[date, ...]:
    """Returns the seven days from `first`."""
    return tuple(first + timedelta(days=n) for n in range(7))


def _days(rules: Sequence[str], year: int) -> list[date]:
    days: list[date] = []
    previous_month = 0
    for rule in rules:
        if rule.startswith("easter"):
            days.append(easter(year) + timedelta(days=int(rule.removeprefix("easter"))))
            continue
        month, day = (int(part) for part in rule.split("-"))
        # New Year's Day follows New Year's Eve in the next year.
        found = _date(year + (month < previous_month), month, day)
        previous_month = month
        if found:
            days.append(found)
    return days


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
