"""Turns spoken numbers into digits: `the twenty-fourth` is `the 24th`."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from knowledge.language_data import read
from knowledge.phrasing import without_accents

_BETWEEN_DIGITS = re.compile(r"(?<=\d)([:./])(?=\d)")
_KEPT = {":": "\x01", ".": "\x02", "/": "\x03"}
_TENS = 10


def with_digits(text: str, language: str) -> str:
    """Returns `text` in lower case without accents and punctuation, its numbers in digits.

    Points, colons and slashes between digits stay. Ordinals that are not cardinals too get the
    ending `th`, whatever the language: `primo maggio` is `1th maggio`.
    """
    flat = without_accents(text.lower()).replace("o'clock", "oclock").replace("o’clock", "oclock")
    kept = _BETWEEN_DIGITS.sub(
        lambda match: {":": "\x01", ".": "\x02", "/": "\x03"}[match[1]], flat
    )
    kept = re.sub(r"(?<=\d)(?:°|º)", "th", kept)
    kept = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", kept)
    kept = re.sub(r"[^\w\x01\x02\x03]+|_", " ", kept)
    for mark, stand_in in _KEPT.items():
        kept = kept.replace(stand_in, mark)
    return " ".join(_converted(kept.split(), _values(language)))


def _converted(words: Sequence[str], values: Mapping[str, tuple[int, bool]]) -> list[str]:
    result: list[str] = []
    index = 0
    while index < len(words):
        value = values.get(words[index])
        if value is None:
            result.append(words[index])
            index += 1
            continue
        number, ordinal = value
        index += 1
        unit = values.get(words[index]) if index < len(words) else None
        if unit and not ordinal and number in (20, 30, 40, 50) and 0 < unit[0] < _TENS:
            number, ordinal = number + unit[0], unit[1]
            index += 1
        result.append(f"{number}th" if ordinal else str(number))
    return result


@cache
def _values(language: str) -> dict[str, tuple[int, bool]]:
    calendar = read(language, "calendar")
    ordinals: Sequence[str] = calendar.get("ordinals", [])
    numbers: Sequence[str] = calendar.get("numbers", [])
    values = {without_accents(word): (value + 1, True) for value, word in enumerate(ordinals)}
    values |= {without_accents(word): (value, False) for value, word in enumerate(numbers)}
    one = calendar.get("spoken", {}).get("one")
    if one:
        values[one] = (1, False)
    return values
