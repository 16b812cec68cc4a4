"""When it is open: the week, closures, holidays and exceptions laid on the calendar."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from knowledge.holiday_names import PublicHolidays
from knowledge.hours import (
    MINUTES_PER_DAY,
    WEEKDAYS,
    Closure,
    HoursConfig,
    Interval,
    WeekHours,
    minute_of,
)

_HORIZON_DAYS = 400
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One date.

    Attributes:
        intervals: When it is open; none means closed.
        holiday: Name of the public holiday as the calendar has it, "" on an ordinary day.
        closure: The longer closure it is part of.
        usual: The intervals of an ordinary week on this weekday.
    """

    date: date
    intervals: tuple[Interval, ...]
    usual: tuple[Interval, ...]
    holiday: str = ""
    closure: Closure | None = field(default=None)

    @property
    def exceptional(self) -> bool:
        """Whether this date differs from an ordinary week."""
        return self.intervals != self.usual


class OpeningHours:
    """The opening hours of a tenant, or of one department or person in it.

    Args:
        config: The tenant's hours.
        country: ISO 3166-1 alpha-2 code, for public holidays.
        time_zone: Where the door is.
        own: The department's or person's own week.
    """

    def __init__(
        self,
        config: HoursConfig,
        *,
        country: str,
        time_zone: ZoneInfo,
        own: WeekHours | None = None,
    ) -> None:
        self.time_zone = time_zone
        self._week = (own or config).week
        self._dates = {**config.dates, **own.dates} if own else config.dates
        self._closures = config.closures
        self.holidays = PublicHolidays(country, config.region)
        self.closed_on_holidays = config.holidays

    def on(self, day: date) -> Day:
        """Returns what holds on `day`."""
        usual = self._week.get(WEEKDAYS[day.weekday()], ())
        holiday = self.holidays.on(day)
        closure = next((c for c in self._closures if c.first <= day <= c.last), None)
        if day in self._dates:
            intervals = self._dates[day]
        elif closure or (holiday and self.closed_on_holidays):
            intervals = ()
        else:
            intervals = usual
        return Day(date=day, intervals=intervals, usual=usual, holiday=holiday, closure=closure)

    def days(self, first: date, count: int) -> Iterator[Day]:
        """Yields `count` days from `first`."""
        return (self.on(first + n * _DAY) for n in range(count))

    def usual(self, weekday: int) -> tuple[Interval, ...]:
        """Returns the intervals of an ordinary `weekday`; Monday is 0."""
        return self._week.get(WEEKDAYS[weekday], ())

    def is_open(self, now: datetime) -> bool:
        """Whether it is open at `now` (aware)."""
        return self._interval_at(now.astimezone(self.time_zone)) is not None

    def closing(self, now: datetime) -> datetime | None:
        """Returns when it closes next, local and aware; None when it is closed or never closes."""
        return self._next_change(now, to_open=False) if self.is_open(now) else None

    def next_opening(self, now: datetime) -> datetime | None:
        """Returns the first moment after `now` at which it opens, local and aware.

        None when it does not open within 400 days.
        """
        return self._next_change(now, to_open=True)

    def _interval_at(self, local: datetime) -> Interval | None:
        minute = minute_of(local.time())
        return next((i for i in self.on(local.date()).intervals if minute in i), None)

    def _next_change(self, now: datetime, *, to_open: bool) -> datetime | None:
        first = now.astimezone(self.time_zone).date()
        for offset in range(_HORIZON_DAYS):
            for moment in self._changes(first + offset * _DAY, to_open=to_open):
                # Two moments in one zone compare by their wall clocks, wrongly where it goes back.
                if moment.astimezone(UTC) > now.astimezone(UTC):
                    return moment
        return None

    def _changes(self, day: date, *, to_open: bool) -> Iterator[datetime]:
        midnight = datetime.combine(day, time(), self.time_zone)
        next_midnight = datetime.combine(day + _DAY, time(), self.time_zone)
        if midnight.utcoffset() != next_midnight.utcoffset():
            yield from self._changes_by_minute(midnight, next_midnight, to_open=to_open)
            return
        intervals = self.on(day).intervals
        before = self.on(day - _DAY).intervals
        carried = bool(before) and before[-1].end == MINUTES_PER_DAY
        edges = {i.start for i in intervals} - {i.end for i in intervals}
        closings = {i.end for i in intervals} - {i.start for i in intervals}
        if carried:
            starts_open = 0 in edges
            edges.discard(0)
            closings |= set() if starts_open else {0}
        closings.discard(MINUTES_PER_DAY)
        for minute in sorted(edges if to_open else closings):
            yield midnight.replace(hour=minute // 60, minute=minute % 60)

    def _changes_by_minute(
        self, midnight: datetime, next_midnight: datetime, *, to_open: bool
    ) -> Iterator[datetime]:
        """Walks the day on which the clocks change, where the wall clock skips or repeats."""
        moment, end = midnight.astimezone(UTC), next_midnight.astimezone(UTC)
        was_open = self.is_open(moment - timedelta(minutes=1))
        while moment < end:
            is_open = self.is_open(moment)
            if is_open is to_open and was_open is not to_open:
                yield moment.astimezone(self.time_zone)
            was_open = is_open
            moment += timedelta(minutes=1)
