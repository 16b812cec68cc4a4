"""Understands times counted from now: "in two hours", "tra venti minuti"."""

from datetime import datetime

import dateparser

from knowledge.spoken_numbers import with_digits
from knowledge.when import Asked, When


def counts_from_now(text: str, language: str, when: When) -> bool:
    """Tells whether `text`, understood as `when`, may count from now.

    "In two hours" sounds like a question about opening hours, which has no number in it.
    """
    if when.time.said or not text.strip():
        return False
    numbered = any(map(str.isdecimal, with_digits(text, language)))
    return when.asked is Asked.NOW or (when.asked is Asked.WEEK and numbered)


def from_now(text: str, language: str, now: datetime) -> datetime | None:
    """Returns the moment `text` counts from `now`; None when it says something else.

    Args:
        text: The caller's words, and nothing but the time.
        language: ISO 639-1 code.
        now: Aware.
    """
    found = dateparser.parse(
        with_digits(text, language),
        languages=[language],
        settings={
            "RELATIVE_BASE": now.replace(tzinfo=None),
            "PARSERS": ["relative-time"],
            "PREFER_DATES_FROM": "future",
        },
    )
    if found is None or found <= now.replace(tzinfo=None):
        return None
    return found.replace(tzinfo=now.tzinfo)
