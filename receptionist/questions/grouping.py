"""Puts questions that ask the same together, by their meaning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.phrasing import point_of

Embed = Callable[[Sequence[str]], NDArray[np.float32]]

THRESHOLD = 0.55
"""Cosine from which a question joins a group. Chosen on 200 paraphrases of 25 topics, most of them
without a word in common: half of what is put together belongs together."""

EXAMPLES = 3
"""Questions that stand for their group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """A group after new questions were put into groups.

    Attributes:
        known: Position among the groups that were there; None for a new one.
        questions: Positions of the new questions that belong to it.
    """

    known: int | None
    questions: tuple[int, ...]


def grouped(
    questions: Sequence[str], groups: Sequence[Sequence[str]], language: str, embed: Embed
) -> tuple[Grouped, ...]:
    """Returns in which group each of `questions` belongs: one of `groups`, or a new one.

    Each joins the group it is nearest to, in the order they were asked. Blocking: use a thread.

    Args:
        questions: New ones.
        groups: The groups there are, each by some of its questions.
        language: Of all of them.
        embed: Returns one row of length 1 per text.
    """
    texts = [*questions, *(text for group in groups for text in group)]
    rows = embed([point_of(text, language) for text in texts])
    centres: list[NDArray[np.float32]] = []
    start = len(questions)
    for group in groups:
        centres.append(rows[start : start + len(group)].sum(axis=0))
        start += len(group)
    joined: dict[int, list[int]] = {}
    for position, row in enumerate(rows[: len(questions)]):
        place = _nearest(row, centres)
        if place is None:
            place = len(centres)
            centres.append(row)
        elif len(joined.get(place, ())) < EXAMPLES:
            centres[place] = centres[place] + row
        joined.setdefault(place, []).append(position)
    return tuple(
        Grouped(known=place if place < len(groups) else None, questions=tuple(positions))
        for place, positions in joined.items()
    )


def _nearest(row: NDArray[np.float32], centres: Sequence[NDArray[np.float32]]) -> int | None:
    if not centres:
        return None
    stacked = np.stack(centres)
    lengths = np.maximum(np.linalg.norm(stacked, axis=1), 1e-9)
    likeness = (stacked @ row) / lengths
    best = int(np.argmax(likeness))
    return best if likeness[best] >= THRESHOLD else None
