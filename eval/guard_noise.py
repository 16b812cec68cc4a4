"""Sentences as a recogniser on a bad line writes them, the same every time.

The head is taught with errors of its own making (guardrails/head/noise.py); these here are others,
so that what is measured is not what was learnt.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from random import Random

from rapidfuzz.distance import Levenshtein

from eval.guard_sets import Half, Labelled, texts
from guardrails.text.characters import fold_characters
from knowledge.name_sounds import reading

SHARE = 0.2
"""Of the words."""

MISHEARD = "emergencies_misheard"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_PLAIN_SETS = ("ordinary", "hard_negatives", "robot", "human")
"""Of the development half: words that people say to receptionists."""

_NEAR = 0.5
"""Words that sound less alike are not taken for each other."""


def misheard(labelled: Labelled, seed: int = 1) -> Labelled:
    """Returns `labelled` with a fifth of its words, at least one, wrong."""
    random = Random(f"{seed} {labelled.language} {labelled.text}")
    words = labelled.text.split()
    for place in sorted(random.sample(range(len(words)), max(1, round(SHARE * len(words))))):
        words[place] = random.choice(list(_WAYS.values()))(words[place], labelled.language, random)
    merged = re.sub(rf"{_MERGE}\s*", "", " ".join(word for word in words if word))
    return replace(labelled, text=merged.strip() or labelled.text, kind=MISHEARD, file=MISHEARD)


_MERGE = "\N{WORD JOINER}"
"""Stands at the end of a word that runs into the next."""


def _dropped(word: str, language: str, random: Random) -> str:
    del word, language, random
    return ""


def _merged(word: str, language: str, random: Random) -> str:
    del language, random
    return word + _MERGE


def _misspelt(word: str, language: str, random: Random) -> str:
    """Returns `word` with a letter lost, doubled, or another."""
    del language
    place = random.randrange(len(word))
    letter = random.choice(("", word[place] * 2, random.choice(_LETTERS)))
    return word[:place] + letter + word[place + 1 :]


def _sounding_like(word: str, language: str, random: Random) -> str:
    """Returns another word that sounds most like `word`; a misspelling where none is near."""
    sound = _sound(word, language)
    others = [(other, written) for other, written in _vocabulary(language) if other != sound]
    near = [(Levenshtein.normalized_similarity(sound, other), written) for other, written in others]
    likeness, written = max(near, default=(0.0, ""))
    return written if likeness >= _NEAR else _misspelt(word, language, random)


def _sound(word: str, language: str) -> str:
    return reading(re.sub(r"[^a-z]", "", fold_characters(word)), language)


@cache
def _vocabulary(language: str) -> Sequence[tuple[str, str]]:
    """Returns words people say, each with how it sounds."""
    found = {
        word.strip(".,;:!?\"'()").lower()
        for labelled in texts(Half.DEVELOPMENT, (language,))
        if labelled.file in _PLAIN_SETS
        for word in labelled.text.split()
    }
    return [(sound, word) for word in sorted(found) if (sound := _sound(word, language))]


_WAYS: Mapping[str, Callable[[str, str, Random], str]] = {
    "dropped": _dropped,
    "merged": _merged,
    "misspelt": _misspelt,
    "swapped by sound": _sounding_like,
}
