"""The phrases answers about opening hours are made of."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from knowledge.hours import minute_of
from knowledge.opening import Day, OpeningHours
from knowledge.spoken import speech
from knowledge.wording import worded


class HoursPhrases:
    """Fills in the sentences of one language about one destination.

    Args:
        hours: Whose hours.
        now: The present moment (aware).
        language: ISO 639-1 code.
        texts: The sentences, as in `prompts/<language>/hours.yaml`.
        kind: Who is said to be open: `company`, `department` or `person`.
        name: Name of the department or person.
    """

    def __init__(
        self,
        hours: OpeningHours,
        now: datetime,
        *,
        language: str,
        texts: Mapping[str, Any],
        kind: str,
        name: str,
    ) -> None:
        self.hours = hours
        self.speech = speech(language)
        self.now = now.astimezone(hours.time_zone)
        self.today = self.now.date()
        self._language = language
        self._texts = texts
        fragments: Mapping[str, str] = texts[kind]
        self.fill = {key: _naming(name, text) for key, text in fragments.items()}

    def why(self, day: Day) -> dict[str, str]:
        """Returns why `day` is special: `reason` of its closure, `holiday`."""
        reason = worded(day.closure.reason, self._language) if day.closure else ""
        return {"reason": reason, "holiday": self.holiday(day)}

    def holiday(self, day: Day) -> str:
        """Returns what the holiday is called, or that it is a public holiday."""
        name = self.hours.holidays.name(day.date, self._language)
        return name or self.text("public_holiday")

    def date(self, day: date) -> str:
        """Returns `today`, `tomorrow` or the whole date."""
        if 0 <= (day - self.today).days <= 1:
            return self.speech.near_day(day, self.today)
        return self.speech.full_date(day)

    def next_after(self, day: Day) -> datetime | None:
        """Returns when it opens next, from now and from the beginning of `day`."""
        midnight = datetime.combine(day.date, time(), self.hours.time_zone)
        return self.hours.next_opening(max(self.now, midnight))

    def next_opening(self, day: Day) -> str:
        """Returns the same in words: `tomorrow at nine`."""
        opening = self.next_after(day)
        if opening is None:
            return ""
        at = self.speech.clock(minute_of(opening.time()), "at")
        if opening.date() == self.today:
            return at
        return f"{self.speech.near_day(opening.date(), self.today)} {at}"

    def text(self, key: str) -> str:
        """Returns a sentence as it is written."""
        return str(self._texts[key])

    def say(self, key: str, **values: str) -> str:
        """Returns a sentence with its blanks filled in, ready to be spoken."""
        return _sentences(self.text(key).format(**self.fill, **values).split(". "))


def _sentences(parts: Iterable[str]) -> str:
    return ". ".join(part[:1].upper() + part[1:] for part in (p.strip() for p in parts))


def _naming(name: str, text: str) -> str:
    """Returns `text` with `name` put in; what both call it, "le service", is said once."""
    before = text.partition("{name}")[0].split()
    kind, _, rest = name.partition(" ")
    return text.format(name=rest if rest and before[-1:] == [kind] else name)
