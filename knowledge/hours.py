"""Opening hours: the week, closures, public holidays and dates that differ.

Hours are wall-clock hours of the tenant's time zone, as they stand on the door: on the night the
clocks change a shop that opens at nine opens at nine. Nothing here reads a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from typing import Annotated, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    field_validator,
    model_validator,
)

from knowledge.wording import Wording

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From `start` to `end`, in minutes since midnight; `end` is not part of it."""

    start: int
    end: int

    def __contains__(self, minute: int) -> bool:
        return self.start <= minute < self.end

    def __str__(self) -> str:
        return f"{clock_text(self.start)}-{clock_text(self.end)}"


def clock_text(minute: int) -> str:
    """Returns `minute` of the day as `HH:MM`; the end of the day is `24:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def minute_of(moment: time) -> int:
    """Returns the minute of the day of `moment`."""
    return moment.hour * 60 + moment.minute


def _minute(text: str) -> int:
    hour, separator, minute = text.strip().partition(":")
    if not (separator and hour.isdecimal() and minute.isdecimal() and len(minute) == 2):
        raise ValueError(f"{text.strip()!r} is not a time; write it as 09:00")
    result = int(hour) * 60 + int(minute)
    if int(minute) > 59 or result > MINUTES_PER_DAY:
        raise ValueError(f"{text.strip()!r} is not a time of day")
    return result


def _interval(value: object) -> object:
    if isinstance(value, Interval):
        return value
    if not isinstance(value, str) or value.count("-") != 1:
        raise ValueError(f"{value!r} is not an interval; write it as 09:00-13:00")
    start, end = (_minute(part) for part in value.split("-"))
    if start >= end:
        raise ValueError(
            f"{value!r} ends before it begins; write a night as 22:00-24:00 and, "
            "on the next day, 00:00-02:00"
        )
    return Interval(start, end)


def _apart(intervals: tuple[Interval, ...]) -> tuple[Interval, ...]:
    ordered = tuple(sorted(intervals))
    for earlier, later in pairwise(ordered):
        if later.start < earlier.end:
            raise ValueError(f"{earlier} and {later} overlap")
    return ordered


IntervalText = Annotated[Interval, BeforeValidator(_interval), PlainSerializer(str)]
DayHours = Annotated[tuple[IntervalText, ...], AfterValidator(_apart)]
"""The intervals of one day, in order; none means closed."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Closure(_Model):
    """Closed from `first` to `last`, both included.

    Attributes:
        reason: Why, as it may be said: "the summer holidays".
    """

    first: date
    last: date
    reason: Wording = Field(default_factory=dict[str, str])

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"ends on {self.last} before it begins on {self.first}")
        return self


class WeekHours(_Model):
    """A week of a department or a person; closures and holidays of the tenant still apply.

    Attributes:
        week: Intervals by weekday; a day left out is closed.
        dates: Intervals of single dates, whatever else applies on them.
    """

    week: Mapping[Weekday, DayHours]
    dates: Mapping[date, DayHours] = Field(default_factory=dict[date, tuple[Interval, ...]])

    @field_validator("week")
    @classmethod
    def _some_hours(
        cls, week: Mapping[Weekday, tuple[Interval, ...]]
    ) -> Mapping[Weekday, tuple[Interval, ...]]:
        if not any(week.values()):
            raise ValueError("no day has any hours")
        return week


class HoursConfig(WeekHours):
    """Opening hours of a tenant.

    Precedence on a date: `dates`, then `closures`, then public holidays, then `week`.

    Attributes:
        holidays: Closed on the public holidays of the tenant's country.
        region: ISO 3166-2 subdivision whose holidays count too, such as `ENG`.
        closures: Longer closures.
    """

    holidays: bool = True
    region: str | None = None
    closures: tuple[Closure, ...] = ()
