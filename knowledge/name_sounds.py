"""How much two names sound alike, as a recogniser mishears them."""

import re
from functools import lru_cache

import jellyfish
from rapidfuzz import fuzz

from knowledge.phrasing import without_accents

ALIKE = 0.8
"""Least likeness at which a heard word may be a name: `rosie` is 0.89 like `rossi`."""

_SAME_FOLD = 0.97
_SAME_SOUND = 0.9
_OTHER_BEGINNING = 0.12
_SHORT = 3

# One spelling for what Italian, English and their recognisers write in several ways. In order.
_FOLDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"sch", "sk"),
        (r"ch", "k"),
        (r"ck", "k"),
        (r"ph", "f"),
        (r"gh(?=[aeiou])", "g"),
        (r"gh", ""),
        (r"gli", "li"),
        (r"gn", "n"),
        (r"sh", "s"),
        (r"sc(?=[ei])", "s"),
        (r"q[uv]", "ku"),
        (r"kv", "ku"),
        (r"q", "k"),
        (r"c(?=[eiy])", "z"),
        (r"c", "k"),
        (r"x", "ks"),
        (r"h", ""),
        (r"y", "i"),
        (r"j", "g"),
        (r"w", "v"),
        (r"ts|tz|dz", "z"),
        (r"ee|ea", "i"),
        (r"oo|ou", "u"),
        (r"ie$", "i"),
        (r"([a-z])\1+", r"\1"),
    )
)


@lru_cache(maxsize=65536)
def fold(name: str) -> str:
    """Returns a spelling shared by names that are easily taken for each other."""
    folded = without_accents(name.lower())
    for pattern, replacement in _FOLDS:
        folded = pattern.sub(replacement, folded)
    return folded


@lru_cache(maxsize=65536)
def sound(name: str) -> str:
    """Returns the metaphone key of `name`."""
    return jellyfish.metaphone(without_accents(name.lower()))


def likeness(heard: str, name: str) -> float:
    """Returns how alike two words sound, 0..1; 1 only for the same word."""
    if heard == name:
        return 1.0
    folded_heard, folded_name = fold(heard), fold(name)
    if folded_heard == folded_name:
        return _SAME_FOLD
    if min(len(heard), len(name)) <= _SHORT:
        return 0.0
    close = max(fuzz.ratio(heard, name), fuzz.ratio(folded_heard, folded_name)) / 100
    if sound(heard) == sound(name) and close >= 0.6:
        close = max(close, _SAME_SOUND)
    if folded_heard[:1] != folded_name[:1] and sound(heard)[:1] != sound(name)[:1]:
        close -= _OTHER_BEGINNING
    return min(close, _SAME_FOLD)
