"""Which of many free times a caller is told, and how they are said."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from knowledge.hours import minute_of
from knowledge.open_windows import asked, asks_for_soonest, named_moment
from knowledge.opening import OpeningHours
from knowledge.spoken import speech
from knowledge.when import When
from receptionist.appointments.diary import Slot

OFFERED = 3
"""More than three times nobody keeps in mind."""
_SECOND_HALF_H = 13


class Wish:
    """What a caller asked for, laid on the clock of one place.

    Args:
        when: The caller's words, understood.
        hours: Of the calendar; they tell which "eight" is meant.
    """

    def __init__(self, when: When, hours: OpeningHours) -> None:
        self._soonest = asks_for_soonest(when)
        self._moment = named_moment(when, hours)
        self._spans = asked(when, hours)
        self._zone = hours.time_zone

    def fitting(self, slots: Sequence[Slot]) -> list[Slot]:
        """Returns a few of the slots that fit, in order; the very moment alone if one was named."""
        if self._moment is not None:
            return [slot for slot in slots if slot.start == self._moment]
        if self._soonest:
            return self._spread(slots)
        return self._spread([slot for slot in slots if self._away(slot) == timedelta()])

    def nearest(self, slots: Sequence[Slot]) -> list[Slot]:
        """Returns a few of the slots that come nearest, in order."""
        halves = [list(half) for _, half in groupby(slots, self._half)]
        best = sorted((min(half, key=self._away) for half in halves), key=self._away)
        return sorted(best[:OFFERED], key=lambda slot: slot.start)

    def _away(self, slot: Slot) -> timedelta:
        if self._moment is not None:
            return abs(slot.start - self._moment)
        if self._soonest:
            return slot.start - self._spans[0].start
        return min(
            max(span.start - slot.start, slot.start - span.end + timedelta(minutes=1), timedelta())
            for span in self._spans
        )

    def _spread(self, slots: Sequence[Slot]) -> list[Slot]:
        """Returns slots that differ: the first of each half of a day, else from end to end."""
        if len(slots) <= OFFERED:
            return list(slots)
        firsts = [next(half) for _, half in groupby(slots, self._half)]
        if len(firsts) >= OFFERED:
            return firsts[:OFFERED]
        return [slots[0], slots[len(slots) // 2], slots[-1]]

    def _half(self, slot: Slot) -> tuple[date, bool]:
        local = slot.start.astimezone(self._zone)
        return local.date(), local.hour >= _SECOND_HALF_H


def spoken(slots: Sequence[Slot], now: datetime, hours: OpeningHours, language: str) -> str:
    """Returns `tomorrow at nine and at two, and on Friday at ten`."""
    voice = speech(language)
    today = now.astimezone(hours.time_zone).date()
    starts = [slot.start.astimezone(hours.time_zone) for slot in slots]
    days: list[str] = []
    for day, same_day in groupby(starts, lambda start: start.date()):
        times = [voice.clock(minute_of(start.time()), "at") for start in same_day]
        days.append(f"{voice.near_day(day, today)} {voice.joined(times)}")
    return voice.grouped(days) if len(slots) > len(days) else voice.joined(days)
