"""Understands which time a caller asks about: now, a day, a time of a day, the week, a month.

Works on the caller's own words, a whole sentence if need be, and without a clock: today is given.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from knowledge.coming_days import (
    coming,
    next_date,
    next_day_of_month,
    next_weekday,
    week,
)
from knowledge.language_data import read
from knowledge.spoken_numbers import with_digits
from knowledge.time_of_day import TimeOfDay, TimeWords

_SATURDAY = 5
_WEEK = timedelta(days=7)


class Asked(StrEnum):
    """What kind of time is asked about."""

    NOW = "now"
    DAY = "day"
    WEEKDAY = "weekday"
    """A day of the week, perhaps of every week: "on Saturdays"."""
    DAYS = "days"
    WEEK = "week"
    MONTH = "month"
    HOLIDAYS = "holidays"
    """Public holidays in general."""


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The time asked about.

    Attributes:
        asked: What kind it is.
        days: The dates it is about; for the week those whose exceptions matter.
        time: The time of day, if one was said.
    """

    asked: Asked
    days: tuple[date, ...]
    time: TimeOfDay = field(default_factory=TimeOfDay)


def understand(text: str, language: str, today: date) -> When:
    """Returns the time `text` asks about, seen from `today`; nothing said means now."""
    words = _words(language)
    heard = words.greetings.sub(" ", with_digits(text, language))
    days, asked = words.days(heard, today)
    time = words.time.read(heard)
    if days:
        return When(asked=asked, days=days, time=time)
    if time.said:
        return When(asked=Asked.DAY, days=(today,), time=time)
    return words.without_day(heard, today)


class _Words:
    """The patterns of one language."""

    def __init__(self, language: str) -> None:
        heard: Mapping[str, Any] = read(language, "calendar").get("heard", {})
        self._weekdays = [re.compile(rf"\b(?:{name})\b") for name in heard.get("weekdays", [])]
        self._months: Sequence[str] = heard.get("months", [])
        self._fill = {
            "weekday": "(?P<w>" + _either(heard.get("weekdays", [])) + ")",
            "month": _either(self._months),
            "day": heard.get("day", r"(?!)"),
            "ordinal": heard.get("ordinal", r"(?!)"),
            "hour": heard.get("hour", r"(?!)"),
        }
        self._heard = heard
        names, to = _either(heard.get("weekdays", [])), heard.get("to", r"(?!)")
        self._range = re.compile(rf"\b{names} (?:{to}) {names}\b")
        self._patterns: dict[str, re.Pattern[str]] = {}
        self._dates = [self._compiled(pattern) for pattern in heard.get("dates", [])]
        self._special = [
            (self._compiled(str(entry["pattern"])), [str(day) for day in entry["days"]])
            for entry in heard.get("special_days", [])
        ]
        self.greetings = self._pattern("greetings")
        self.time = TimeWords(heard, self._compiled)

    def days(self, heard: str, today: date) -> tuple[tuple[date, ...], Asked]:
        """Returns the days that are said, if any, and what is asked about them."""
        for find in (self._special_days, self._full_dates, self._relative):
            days = tuple(dict.fromkeys(find(heard, today)))
            if days:
                return days, Asked.DAY if len(days) == 1 else Asked.DAYS
        if self._range.search(heard):
            return week(today), Asked.WEEK
        weekdays = tuple(dict.fromkeys(self._on_weekdays(heard, today)))
        if weekdays:
            return weekdays, Asked.WEEKDAY if len(weekdays) == 1 else Asked.DAYS
        month = self._pattern("month").search(heard)
        if month:
            return self._month_days(month["m"], today), Asked.MONTH
        if self._pattern("holidays_in_general").search(heard):
            return (today,), Asked.HOLIDAYS
        return (), Asked.NOW

    def without_day(self, heard: str, today: date) -> When:
        """Returns what is asked by a sentence that names neither day nor time."""
        monday = today - timedelta(days=today.weekday())
        if self._pattern("next_week").search(heard):
            return When(asked=Asked.WEEK, days=week(monday + _WEEK))
        if self._pattern("this_week").search(heard):
            return When(asked=Asked.WEEK, days=week(today))
        if self._pattern("now").search(heard):
            return When(asked=Asked.NOW, days=(today,))
        if self._pattern("week").search(heard):
            return When(asked=Asked.WEEK, days=week(today))
        if self._pattern("closing_today").search(heard):
            return When(asked=Asked.DAY, days=(today,))
        return When(asked=Asked.NOW, days=(today,))

    def _special_days(self, heard: str, today: date) -> Iterator[date]:
        for pattern, rules in self._special:
            if pattern.search(heard):
                yield from coming(rules, today)
                return

    def _full_dates(self, heard: str, today: date) -> list[date]:
        found: list[date] = []
        for pattern in self._dates:
            for match in pattern.finditer(heard):
                day = self._date(match.groupdict(), today)
                if day:
                    found.append(day)
            if found:
                return found
        return found

    def _date(self, said: Mapping[str, str | None], today: date) -> date | None:
        day = int(re.sub(r"\D", "", said["d"] or "0"))
        month = said.get("m")
        if month:
            number = self._month_number(month)
        elif said.get("n"):
            number = int(said["n"] or 0)
        else:
            return next_day_of_month(day, today)
        year = said.get("y")
        return next_date(number, day, today, year=int(year) % 100 + 2000 if year else None)

    def _relative(self, heard: str, today: date) -> Iterator[date]:
        if self._pattern("after_tomorrow").search(heard):
            yield today + timedelta(days=2)
            return
        in_days = self._pattern("in_days").search(heard)
        if in_days:
            yield today + timedelta(days=int(in_days["d"]))
        if self._pattern("in_a_week").search(heard):
            yield today + _WEEK
        if self._pattern("today").search(heard):
            yield today
        if self._pattern("tomorrow").search(heard):
            yield today + timedelta(days=1)

    def _on_weekdays(self, heard: str, today: date) -> Iterator[date]:
        for match in self._pattern("weekday").finditer(heard):
            said = match.groupdict()
            number = next(i for i, p in enumerate(self._weekdays) if p.fullmatch(match["w"]))
            strictly_later = bool(said.get("next") or said.get("after") or said.get("week"))
            yield next_weekday(number, today, strictly_later=strictly_later)
        if self._pattern("weekend").search(heard):
            first = today if today.weekday() >= _SATURDAY else next_weekday(_SATURDAY, today)
            if self._pattern("next_week").search(heard) and today.weekday() >= _SATURDAY:
                first = next_weekday(_SATURDAY, today, strictly_later=True)
            yield from (first + timedelta(days=n) for n in range(7 - first.weekday()))

    def _month_days(self, name: str, today: date) -> tuple[date, ...]:
        month = self._month_number(name)
        year = today.year + (month < today.month)
        days = (date(year, month, 1) + timedelta(days=n) for n in range(31))
        return tuple(day for day in days if day.month == month and day >= today)

    def _month_number(self, name: str) -> int:
        return next(i for i, month in enumerate(self._months, 1) if re.fullmatch(month, name))

    def _pattern(self, key: str) -> re.Pattern[str]:
        if key not in self._patterns:
            self._patterns[key] = self._compiled(str(self._heard.get(key, r"(?!)")))
        return self._patterns[key]

    def _compiled(self, pattern: str) -> re.Pattern[str]:
        for name, filling in self._fill.items():
            pattern = pattern.replace("{" + name + "}", filling)
        return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")


def _either(patterns: Sequence[str]) -> str:
    return "(?:" + "|".join(patterns) + ")" if patterns else r"(?!)"


@cache
def _words(language: str) -> _Words:
    return _Words(language)
