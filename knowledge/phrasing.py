"""Takes a caller's sentence down to what was asked."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from knowledge.language_data import read

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_STEM_LETTERS = 5


def plain(text: str) -> str:
    """Returns `text` in lower case, without punctuation, its words one blank apart."""
    return " ".join(_WORD.findall(text.lower().replace("’", "'")))


def without_accents(text: str) -> str:
    """Returns `text` with accented letters made plain: `perché` is `perche`."""
    return "".join(
        letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter)
    )


def point_of(text: str, language: str) -> str:
    """Returns what `text` asks, without greeting, courtesy and hesitation.

    "uh hi yeah I was wondering is there parking please" is "is there parking". A sentence that is
    nothing but courtesy is returned whole.
    """
    openers, fillers = _patterns(language)
    whole = plain(text)
    rest = plain(fillers.sub(" ", whole))
    while True:
        shorter = openers.sub("", rest, count=1)
        if shorter == rest or not shorter:
            return rest or whole
        rest = shorter


def stems(text: str) -> list[str]:
    """Returns the beginnings of the words of `text`: enough to tell roots, not endings, apart."""
    words = re.findall(r"[^\W_]+", without_accents(text.lower()))
    return [word[:_STEM_LETTERS] for word in words if len(word) > 1]


@cache
def _patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    data = read(language, "phrasing")
    openers = _either([plain(opener) for opener in data.get("openers", [])])
    fillers = _either([plain(filler) for filler in data.get("fillers", [])])
    return re.compile(rf"^(?:{openers})\s+"), re.compile(rf"(?<![\w'])(?:{fillers})(?![\w'])")


def _either(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)"
