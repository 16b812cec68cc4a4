"""When something is to be: the caller's own words for a day and a time."""

import re
from dataclasses import dataclass

from providers.llm.concierge.capture.texts import Moments
from providers.llm.concierge.grammar import Grammar

_TYPED = re.compile(r"\d(?: ?\d){0,7}")
"""What was typed on a keypad: digits one by one, as many as a day and a time have."""
_YEAR = re.compile(r" (?:(?:de|del|di|von) )?20\d\d(?!\S)")
"""What may follow a day of a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Words that tell a day, a time or both; empty where nothing is said."""

    day: str = ""
    time: str = ""

    def __bool__(self) -> bool:
        return bool(self.day or self.time)

    def __str__(self) -> str:
        return f"{self.day} {self.time}".strip()


class MomentReader:
    """Finds days and times in one language."""

    def __init__(self, texts: Moments, grammar: Grammar) -> None:
        self._days = _compiled(texts.days, grammar)
        self._times = _compiled(texts.times, grammar)

    def find(self, words: str) -> Moment:
        """Returns the first day and the first time in tidy `words`, longest wording first."""
        day = _longest(self._days, words)
        year = _YEAR.match(words, day.end()) if day else None
        end = year.end() if year else day.end() if day else 0
        rest = f"{words[: day.start()]} | {words[end:]}" if day else words
        time = _longest(self._times, rest)
        named = words[day.start() : end].strip() if day else ""
        return Moment(day=named, time=time[0].strip() if time else "")

    def only(self, words: str) -> bool:
        """Tells whether `words` are little more than a day and a time."""
        found = str(self.find(words))
        return bool(found) and len(words.split()) <= len(found.split()) + 2

    def changed(self, before: str, words: str) -> str:
        """Returns `before` with the day or the time that `words` put in its place, else ""."""
        old, new = self.find(before), self.find(words)
        if not new:
            return ""
        return str(Moment(day=new.day or old.day, time=new.time or old.time))


def typed(words: str) -> str:
    """Returns the digits of a day or a time that was typed; "" when `words` are something else.

    What they mean is for the tool to say that knows which day it is.
    """
    return words.replace(" ", "") if _TYPED.fullmatch(words) else ""


def _compiled(sources: tuple[str, ...], grammar: Grammar) -> tuple[re.Pattern[str], ...]:
    return tuple(grammar.pattern(rf"(?<!\S)(?:{source})(?!\S)") for source in sources)


def _longest(patterns: tuple[re.Pattern[str], ...], words: str) -> re.Match[str] | None:
    found = [match for pattern in patterns if (match := pattern.search(words))]
    return max(found, key=lambda match: match.end() - match.start(), default=None)
