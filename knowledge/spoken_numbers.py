"""Turns spoken numbers into digits: `the twenty-fourth` is `the 24th`."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from knowledge.language_data import read
from knowledge.phrasing import without_accents

_BETWEEN_DIGITS = re.compile(r"(?<=\d)([:./])(?=\d)")
_KEPT = {":": "\x01", ".": "\x02", "/": "\x03"}
_TENS = 10
_WORDS_MAX = 3
"""Numbers of several words, such as "trinta e um", have at most so many."""


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
        found, count = _longest(words, index, values)
        index += count
        if found is None:
            result.append(words[index - 1])
            continue
        number, ordinal = found
        unit = values.get(words[index]) if index < len(words) else None
        if unit and not ordinal and number in (20, 30, 40, 50) and 0 < unit[0] < _TENS:
            number, ordinal = number + unit[0], unit[1]
            index += 1
        result.append(f"{number}th" if ordinal else str(number))
    return result


def _longest(
    words: Sequence[str], index: int, values: Mapping[str, tuple[int, bool]]
) -> tuple[tuple[int, bool] | None, int]:
    """Returns the number that most words from `index` on make, and how many they are."""
    for count in range(min(_WORDS_MAX, len(words) - index), 0, -1):
        found = values.get(" ".join(words[index : index + count]))
        if found:
            return found, count
    return None, 1


@cache
def _values(language: str) -> dict[str, tuple[int, bool]]:
    calendar = read(language, "calendar")
    ordinals: Sequence[str] = calendar.get("ordinals", [])
    numbers: Sequence[str] = calendar.get("numbers", [])
    hours: Mapping[str, str] = calendar.get("spoken", {}).get("hours", {})
    heard: Mapping[str, Any] = calendar.get("heard", {})
    others: Mapping[str, str] = heard.get("numbers", {})
    endings: Sequence[str] = ("", *heard.get("ordinal_endings", []))
    values = {
        _key(word + ending): (value + 1, True)
        for value, word in enumerate(ordinals)
        for ending in endings
    }
    values |= {_key(word): (value, False) for value, word in enumerate(numbers)}
    values |= {_key(word): (int(hour), False) for hour, word in hours.items()}
    return values | {_key(word): (int(value), False) for word, value in others.items()}


def _key(word: str) -> str:
    return without_accents(word).replace("-", " ")
