"""Brings what people say, type and disguise to the words they mean.

Patterns and texts go through the same steps, so that a pattern is written as people write. Every
step is linear in the text, and to normalise a second time changes nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from guardrails.text.characters import fold_characters

_WORD = re.compile(r"[^\W_]+")
_FRAGMENT = re.compile(r"\b([^\W\d_]{1,3})(?:-|\.\.\.?|…)[ ]?(?=\1[^\W\d_])")
"""Half a word before the whole one: "he-help", "w... want"."""

_THRICE = re.compile(r"([^\W\d_])\1\1+")
_DIGIT_INSIDE = re.compile(r"(?<=[a-z])[0134578]+(?=[a-z])")
_SIGN_INSIDE = re.compile(r"(?<=[a-z])[@$]+(?=[a-z])(?!\w*\.\w)")
"""Not in e-mail addresses."""

_POSTCODE = re.compile(r"(?:ec|sw|se|wc|nw|w|n|e)\d[a-z](?:\d[a-z]{2})?")
"""Of London, where a digit stands between letters."""

_LEET = str.maketrans("0134578@$", "oieastbas")
_STAY_DOUBLE = frozenset("lfs")
"""Letters English doubles at the end of a word: kill, off, miss."""

_ELIDED = frozenset("aeiouycdjlmnstz")
"""Letters that stand alone in speech of our languages: "j' n' y a t il", "it s", "e a o"."""

_SPELLED = 4
_LONGEST_ECHO = 3

_FILLERS: Mapping[str, frozenset[str]] = {
    "": frozenset({"hm", "mm", "mh", "ehm", "uhm", "uh", "erm", "euh", "eh"}),
    "en": frozenset({"hm", "mm", "ehm", "uhm", "uh", "um", "erm", "eh", "ah"}),
    "it": frozenset({"hm", "mm", "mh", "ehm", "uhm", "uh", "eh", "ah", "mah"}),
    "es": frozenset({"hm", "mm", "ehm", "em", "eh", "uh", "ah"}),
    "fr": frozenset({"hm", "mm", "hum", "euh", "heu", "eh", "ah", "beh"}),
    "de": frozenset({"hm", "mm", "mh", "ehm", "ahm", "ah", "eh", "oh", "ohm", "uh"}),
    "pt": frozenset({"hm", "mm", "hum", "ehm", "eh", "ah", "ahn", "uh"}),
}
"""Sounds of hesitation as they look without accents. No word of the language is among them: "um"
is one in German and Portuguese, and the "ER" is where the injured are brought."""

_DIGIT_WORDS = frozenset(
    {
        *(
            "zero",
            "oh",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "double",
        ),
        *("uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"),
        *("cero", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
        *("deux", "trois", "quatre", "cinq", "sept", "huit", "neuf"),
        *("null", "eins", "zwei", "zwo", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun"),
        *("dois", "quatro", "sete", "oito"),
    }
)
"""A digit that is said twice was meant twice: nine nine nine."""


def words(text: str, language: str = "") -> list[str]:
    """Returns the words of `text` as patterns see them.

    Args:
        text: As written, or as a recogniser wrote it.
        language: ISO 639-1; whose sounds of hesitation are left out.
    """
    folded = _FRAGMENT.sub("", fold_characters(text))
    if "$" in folded or "@" in folded:
        folded = _SIGN_INSIDE.sub(_letters, folded)
    found = _WORD.findall(folded)
    if _THRICE.search(folded) or _DIGIT_INSIDE.search(folded):
        found = [_plain(word) for word in found]
    fillers = _FILLERS.get(language, _FILLERS[""])
    heard = [word for word in found if word not in fillers]
    if sum(len(word) == 1 for word in heard) >= _SPELLED:
        heard = [word for word in _joined(heard) if word not in fillers]
    return heard if len(set(heard)) == len(heard) else _without_echoes(heard)


def _letters(match: re.Match[str]) -> str:
    return match.group().translate(_LEET)


def _plain(word: str) -> str:
    """Returns `word` without digits for letters and with letters drawn out made short."""
    if not word.isalpha() and not _POSTCODE.fullmatch(word):
        letters = sum(map(str.isalpha, word))
        if letters > 2 and len(word) < 2 * letters:
            word = _DIGIT_INSIDE.sub(_letters, word)
    return _THRICE.sub(_shortened, word)


def _shortened(drawn: re.Match[str]) -> str:
    letter = drawn.group(1)
    whole_word = drawn.end() - drawn.start() == len(drawn.string)
    at_end = drawn.end() == len(drawn.string)
    return letter * 2 if whole_word or (at_end and letter in _STAY_DOUBLE) else letter


def _joined(found: Iterable[str]) -> Iterator[str]:
    """Yields `found` with words that were spelled letter by letter made whole."""
    run: list[str] = []
    for word in found:
        if len(word) == 1 and word.isalpha():
            run.append(word)
            continue
        yield from _word_or_letters(run)
        run = []
        yield word
    yield from _word_or_letters(run)


def _word_or_letters(run: list[str]) -> list[str]:
    spelled = len(run) > _SPELLED or (len(run) == _SPELLED and not _ELIDED.issuperset(run))
    return [_plain(fold_characters("".join(run)))] if spelled else run


def _without_echoes(found: Iterable[str]) -> list[str]:
    """Returns `found` without words, or groups of up to three, said twice in a row."""
    kept: list[str] = []
    for word in found:
        kept.append(word)
        for size in range(1, _LONGEST_ECHO + 1):
            if len(kept) < 2 * size:
                break
            echo = kept[-size:]
            if word == kept[~size] and echo == kept[-2 * size : -size] and not _counts(echo):
                del kept[-size:]
                break
    return kept


def _counts(echo: Iterable[str]) -> bool:
    return any(word in _DIGIT_WORDS or word.isdigit() for word in echo)
