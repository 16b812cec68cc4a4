"""Corrupts words the way a recogniser on a bad line does."""

from collections.abc import Callable, Mapping
from random import Random

_SOUNDS: Mapping[str, str] = {
    **{"b": "p", "p": "b", "d": "t", "t": "d", "g": "k", "k": "g", "c": "k", "f": "v", "v": "f"},
    **{"s": "z", "z": "s", "m": "n", "n": "m", "a": "e", "e": "i", "i": "e", "o": "u", "u": "o"},
}
"""Letters by what they are taken for."""


def corrupted(text: str, share: float, random: Random) -> str:
    """Returns `text` with about `share` of its words misheard, dropped or run together."""
    kept: list[str] = []
    run_on = False
    for word in text.split():
        if random.random() >= share:
            heard = word
            runs = False
        else:
            heard = random.choice(_WAYS)(word, random)
            runs = heard == word
        if run_on and kept:
            kept[-1] += heard
        elif heard:
            kept.append(heard)
        run_on = runs
    return " ".join(kept) or text


def _dropped(word: str, random: Random) -> str:
    del word, random
    return ""


def _run_together(word: str, random: Random) -> str:
    del random
    return word


def _misheard(word: str, random: Random) -> str:
    place = random.randrange(len(word))
    letter = word[place].lower()
    return word[:place] + _SOUNDS.get(letter, "") + word[place + 1 :]


def _cut(word: str, random: Random) -> str:
    return word[: random.randrange(1, len(word) + 1)]


def _swapped(word: str, random: Random) -> str:
    place = random.randrange(len(word))
    return word[:place] + word[place + 1 : place + 2] + word[place : place + 1] + word[place + 2 :]


_WAYS: tuple[Callable[[str, Random], str], ...] = (
    _dropped,
    _run_together,
    _misheard,
    _misheard,
    _cut,
    _swapped,
)
