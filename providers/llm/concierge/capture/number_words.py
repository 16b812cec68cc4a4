"""Every number below a thousand as it is said, by language."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache

from num2words import num2words

_BELOW = 1000
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_VARIANTS = {"fr": ("fr", "fr_BE", "fr_CH"), "pt": ("pt", "pt_BR")}
"""Neighbours of a language that count differently; their words do not contradict each other."""


@cache
def number_words(language: str) -> Mapping[tuple[str, ...], str]:
    """Returns the words of a number, without accents, to its digits."""
    table: dict[tuple[str, ...], str] = {}
    for value in range(_BELOW):
        for said in _said(value, language):
            table.setdefault(tuple(_WORD.findall(said)), str(value))
    return table


def _said(value: int, language: str) -> Iterator[str]:
    for variant in _VARIANTS.get(language, (language,)):
        try:
            said = str(num2words(value, lang=variant)).lower()
        except NotImplementedError:
            return
        yield unaccented(said)


def unaccented(text: str) -> str:
    """Returns `text` as recognisers without accents write it."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("ß", "ss")
