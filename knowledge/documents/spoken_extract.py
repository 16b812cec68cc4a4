"""Picks what to read out of a passage: the one or two sentences that answer the question."""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from knowledge.documents.sentences import sentences, words
from knowledge.documents.spoken_form import has_address, spoken_form
from knowledge.passages import Passage
from knowledge.phrasing import point_of, stems

MOST_WORDS = 45
"""About fifteen seconds of speech: what a caller follows without paper."""

_FEW_WORDS = 6
"""A sentence this short that says nothing but the question's words leads to the next one."""
_NEIGHBOUR = 0.75
"""Share of the best score from which the sentence beside it is said too."""
_WORD_WEIGHT = 0.6
_ADDRESS_PENALTY = 0.3
_TELLING_LETTERS = 4
"""Shorter words (the, how, per) are in every sentence."""
_PAUSE = re.compile(r"(?<=[,;:])\s+")


def spoken_extract(passage: Passage, question: str, likenesses: Sequence[float]) -> str:
    """Returns at most 45 words of `passage` that answer `question`; "" when it says nothing.

    Args:
        passage: What was found.
        question: In the caller's own words.
        likenesses: Of each sentence of the passage to the question, as the index tells them.
    """
    asked = _telling(point_of(question, passage.language))
    spoken: list[str] = []
    found: list[float] = []
    written = sentences(passage.text, passage.language)
    for sentence, likeness in zip(written, likenesses, strict=True):
        said = spoken_form(sentence, passage.language)
        if _has_words(said):
            share = len(asked & _telling(said)) / max(len(asked), 1)
            spoken.append(said)
            found.append(likeness + _WORD_WEIGHT * share - _ADDRESS_PENALTY * has_address(sentence))
    if not spoken:
        return ""
    scores = np.array(found, np.float32)
    best = int(np.argmax(scores))
    leads_on = words(spoken[best]) <= _FEW_WORDS and _telling(spoken[best]) <= _telling(question)
    return _cut(_with_neighbour(spoken, scores, best, leads_on=leads_on))


def _telling(text: str) -> set[str]:
    return {stem for stem in stems(text) if len(stem) >= _TELLING_LETTERS}


def _with_neighbour(
    spoken: Sequence[str], scores: NDArray[np.float32], best: int, *, leads_on: bool
) -> str:
    """Adds the next sentence to the best one, or the one before, when it belongs to the answer."""
    pairs = [
        (first, second) for first, second in pairwise(range(len(spoken))) if best in {first, second}
    ]
    for first, second in sorted(pairs, key=lambda pair: -float(scores[list(pair)].sum())):
        other = second if first == best else first
        near = scores[other] >= _NEIGHBOUR * scores[best] > 0
        both = f"{spoken[first]} {spoken[second]}"
        if ((leads_on and other > best) or near) and words(both) <= MOST_WORDS:
            return both
    return spoken[best]


def _cut(text: str) -> str:
    """Shortens `text` at a pause, or between words where it has none."""
    if words(text) <= MOST_WORDS:
        return text
    kept = ""
    for part in _PAUSE.split(text):
        longer = f"{kept} {part}".strip()
        if words(longer) > MOST_WORDS:
            break
        kept = longer
    kept = kept or " ".join(text.split()[:MOST_WORDS])
    return kept.rstrip(" ,;:") + "."


def _has_words(text: str) -> bool:
    return any(letter.isalnum() for letter in text)
