"""How names sound, and how much one sound is like another.

A name is read by the rules of a language (`sounds` in data/<language>/names.yaml) into one
alphabet shared by all: an Italian `Chiara` and an English `Kiara` are both `kiara`. Each letter of
it is one sound; `@` is the neutral vowel, `S Z C J T N` are those of she, measure, chair, jam,
thin and the Spanish ñ, `x` the German ach.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

from knowledge.language_data import FOLDER, read

SOUNDS = "aeiou@pbtdkgfvszSZCJTmnNlrhjwx"
_CODES = {sound: code for code, sound in enumerate(SOUNDS)}
_VOWELS = frozenset("aeiou@")
_TWICE = re.compile(r"(.)\1+")
_LOOKAHEAD = re.compile(r"\(\?[=!][^)]*\)")

# What a listener, or a recogniser, takes for each other: the lower, the easier. Hundredths.
_ALIKE: tuple[tuple[str, int], ...] = (
    ("ij uw @a @e ie", 15),
    ("ou @i @o @u sz SZ tT ae ao", 25),
    ("pb td kg fv CJ SC ZJ mn nN kx hx fT", 35),
    ("vb vw lr sS zZ sT zS ss xr hr sC ts kh tC dJ Cs", 50),
    ("pt kt tk pk bd gd dg bg mb nd nl rd dl fh Th fs zd", 70),
)
_VOWEL_FOR_VOWEL = 35
_CONSONANT_FOR_CONSONANT = 90
_VOWEL_FOR_CONSONANT = 110
_LEFT_OUT: Mapping[str, int] = {"@": 25, "h": 25, "j": 30, "w": 35, "r": 50}
_VOWEL_LEFT_OUT = 50
_CONSONANT_LEFT_OUT = 80

Costs = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules that can begin at one letter: each is a group of the pattern, with its sounds."""

    pattern: re.Pattern[str]
    sounds: Sequence[str]


@cache
def name_languages() -> tuple[str, ...]:
    """Returns the languages names can be read in, sorted."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("??/names.yaml")))


@lru_cache(maxsize=65536)
def reading(word: str, language: str) -> str:
    """Returns how `word`, in plain small letters, sounds when read in `language`."""
    rules = _rules(language if language in name_languages() else "en")
    sounds: list[str] = []
    at = 0
    while at < len(word):
        mine = rules.get(word[at])
        found = mine.pattern.match(word, at) if mine else None
        if mine and found and found.lastindex:
            sounds.append(mine.sounds[found.lastindex - 1])
        at = max(at + 1, found.end() if found else 0)
    return _TWICE.sub(r"\1", "".join(sounds))


def codes(sounds: str) -> list[int]:
    """Returns the positions of sounds in `SOUNDS`."""
    return [_CODES[sound] for sound in sounds]


@cache
def swap_costs() -> Costs:
    """Returns what hearing one sound for another costs, in hundredths."""
    size = len(SOUNDS)
    costs = np.full((size, size), _CONSONANT_FOR_CONSONANT, np.int32)
    for one in SOUNDS:
        for other in SOUNDS:
            vowels = (one in _VOWELS) + (other in _VOWELS)
            if vowels:
                cost = _VOWEL_FOR_VOWEL if vowels == 2 else _VOWEL_FOR_CONSONANT
                costs[_CODES[one], _CODES[other]] = cost
    for pairs, cost in _ALIKE:
        for one, other in pairs.split():
            costs[_CODES[one], _CODES[other]] = costs[_CODES[other], _CODES[one]] = cost
    np.fill_diagonal(costs, 0)
    return costs


@cache
def absence_costs() -> Costs:
    """Returns what hearing nothing for a sound, or a sound for nothing, costs, in hundredths."""
    usual = (_VOWEL_LEFT_OUT if sound in _VOWELS else _CONSONANT_LEFT_OUT for sound in SOUNDS)
    return np.array(
        [_LEFT_OUT.get(sound, cost) for sound, cost in zip(SOUNDS, usual, strict=True)], np.int32
    )


@cache
def _rules(language: str) -> Mapping[str, _Rules]:
    """Compiles `pattern = sounds` lines by letter: the first that fits at a letter is taken."""
    lines: Sequence[str] = read(language, "names")["sounds"]
    rules: dict[str, list[tuple[str, str]]] = {letter: [] for letter in ascii_lowercase}
    for line in lines:
        pattern, _, sounds = line.partition(" =")
        for letter in _beginnings(pattern):
            rules[letter].append((pattern, sounds.strip()))
    return {
        letter: _Rules(
            re.compile("|".join(f"({pattern})" for pattern, _ in mine)),
            tuple(sounds for _, sounds in mine),
        )
        for letter, mine in rules.items()
    }


def _beginnings(pattern: str) -> str:
    """Returns the letters a match of `pattern` can begin with; all where that takes a parser."""
    if "(?:" in pattern or "(?<" in pattern:
        return ascii_lowercase
    letters = ""
    for alternative in _LOOKAHEAD.sub("", pattern).removeprefix("^").split("|"):
        first = re.match(r"\[([a-z]+)\]|([a-z])", alternative)
        if first is None:
            return ascii_lowercase
        letters += first[1] or first[2]
    return letters
