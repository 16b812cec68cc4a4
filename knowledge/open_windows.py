"""Stretches of time in which somebody can be reached, and those of them a caller asks for.

Everything is counted in real time: on the night the clocks change, a window is as long as it lasts,
and the hour that comes twice is there twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from knowledge.opening import OpeningHours
from knowledge.time_of_day import HALF_DAY, TimeOfDay
from knowledge.when import Asked, When

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_AT = timedelta(minutes=30)
"""How far "at five" reaches."""

_AFTERNOON = 13 * 60
"""Who asks for the afternoon does not mean noon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From `start` to `end`, in UTC."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start

    def within(self, start: datetime, end: datetime) -> "Window | None":
        """Returns the part of it between `start` and `end`; None when there is none."""
        first, last = max(self.start, start), min(self.end, end)
        return Window(start=first, end=last) if first < last else None


def open_windows(hours: OpeningHours, first: date, days: int) -> list[Window]:
    """Returns when it is open on `days` days from `first`; what is open past midnight is one."""
    joined: list[Window] = []
    for offset in range(days):
        for window in _on(hours, first + offset * _DAY):
            if joined and joined[-1].end == window.start:
                window = Window(start=joined.pop().start, end=window.end)
            joined.append(window)
    return joined


def next_window(hours: OpeningHours, moment: datetime, days: int) -> Window | None:
    """Returns when it is open from `moment` on, within `days` days; None when it is not."""
    moment = moment.astimezone(UTC)
    first = moment.astimezone(hours.time_zone).date()
    for offset in range(days):
        for window in open_windows(hours, first + offset * _DAY, 1):
            if window.end > moment:
                return Window(start=max(window.start, moment), end=window.end)
    return None


def asked(when: When, hours: OpeningHours) -> list[Window]:
    """Returns the time that was asked for, open or not; a day is all of it."""
    return [_asked_of(day, when.time, hours) for day in when.days]


def wished(when: When, hours: OpeningHours, now: datetime) -> list[Window]:
    """Returns the open time that fits what was asked and is still to come; [] when there is none.

    Nothing said in particular is all of the days it is about, from now on.
    """
    now = now.astimezone(UTC)
    return [
        part
        for span in asked(when, hours)
        for window in open_windows(hours, span.start.astimezone(hours.time_zone).date(), 1)
        if (part := window.within(max(span.start, now), span.end)) is not None
    ]


def named_moment(when: When, hours: OpeningHours) -> datetime | None:
    """Returns the very moment asked for ("Friday at ten"), in UTC; None when it is none."""
    time_of_day = when.time
    if len(when.days) != 1 or time_of_day.minute is None or time_of_day.until or time_of_day.after:
        return None
    return instant(hours, when.days[0], _minute(when.days[0], time_of_day, hours))


def asks_for_soonest(when: When) -> bool:
    """Tells whether no time was named: now, or as soon as possible."""
    return when.asked is Asked.NOW and not when.time.said


def instant(hours: OpeningHours, day: date, minute: int) -> datetime:
    """Returns in UTC when the clock shows `minute` of `day`, or has just skipped it."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    moment = wall.replace(tzinfo=hours.time_zone).astimezone(UTC)
    while _wall(hours, moment - _MINUTE) >= wall:
        moment -= _MINUTE
    return moment


def _wall(hours: OpeningHours, moment: datetime) -> datetime:
    return moment.astimezone(hours.time_zone).replace(tzinfo=None)


def _asked_of(day: date, said: TimeOfDay, hours: OpeningHours) -> Window:
    """Returns what is meant of `day`."""
    midnight, next_midnight = instant(hours, day, 0), instant(hours, day + _DAY, 0)
    if said.minute is not None:
        moment = instant(hours, day, _minute(day, said, hours))
        if said.until:
            return Window(start=midnight, end=moment)
        return Window(start=moment, end=next_midnight if said.after else moment + _AT)
    if said.span is not None:
        first = max(said.span.start, _AFTERNOON) if said.part == "afternoon" else said.span.start
        end = instant(hours, day, said.span.end)
        return Window(start=instant(hours, day, first), end=end)
    return Window(start=midnight, end=next_midnight)


def _minute(day: date, said: TimeOfDay, hours: OpeningHours) -> int:
    """Returns the minute of the day; where twelve hours are in doubt, one at which it is open."""
    minute = said.minute or 0
    intervals = hours.on(day).intervals
    # "After nine" is taken for the evening by who asks how long it is open.
    other = minute - HALF_DAY if said.until or said.after else minute + HALF_DAY
    in_doubt = said.until or said.after or not said.certain
    is_open, other_open = (
        any(m in interval or m == interval.end for interval in intervals) for m in (minute, other)
    )
    return other if in_doubt and other_open and not is_open else minute


def _on(hours: OpeningHours, day: date) -> Iterator[Window]:
    midnight = datetime.combine(day, time(), hours.time_zone)
    if midnight.utcoffset() == datetime.combine(day + _DAY, time(), hours.time_zone).utcoffset():
        for interval in hours.on(day).intervals:
            start = midnight.astimezone(UTC) + timedelta(minutes=interval.start)
            yield Window(start=start, end=start + timedelta(minutes=interval.end - interval.start))
        return
    yield from _by_minute(hours, instant(hours, day, 0), instant(hours, day + _DAY, 0))


def _by_minute(hours: OpeningHours, moment: datetime, end: datetime) -> Iterator[Window]:
    """Walks the day on which the clocks change, where the wall clock skips or repeats."""
    opened: datetime | None = None
    while moment <= end:
        is_open = moment < end and hours.is_open(moment)
        if is_open and opened is None:
            opened = moment
        elif not is_open and opened is not None:
            yield Window(start=opened, end=moment)
            opened = None
        moment += _MINUTE
