"""Digits as callers say them, in all six languages at once.

Callers mix languages, and a run of five number words of any language is a number in every one.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from num2words import num2words

LANGUAGES = ("en", "it", "es", "fr", "de", "pt")
_MORE: Mapping[str, str] = {
    # zero, and letters said for it
    "oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0",
    # forms besides the one of the dictionary
    "zwo": "2", "eine": "1", "ein": "1", "una": "1", "un": "1", "une": "1", "uma": "1", "duas": "2",
    "meia": "6", "catorze": "14", "quatorze": "14", "dezasseis": "16", "dezassete": "17",
    "dezanove": "19", "dezesseis": "16", "dezessete": "17", "dezenove": "19",
    "septante": "70", "huitante": "80", "octante": "80", "nonante": "90",
    "quatre vingts": "80", "veinti uno": "21", "dreissig": "30",
}  # fmt: skip
_TIMES: Mapping[str, int] = {
    "double": 2, "triple": 3, "treble": 3, "doppio": 2, "doppia": 2, "doble": 2,
    "doppel": 2, "doppelte": 2, "dreifach": 3, "duplo": 2, "tripla": 3, "triplo": 3, "zweimal": 2,
    "dreimal": 3, "quadruple": 4,
}  # fmt: skip
_FILLERS = frozenset(
    [
        "no",
        "non",
        "nein",
        "nao",
        "uh",
        "um",
        "eh",
        "ehm",
        "em",
        "euh",
        "ah",
        "hm",
        "er",
        "then",
        "poi",
        "luego",
        "puis",
        "dann",
        "depois",
        "sorry",
        "scusi",
        "perdon",
        "pardon",
        "desculpe",
        "wait",
        "again",
        "dash",
        "space",
        "plus",
        "piu",
        "mas",
        "trattino",
        "espace",
        "tiret",
        "strich",
        "minus",
        "hyphen",
        "guion",
        "traco",
        "barra",
        "slash",
        "spazio",
        "punto",
        "point",
        "dot",
        "punkt",
        "ponto",
        "e",
        "y",
        "et",
        "und",
        "and",
    ]
)
"""Folded words inside a number that are no part of it."""


def folded(word: str) -> str:
    """Returns `word` in small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", word.lower().replace("ß", "ss"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@dataclass(slots=True)
class _Node:
    digits: str = ""
    next: "dict[str, _Node]" = field(default_factory=dict)


@cache
def _words() -> _Node:
    """Returns the number words from 0 to 99 as a tree of words."""
    root = _Node()
    for language in LANGUAGES:
        for number in range(100):
            _plant(root, num2words(number, lang=language), str(number))
    for words, digits in _MORE.items():
        _plant(root, words, digits)
    return root


def _plant(root: _Node, words: str, digits: str) -> None:
    node = root
    for word in folded(words).replace("-", " ").split():
        node = node.next.setdefault(word, _Node())
    node.digits = node.digits or digits


def is_filler(word: str) -> bool:
    """Returns whether `word`, folded, may stand inside a number without being part of it."""
    return word in _FILLERS


def times(word: str) -> int:
    """Returns how often the next digit is meant by `word`, such as 2 for "double"; 0 for others."""
    return _TIMES.get(word, 0)


def number_at(words: Sequence[str], start: int) -> tuple[str, int]:
    """Returns the digits said from `start` on, and where they end; ("", start) when there are none.

    Args:
        words: Folded words.
        start: Index of the first.
    """
    node, found, end = _words(), "", start
    for index in range(start, len(words)):
        follower = node.next.get(words[index])
        if follower is None:
            break
        node = follower
        if node.digits:
            found, end = node.digits, index + 1
    return found, end
