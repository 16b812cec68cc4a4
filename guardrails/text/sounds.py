"""How words sound, roughly: what a recogniser may write for each other is the same."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

_KEPT = 1 << 13

_Steps = Sequence[tuple[re.Pattern[str], str]]


def _steps(*written: tuple[str, str]) -> _Steps:
    return tuple((re.compile(pattern), heard) for pattern, heard in written)


_NASAL = "(?![aeiouynm])"

_OWN: Mapping[str, _Steps] = {
    # Endings of verbs and the last letters of words are not heard: passez, passer, passé.
    "fr": _steps(
        ("(?<=..[^aeiou])(?:er|ez|ees?|es|ent|ai[st]?|aient|e)$", "e"),
        ("(?<=[aeiou])(?:ent|es)$", ""),
        ("(?<=..)[tsdxpz]+$", ""),
        ("eaux?|aux?", "o"),
        (f"(?:ain|ein|aim|in|im|yn|un|um){_NASAL}", "1"),
        (f"(?:an|am|en|em){_NASAL}", "2"),
        (f"(?:on|om){_NASAL}", "3"),
        ("oe?i|oe(?=[lst])", "wa"),
        ("ai|ei", "e"),
        ("ou", "w"),
        ("gn", "n"),
        ("ill", "i"),
        ("ge(?=[ao])|g(?=[eiy])", "j"),
        ("tion", "s3"),
    ),
    # A consonant that ends a word is hard, an "er" there is hardly more than an "e".
    "de": _steps(
        ("dt|th|tt", "t"),
        ("(?<=..)er$", "e"),
        ("d$", "t"),
        ("b$", "p"),
        ("g$", "k"),
        ("chs", "ks"),
        ("ieh?|ih", "i"),
        ("eu", "au"),
        ("ei|ey|ay", "ai"),
    ),
    "es": _steps(
        ("ll", "y"), ("b", "v"), ("g(?=[ei])", "h"), ("gu(?=[ei])", "g"), ("j", "h"), ("n$", "")
    ),
    "pt": _steps(
        ("lh", "l"), ("nh", "n"), ("x|ch", "s"), ("ou", "o"), ("o(?=s?$)", "u"), ("m$", "n")
    ),
    "it": _steps(("gli", "li"), ("gn", "n"), ("gh", "g"), ("ch", "k"), ("sci", "ji")),
    "en": _steps(
        ("^kn", "n"),
        ("^wh(?=o)", "h"),
        ("^wr", "r"),
        ("^wh", "w"),
        ("igh", "y"),
        ("ea|ee|ie", "i"),
        ("ough", "o"),
        ("eing$", "ing"),
    ),
}
"""Letters of one language as they sound in it."""

_SHARED = _steps(
    ("ph", "f"),
    ("s?ch|sh", "j"),
    ("c(?=[eiy])|[zx]", "s"),
    ("ck|qu?|c", "k"),
    ("h", ""),
    ("[yj]", "i"),
    ("[wv]", "f"),
    ("(?<=.)e$", ""),
    (r"(.)\1+", r"\1"),
)


@lru_cache(_KEPT)
def sound(word: str, language: str) -> str:
    """Returns how `word`, normalised, sounds in `language`."""
    return _heard(_heard(word, _OWN.get(language, ())), _SHARED)


def sounds(word: str, language: str) -> frozenset[str]:
    """Returns how `word`, which may be of another language, sounds there and here."""
    return frozenset((sound(word, ""), sound(word, language)))


def _heard(word: str, steps: _Steps) -> str:
    for written, heard in steps:
        word = written.sub(heard, word)
    return word
