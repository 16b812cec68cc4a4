"""Letters callers spell: "R-O-S-S-I", "erre o doppia esse i", "R as in Rome"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from string import ascii_lowercase

from knowledge.language_data import read
from knowledge.phrasing import plain, without_accents

_FEWEST_LETTERS = 3
_LONGEST_NAME = 3
_SEEM_LETTERS = 2
"""So many single letters, or "as in", make names of letters a spelling: not "are you why"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Words of a phrase after spelled letters were put together.

    Attributes:
        words: The words.
        spelled: Positions of those that were spelled.
    """

    words: tuple[str, ...]
    spelled: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spelling:
    letters: Mapping[tuple[str, ...], str]
    as_in: frozenset[tuple[str, ...]]
    double: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """Letters said at a place: how many words they took, how many of them leave no doubt."""

    letters: str
    took: int
    certain: int


def unspelled(words: Sequence[str], language: str) -> Written:
    """Returns `words` with each run of spelled letters put together into the word it spells.

    A surname that was said and then spelled is what was spelled: "Rosie, R-O-S-S-I" is "rossi".
    """
    spelling = _spelling(language)
    result: list[str] = []
    spelled: set[int] = set()
    at = 0
    while at < len(words):
        letters, took = _run(words, at, spelling)
        if took:
            if result and _was_said_first(result[-1], letters):
                result.pop()
            spelled.add(len(result))
            result.append(letters)
            at += took
        else:
            result.append(words[at])
            at += 1
    return Written(words=tuple(result), spelled=frozenset(spelled))


def _run(words: Sequence[str], start: int, spelling: _Spelling) -> tuple[str, int]:
    """Returns the letters spelled from `start` on and the words they take; none is 0 words."""
    letters, at, certain = "", start, 0
    while at < len(words) and (letter := _letter(words, at, spelling)):
        letters += letter.letters
        certain += letter.certain
        at += letter.took
    if len(letters) < _FEWEST_LETTERS or certain < _SEEM_LETTERS:
        return "", 0
    return letters, at - start


def _letter(words: Sequence[str], at: int, spelling: _Spelling) -> _Letter | None:
    times = 1
    first = at
    next_too = tuple(words[at : at + 2])
    if words[at] in spelling.double and len(next_too) == 2 and next_too not in spelling.letters:
        times, at = 2, at + 1
    for length in range(_LONGEST_NAME, 0, -1):
        name = tuple(words[at : at + length])
        letter = spelling.letters.get(name) if len(name) == length else None
        if letter is None:
            continue
        took = at + length - first
        example = _example(words, at + length, letter, spelling)
        certain = 2 if example or times > 1 else int(length == 1 and len(name[0]) == 1)
        return _Letter(letters=letter * times, took=took + example, certain=certain)
    return None


def _example(words: Sequence[str], at: int, letter: str, spelling: _Spelling) -> int:
    """Returns how many words "as in Rome" takes after the letter; 0 when it is not said."""
    for length in range(_LONGEST_NAME, 0, -1):
        example = words[at + length] if at + length < len(words) else ""
        if tuple(words[at : at + length]) in spelling.as_in and example.startswith(letter):
            return length + 1
    return 0


def _was_said_first(word: str, letters: str) -> bool:
    """Whether the spelled letters say again what was said just before."""
    return word[:1] == letters[:1] or word[-2:] == letters[-2:]


@cache
def _spelling(language: str) -> _Spelling:
    data = read(language, "names").get("spelling", {})
    letters: dict[tuple[str, ...], str] = {(letter,): letter for letter in ascii_lowercase}
    for letter, names in data.get("letters", {}).items():
        for name in names:
            letters[_words(name)] = without_accents(letter)
    return _Spelling(
        letters=letters,
        as_in=frozenset(_words(text) for text in data.get("as_in", [])),
        double=frozenset(without_accents(word) for word in data.get("double", [])),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(without_accents(plain(text)).replace("'", " ").split())
