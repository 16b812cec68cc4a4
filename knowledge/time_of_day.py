"""Understands times of day: "half past six", "alle sette di sera", "at lunch time"."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from knowledge.hours import MINUTES_PER_DAY, Interval

HALF_DAY = 12 * 60
_EARLY = 7 * 60
"""Up to here "at six" is the afternoon, for who asks whether an office is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOfDay:
    """A time of day as it was said.

    Attributes:
        minute: Minute of the day.
        certain: False when it may as well be twelve hours later: "at eight".
        until: It was said as an end: "until six".
        after: It was said as a beginning: "after five".
        part: Part of the day: `morning`, `lunch`, `afternoon`, `evening` or `night`.
        span: From when to when that part lasts.
    """

    minute: int | None = None
    certain: bool = True
    until: bool = False
    after: bool = False
    part: str = ""
    span: Interval | None = None

    @property
    def said(self) -> bool:
        """Whether any time was said."""
        return self.minute is not None or self.span is not None


class TimeWords:
    """The times of day of one language."""

    def __init__(
        self, heard: Mapping[str, Any], compiled: Callable[[str], re.Pattern[str]]
    ) -> None:
        self._times = [(compiled(str(entry["pattern"])), entry) for entry in heard.get("times", [])]
        self._fractions: Mapping[str, str] = heard.get("fractions", {})
        self._parts = [
            (
                compiled(str(entry["pattern"])),
                str(entry["part"]),
                Interval(_minute(entry["from"]), _minute(entry["to"])),
            )
            for entry in heard.get("parts", [])
        ]

    def read(self, heard: str) -> TimeOfDay:
        """Returns the time of day said in `heard`, in which numbers are digits."""
        part, span = self._part(heard)
        for pattern, entry in self._times:
            match = pattern.search(heard)
            minute = self._minute(match.groupdict(), entry) if match else None
            if match and minute is not None:
                said = match.groupdict()
                late, until = bool(said.get("late")), bool(said.get("until"))
                time = _resolved(minute, said.get("half"), late, part, span)
                return replace(time, until=until, after=late and not until)
        return TimeOfDay(part=part, span=span)

    def _part(self, heard: str) -> tuple[str, Interval | None]:
        for pattern, part, span in self._parts:
            if pattern.search(heard):
                return part, span
        return "", None

    def _minute(self, said: Mapping[str, str | None], entry: Mapping[str, str]) -> int | None:
        if "time" in entry:
            return _minute(entry["time"]) % MINUTES_PER_DAY
        hour = int(said["h"] or 0)
        rest = int(entry.get("minute", 0)) + int(said.get("m") or 0) - int(said.get("before") or 0)
        if said.get("f"):
            rest = int(self._fractions[said["f"] or ""])
        if hour > 24 or rest >= 60:
            return None
        return (hour * 60 + rest) % MINUTES_PER_DAY


def _resolved(
    minute: int, half: str | None, late: bool, part: str, span: Interval | None
) -> TimeOfDay:
    """Returns the time with morning and afternoon told apart."""
    if half is not None:
        afternoon = half.startswith("p")
        return TimeOfDay(minute=minute % HALF_DAY + HALF_DAY * afternoon, part=part)
    if minute == 0 or minute >= HALF_DAY + 60:
        return TimeOfDay(minute=minute, part=part)
    if span is not None:
        later = (minute + HALF_DAY) % MINUTES_PER_DAY
        # "Twenty to one in the afternoon" is before what some languages call the afternoon.
        never_early = minute < HALF_DAY <= span.start and part != "night"
        in_part = later if minute not in span and (later in span or never_early) else minute
        return TimeOfDay(minute=in_part, part=part)
    if minute >= HALF_DAY:
        return TimeOfDay(minute=minute, part=part)
    if late or minute < _EARLY:
        return TimeOfDay(minute=minute + HALF_DAY, part=part)
    return TimeOfDay(minute=minute, certain=False)


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)
