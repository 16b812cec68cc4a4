"""Answers a question about opening hours: the facts, and the very words to say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Literal

from knowledge.hours import MINUTES_PER_DAY, Interval, minute_of
from knowledge.hours_in_general import about_holidays, about_month, about_week
from knowledge.hours_phrases import HoursPhrases
from knowledge.opening import Day, OpeningHours
from knowledge.time_of_day import TimeOfDay
from knowledge.when import Asked, When

_HALF_DAY = 12 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose hours they are: the company, or a department or person by `name`."""

    kind: Literal["company", "department", "person"] = "company"
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursAnswer:
    """What is known about the time asked about.

    Attributes:
        outcome: `open` or `closed` for now, `holiday` when a public holiday is among the days.
        day: The first day asked about.
        next_opening: When it opens next: after now, or after the day asked about.
        holiday: Its name in the language asked in, "" when it is none.
        spoken: The sentences to say.
    """

    outcome: Literal["open", "closed", "hours", "holiday"]
    day: Day
    open_now: bool
    next_opening: datetime | None
    holiday: str
    spoken: str


def answer(
    when: When,
    hours: OpeningHours,
    now: datetime,
    *,
    language: str,
    texts: Mapping[str, Any],
    subject: Subject,
) -> HoursAnswer:
    """Returns the answer to `when` as of `now` (aware).

    Args:
        when: What is asked.
        hours: Whose hours.
        now: The present moment.
        language: ISO 639-1 code.
        texts: The sentences, as in `prompts/<language>/hours.yaml`.
        subject: Who is said to be open.
    """
    phrases = HoursPhrases(
        hours, now, language=language, texts=texts, kind=subject.kind, name=subject.name
    )
    return _Teller(phrases).tell(when)


class _Teller:
    def __init__(self, phrases: HoursPhrases) -> None:
        self._p = phrases

    def tell(self, when: When) -> HoursAnswer:
        days = [self._p.hours.on(day) for day in when.days] or [self._p.hours.on(self._p.today)]
        first = days[0]
        if when.asked is Asked.NOW:
            return self._told(
                "open" if self._p.hours.is_open(self._p.now) else "closed",
                first,
                [self._about_now(first)],
            )
        if when.time.said and when.asked in (Asked.DAY, Asked.WEEKDAY):
            sentence = self._about_time(first, when.time)
        elif when.asked in (Asked.DAY, Asked.WEEKDAY):
            sentence = self._about_day(first, habit=when.asked is Asked.WEEKDAY)
        elif when.asked is Asked.DAYS:
            sentence = self._about_days(days)
        elif when.asked is Asked.MONTH:
            sentence = about_month(self._p, days)
        elif when.asked is Asked.HOLIDAYS:
            sentence = about_holidays(self._p)
        else:
            sentence = about_week(self._p, days)
        general = when.asked in (Asked.WEEK, Asked.MONTH, Asked.HOLIDAYS)
        holiday = not general and any(day.holiday for day in days)
        return self._told("holiday" if holiday else "hours", first, [sentence])

    def _told(
        self, outcome: Literal["open", "closed", "hours", "holiday"], day: Day, spoken: list[str]
    ) -> HoursAnswer:
        return HoursAnswer(
            outcome=outcome,
            day=day,
            open_now=self._p.hours.is_open(self._p.now),
            next_opening=self._p.next_after(day),
            holiday=self._p.holiday(day) if day.holiday else "",
            spoken=" ".join(spoken),
        )

    def _about_now(self, today: Day) -> str:
        if self._p.hours.is_open(self._p.now):
            closing = self._p.hours.closing(self._p.now)
            if closing is None:
                return self._p.say("now_open_always")
            until = self._p.speech.clock(minute_of(closing.time()), "until")
            if closing.date() > self._p.today and closing.time() != time():
                until = f"{until} {self._p.speech.near_day(closing.date(), self._p.today)}"
            return self._p.say("now_open", until=until)
        if self._p.hours.next_opening(self._p.now) is None:
            return self._p.say("never")
        return self._p.say(
            self._why_closed_now(today), **self._p.why(today), next=self._p.next_opening(today)
        )

    def _why_closed_now(self, today: Day) -> str:
        minute = minute_of(self._p.now.time())
        if any(i.end <= minute for i in today.intervals) and any(
            i.start > minute for i in today.intervals
        ):
            return "now_break"
        if today.intervals:
            return "now_closed"
        if self._p.why(today)["reason"]:
            return "now_closure"
        return "now_holiday" if today.holiday and today.usual else "now_closed"

    def _about_day(self, day: Day, *, habit: bool = False) -> str:
        usual_habit = habit and not day.exceptional and not day.holiday
        spoken_day = (
            self._p.speech.habit([day.date.weekday()])
            if usual_habit
            else self._p.speech.near_day(day.date, self._p.today)
        )
        values = {**self._p.why(day), "day": spoken_day, "date": self._p.date(day.date)}
        if day.intervals:
            key = "day_different" if day.exceptional else "day_open"
            key = "day_holiday_open" if day.holiday else key
            return self._p.say(key, **values, intervals=self._p.speech.intervals(day.intervals))
        if self._p.next_after(day) is None:
            return self._p.say("day_closed_past", **values)
        key = "day_holiday" if day.holiday else "day_closed"
        key = "day_closure" if values["reason"] else key
        return self._p.say(key, **values, next=self._p.next_opening(day))

    def _about_time(self, day: Day, said: TimeOfDay) -> str:
        spoken_day = self._p.speech.near_day(day.date, self._p.today)
        if said.minute is None:
            return self._about_part(day, said, spoken_day)
        minute = self._likely(day, said)
        asked = (minute - 1) % MINUTES_PER_DAY if said.until else minute
        is_open = any(asked in interval for interval in day.intervals)
        preposition = "until" if said.until else "at"
        return self._p.say(
            "time_open" if is_open else "time_closed",
            day=spoken_day,
            time=self._p.speech.clock(minute, preposition),
            rest=self._rest(day),
        )

    def _about_part(self, day: Day, said: TimeOfDay, spoken_day: str) -> str:
        span = said.span or Interval(0, MINUTES_PER_DAY)
        during = [i for i in day.intervals if i.start < span.end and i.end > span.start]
        words = self._p.speech.words
        part = (
            str(words["parts_today"][said.part])
            if day.date == self._p.today
            else self._p.text("day_and_part").format(day=spoken_day, part=words["parts"][said.part])
        )
        intervals = self._p.speech.intervals(during)
        key = "part_open" if during else "part_closed"
        return self._p.say(key, part=part, intervals=intervals, rest=self._rest(day))

    def _likely(self, day: Day, said: TimeOfDay) -> int:
        """Returns the minute meant: an hour without morning or evening is when it is open."""
        minute = said.minute or 0
        if said.certain:
            return minute
        if day.date == self._p.today and minute < minute_of(self._p.now.time()):
            return minute + _HALF_DAY
        later = minute + _HALF_DAY
        opens = any(minute in interval for interval in day.intervals)
        return later if not opens and any(later in i for i in day.intervals) else minute

    def _rest(self, day: Day) -> str:
        if day.intervals:
            return self._p.say("time_rest_open", intervals=self._p.speech.intervals(day.intervals))
        if self._p.next_after(day) is None:
            return ""
        return self._p.say("time_rest_closed", next=self._p.next_opening(day))

    def _about_days(self, days: Sequence[Day]) -> str:
        groups: dict[tuple[Interval, ...], list[str]] = {}
        for day in days:
            spoken = self._p.speech.near_day(day.date, self._p.today)
            groups.setdefault(day.intervals, []).append(spoken)
        clauses = [
            self._p.text("days_open" if intervals else "days_closed").format(
                **self._p.fill,
                days=self._p.speech.joined(spoken),
                intervals=self._p.speech.intervals(intervals),
            )
            for intervals, spoken in groups.items()
        ]
        return self._p.say("days", groups=self._p.text("days_join").join(clauses))
