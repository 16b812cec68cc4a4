"""A day or a time that was typed on a keypad, in the words it is spoken with."""

import re
from datetime import date

from knowledge.spoken import speech

_DAY_AND_TIME = 8
_ROUND_MIN = 5
"""Nobody asks for a time such as 11:24: where it may be a day, that was meant."""
_AFTERNOON = 13 * 60


def typed_moment(words: str, language: str) -> str:
    """Returns `words` as they would be said when they are nothing but digits, else unchanged.

    `9` and `14` are hours, `930` and `1430` times, `2411` a day and a month, `241126` and
    `24112026` with their year; `24111430` is a day and a time, and of `24112511` the later day
    counts. Month and day may change places where only that is a date.
    """
    digits = "".join(words.split())
    if not re.fullmatch(r"[0-9]{1,8}", digits):
        return words
    return _said(digits, language) or words


def _said(digits: str, language: str) -> str:
    time, day = _time(digits), _day(digits)
    if day and (time is None or time % _ROUND_MIN):
        return day
    if time is not None:
        return speech(language).clock(time, "at", daypart=time >= _AFTERNOON)
    if len(digits) == _DAY_AND_TIME:
        day, time = _day(digits[:4]), _time(digits[4:])
        if day and time is not None:
            return f"{day} {speech(language).clock(time, 'at', daypart=time >= _AFTERNOON)}"
        return day and _said(digits[4:], language)
    return ""


def _time(digits: str) -> int | None:
    """Returns the minute of the day that up to four digits are."""
    if len(digits) > 4:
        return None
    hour, minute = (int(digits), 0) if len(digits) < 3 else (int(digits[:-2]), int(digits[-2:]))
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def _day(digits: str) -> str:
    """Returns the date that four, six or eight digits are; "" where there is no such day."""
    if len(digits) not in (4, 6, 8):
        return ""
    first, second, year = int(digits[:2]), int(digits[2:4]), digits[4:]
    day, month = (first, second) if second <= 12 else (second, first)
    full = f"20{year[-2:]}" if year else ""
    if len(year) == 4 and not year.startswith("20"):
        return ""
    try:
        date(int(full or 2028), month, day)  # a leap year, where none was typed
    except ValueError:
        return ""
    return f"{day}/{month}" + (f"/{full}" if full else "")
