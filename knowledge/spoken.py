"""Says dates and times the way people do."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from typing import Any, Literal

from knowledge.hours import MINUTES_PER_DAY, Interval
from knowledge.language_data import read

_NOON = 12 * 60
_CLOSE_DAYS = 6
_DIGITS_AT_ONCE = 3
Preposition = Literal["at", "from", "to", "until"]


class Speech:
    """Dates and times in one language.

    Raises:
        ValueError: nobody has written how the language says them.
    """

    def __init__(self, language: str) -> None:
        calendar = read(language, "calendar")
        if "spoken" not in calendar:
            raise ValueError(f"dates and times cannot be spoken in {language!r}")
        self.words: Mapping[str, Any] = calendar["spoken"]
        self.numbers: Sequence[str] = calendar["numbers"]
        self._ordinals: Sequence[str] = calendar["ordinals"]
        self._weekdays: Sequence[str] = calendar["weekdays"]
        self._months: Sequence[str] = calendar["months"]
        self._twelve = self.words["clock"] == "12"

    def clock(self, minute: int, preposition: Preposition, *, daypart: bool = False) -> str:
        """Returns a time of day with its preposition: `at half past six`, `alle diciotto`."""
        minute %= MINUTES_PER_DAY
        forms: Mapping[str, str] = self.words[preposition]
        if minute in (0, _NOON):
            name = "noon" if minute else "midnight"
            form = forms.get(name) or forms.get("special") or forms["other"]
            return form.format(time=self.words[name])
        hour, time = self._time(minute)
        if daypart and self._twelve:
            time = f"{time} {self._daypart(minute)}"
        form = forms.get("one") if hour == 1 else None
        return (form or forms["other"]).format(time=time)

    def interval(self, interval: Interval) -> str:
        """Returns `from nine to one`; the part of the day is named where it is in doubt."""
        if interval.start == 0 and interval.end == MINUTES_PER_DAY:
            return str(self.words["all_day"])
        hours = interval.end - interval.start
        odd = interval.start < 6 * 60 or interval.end > 21 * 60 or hours >= _NOON
        start = self.clock(interval.start, "from", daypart=odd)
        return f"{start} {self.clock(interval.end, 'to', daypart=odd)}"

    def intervals(self, intervals: Sequence[Interval]) -> str:
        """Returns `from nine to one and from two to six`."""
        return self.joined([self.interval(interval) for interval in intervals])

    def joined(self, phrases: Sequence[str]) -> str:
        """Returns `a, b and c`."""
        if len(phrases) < 2:
            return "".join(phrases)
        return str(self.words["list"]).join(phrases[:-1]) + str(self.words["and"]) + phrases[-1]

    def grouped(self, phrases: Sequence[str]) -> str:
        """Returns the same of phrases that have an "and" of their own: `a, b, and c`."""
        if len(phrases) < 2:
            return "".join(phrases)
        lead = str(self.words["list"]).join(phrases[:-1])
        return lead + str(self.words["and_group"]) + phrases[-1]

    def full_date(self, day: date) -> str:
        """Returns `Saturday the twenty-sixth of December`."""
        return str(self.words["date"]).format(
            weekday=self._weekdays[day.weekday()],
            day=self._ordinals[day.day - 1],
            month=self._months[day.month - 1],
        )

    def near_day(self, day: date, today: date, *, dated: bool = False) -> str:
        """Returns `today`, `tomorrow`, `on Saturday`, or further away `on Saturday the …`."""
        if day == today:
            return str(self.words["today"])
        if day == today + timedelta(days=1):
            return str(self.words["tomorrow"])
        if not dated and today < day <= today + timedelta(days=_CLOSE_DAYS):
            return str(self.words["on"][day.weekday()])
        return str(self.words["on_date"]).format(
            date=self.full_date(day),
            weekday=self._weekdays[day.weekday()],
            day=self._ordinals[day.day - 1],
            month=self._months[day.month - 1],
        )

    def habit(self, weekdays: Sequence[int]) -> str:
        """Returns `Monday to Friday`, `on Saturdays`, `Monday to Wednesday and on Sundays`."""
        phrases: list[str] = []
        for _, run in groupby(enumerate(sorted(weekdays)), lambda pair: pair[1] - pair[0]):
            days = [weekday for _, weekday in run]
            if len(days) > 2:
                phrases.append(
                    f"{self.words['first_day'][days[0]]} {self.words['last_day'][days[-1]]}"
                )
            else:
                phrases += [self.words["habit"][weekday] for weekday in days]
        return self.joined(phrases)

    def dates(self, first: date, last: date) -> str:
        """Returns `from the tenth to the twenty-first of August`."""
        key = "dates" if first.month == last.month else "dates_two_months"
        return str(self.words[key]).format(
            first=self._ordinals[first.day - 1],
            last=self._ordinals[last.day - 1],
            first_month=self._months[first.month - 1],
            month=self._months[last.month - 1],
        )

    def in_month(self, month: int) -> str:
        """Returns `in August`."""
        return str(self.words["in_month"]).format(month=self._months[month - 1])

    def digits(self, number: str) -> str:
        """Returns a telephone number digit by digit: `zero one six, three two nine`."""
        figures = [self.numbers[int(figure)] for figure in number if figure.isdecimal()]
        count = len(figures)
        size = int(self.words.get("digits_at_once", _DIGITS_AT_ONCE))
        # No group of a single digit: "zero one six, three two, nine zero".
        cuts = [i for i in range(0, count, size) if i == 0 or count - i > 1]
        bounds = zip(cuts, [*cuts[1:], count], strict=True)
        return ", ".join(" ".join(figures[start:end]) for start, end in bounds)

    def _time(self, minute: int) -> tuple[int, str]:
        """Returns the hour that is named, which may be the next one, and the time in words."""
        hour, rest = divmod(minute, 60)
        patterns: Mapping[str, str] = self.words["minutes"]
        if hour > 12 and not self._twelve:
            patterns = {"0": patterns["0"]}
        fallback = "below_ten" if rest < 10 else "other"
        pattern = patterns.get(str(rest), str(self.words[fallback]))
        named = self._shown(hour + ("{next}" in pattern))
        time = pattern.format(
            hour=self._hour(hour), next=self._hour(hour + 1), minute=self.numbers[rest]
        )
        return named, time

    def _hour(self, hour: int) -> str:
        shown = self._shown(hour)
        if "hour_names" in self.words:
            return str(self.words["hour_names"][shown])
        words: Mapping[str, str] = self.words.get("hours", {})
        return words.get(str(shown), self.numbers[shown])

    def _shown(self, hour: int) -> int:
        return (hour % 12 or 12) if self._twelve else hour % 24

    def _daypart(self, minute: int) -> str:
        named = ""
        for entry in self.words["dayparts"]:
            start, _, name = str(entry).partition(" ")
            if int(start[:2]) * 60 + int(start[3:]) <= minute:
                named = name
        return named


@cache
def speech(language: str) -> Speech:
    """Returns how `language` says dates and times.

    Raises:
        ValueError: nobody has written it.
    """
    return Speech(language)
