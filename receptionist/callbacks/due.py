"""When a callback is owed: the caller's words laid on the hours of who calls back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from knowledge.hours import MINUTES_PER_DAY, Interval, minute_of
from knowledge.open_windows import Window, asks_for_soonest, named_moment, next_window, wished
from knowledge.opening import OpeningHours
from knowledge.relative_time import counts_from_now, from_now
from knowledge.spoken import speech
from knowledge.when import understand

HORIZON_DAYS = 60
"""A callback that could only be made later than this is not promised."""
_AT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The time within which somebody is called back.

    Attributes:
        start: UTC.
        end: UTC.
        spoken: "tomorrow from two to six"; "" is as soon as possible.
    """

    start: datetime
    end: datetime
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a wish.

    Attributes:
        due: The time wished for; None when nobody is there then.
        instead: The next time somebody is; None when there is none.
    """

    due: Due | None
    instead: Due | None = None


class CallbackTimes:
    """Finds times to call back in the hours of one destination.

    Args:
        hours: Of who calls back.
        now: The present moment (aware).
        language: ISO 639-1 code.
        texts: `prompts/<language>/hours.yaml`.
    """

    def __init__(
        self, hours: OpeningHours, now: datetime, *, language: str, texts: Mapping[str, Any]
    ) -> None:
        self._hours = hours
        self._now = now.astimezone(hours.time_zone)
        self._language = language
        self._texts = texts
        self._speech = speech(language)

    def find(self, words: str, language: str = "") -> Answer:
        """Returns when to call back somebody who asked for `words`.

        Args:
            words: The caller's own, "" for as soon as possible; or a moment in ISO 8601 that was
                offered before.
            language: What they were said in; empty is that of the answer.
        """
        language = language or self._language
        when = understand(words, language, self._now.date())
        moment = _offered(words) or named_moment(when, self._hours)
        if moment is None and counts_from_now(words, language, when):
            moment = from_now(words, language, self._now)
        if moment is not None:
            return self._at(moment)
        if asks_for_soonest(when):
            return Answer(due=self._next(self._now))
        windows = wished(when, self._hours, self._now)
        if not windows:
            asked = datetime.combine(max(when.days), self._now.timetz())
            return Answer(due=None, instead=self._next(max(asked, self._now)))
        spoken = self._said(windows, when.time.part if when.time.minute is None else "")
        return Answer(due=Due(start=windows[0].start, end=windows[-1].end, spoken=spoken))

    def _at(self, moment: datetime) -> Answer:
        window = next_window(self._hours, max(moment, self._now), HORIZON_DAYS)
        if window is None or window.start > moment.astimezone(UTC):
            return Answer(due=None, instead=window and self._within(window))
        local = moment.astimezone(self._hours.time_zone)
        at = self._speech.clock(minute_of(local.time()), "at")
        end = min(window.end, window.start + _AT)
        return Answer(due=Due(start=window.start, end=end, spoken=f"{self._day(local)} {at}"))

    def _next(self, moment: datetime) -> Due | None:
        window = next_window(self._hours, moment, HORIZON_DAYS)
        if window is None:
            return None
        if moment <= self._now and window.start <= self._now.astimezone(UTC):
            return Due(start=window.start, end=window.end, spoken="")
        return self._within(window)

    def _within(self, window: Window) -> Due:
        return Due(start=window.start, end=window.end, spoken=self._said([window], ""))

    def _said(self, windows: Sequence[Window], part: str) -> str:
        first = windows[0].start.astimezone(self._hours.time_zone)
        last = windows[-1].start.astimezone(self._hours.time_zone)
        if first.date() != last.date():
            return self._speech.dates(first.date(), last.date())
        if part:
            return self._part(first.date(), part)
        if windows[0].start <= self._now.astimezone(UTC):
            until = minute_of(windows[-1].end.astimezone(self._hours.time_zone).time())
            return f"{self._day(first)} {self._speech.clock(until, 'until')}"
        spans = [self._interval(window) for window in windows]
        return f"{self._day(first)} {self._speech.intervals(spans)}"

    def _part(self, day: date, part: str) -> str:
        if day == self._now.date():
            return str(self._speech.words["parts_today"][part])
        named = str(self._speech.words["parts"][part])
        return str(self._texts["day_and_part"]).format(day=self._day_of(day), part=named)

    def _interval(self, window: Window) -> Interval:
        zone = self._hours.time_zone
        start = minute_of(window.start.astimezone(zone).time())
        end = minute_of(window.end.astimezone(zone).time())
        return Interval(start, end if end > start else MINUTES_PER_DAY)

    def _day(self, local: datetime) -> str:
        return self._day_of(local.date())

    def _day_of(self, day: date) -> str:
        return self._speech.near_day(day, self._now.date())


def _offered(words: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(words.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
