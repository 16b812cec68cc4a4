"""How likely a passage answers a question, and which of its sentences come near it.

The nearest sentence and the heading tell what a passage is about, its words what embeddings blur,
and the lead over the next passage whether it is this one: of two that fit alike, one is wrong.
"""

from collections.abc import Sequence
from math import exp

import numpy as np

from knowledge.likeness import Vectors
from knowledge.passages import Passage
from knowledge.question_index import QuestionIndex
from knowledge.topic_search import PassageMatch

THRESHOLD = 0.7
"""Likelihood from which a passage is an answer. Below it, one in three of the answers out of texts
that all speak of the same trade was another question's."""

# Fitted by logistic regression on `calibration` of tests/knowledge/data/handbooks.yaml and on the
# questions of the demo tenant, asked of its answers as if these were passages.
_COSINE = 7.0
_WORDS = 1.4
_HEADING = 0.8
_FOREIGN = -1.8
_LEAD = 5.0
_ALWAYS = -2.8
_MOST_LEAD = 0.3
_WORDS_IN_LEAD = 0.4
_HEADING_IN_LEAD = 0.18

_NEAREST = 64
_MOST = 4


def passage_matches(
    index: QuestionIndex, passages: Sequence[Passage], text: str, language: str, vector: Vectors
) -> tuple[PassageMatch, ...]:
    """Returns the passages that are most likely to answer, best first, likely or not.

    Args:
        index: Of the passages.
        passages: What documents say.
        text: The point of a question, in plain words.
        language: In which it is asked.
        vector: Of the question, as seen from the middle of its language.
    """
    known = index.passages
    if not len(known.owners):
        return ()
    rows, cosines = known.rows.nearest(vector, _NEAREST)
    nearest: dict[int, float] = {}
    for owner, cosine in zip(known.owners[rows].tolist(), cosines.tolist(), strict=True):
        nearest[owner] = max(cosine, nearest.get(owner, -1.0))
    words = known.words.get(language)
    shares = words.shares(text) if words is not None else None
    fits: list[tuple[float, float, int]] = []
    for owner, cosine in nearest.items():
        own = passages[owner].language == language
        # Words of another language cannot be compared: they agree as much as the meaning does.
        share = float(shares[owner]) if own and shares is not None else max(cosine, 0.0)
        heading = float(index.headings[owner] @ vector)
        fit = cosine + _WORDS_IN_LEAD * share + _HEADING_IN_LEAD * heading
        fits.append((fit, _COSINE * cosine + _WORDS * share + _HEADING * heading, owner))
    fits.sort(key=lambda one: (-one[0], one[2]))
    foreign = float((index.background @ vector).max(initial=0.0))
    lead = min(fits[0][0] - fits[1][0], _MOST_LEAD) if len(fits) > 1 else _MOST_LEAD
    certain = _FOREIGN * foreign + _LEAD * lead + _ALWAYS
    return tuple(
        PassageMatch(
            passage=passages[owner],
            score=round(1 / (1 + exp(-(certain + own))), 3),
            likenesses=_likenesses(index, owner, vector),
        )
        for _, own, owner in fits[:_MOST]
    )


def _likenesses(index: QuestionIndex, owner: int, vector: Vectors) -> tuple[float, ...]:
    owners = index.passages.owners
    start, end = np.searchsorted(owners, [owner, owner + 1])
    return tuple((index.passages.rows.vectors[start:end] @ vector).tolist())
