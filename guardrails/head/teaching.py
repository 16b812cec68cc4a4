"""Makes the weights of the head from examples; the same examples make the same weights."""

from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from guardrails.head.examples import Example, labels_of
from guardrails.head.features import SIZE, STAGES, Embed, feature_rows
from guardrails.head.softmax import fitted, likelihoods
from guardrails.head.weights import Weights

_BATCH = 64
_HELD_OUT = 5
"""One sentence in so many is held out to see how far likelihoods can be believed."""

_CERTAINTIES = np.geomspace(0.5, 4.0, 61, dtype=np.float32)


def taught(examples: Sequence[Example], seeds_hash: str, embed: Embed) -> Weights:
    """Returns what is learnt from `examples`.

    Args:
        examples: Of all languages.
        seeds_hash: Of the seeds they were made from.
        embed: Tells the meaning.
    """
    labels = labels_of(examples)
    places = {label: place for place, label in enumerate(labels)}
    classes = np.array([places[example.label] for example in examples], np.intp)
    counts = np.array([example.weight for example in examples], np.float32)
    stages = np.array([STAGES.index(example.stage) for example in examples], np.intp)
    rows = _rows(examples, embed)
    held = _held_out(examples)
    tried = rows @ fitted(rows, classes, np.where(held, 0, counts), len(labels))
    certainty = [
        _certainty(tried[chosen], classes[chosen])
        for stage in range(len(STAGES))
        for chosen in [held & (stages == stage)]
    ]
    columns = fitted(rows, classes, counts, len(labels)).astype(np.float16)
    return Weights(
        seeds_hash=seeds_hash,
        labels=tuple(labels),
        columns=columns,
        certainty=np.array(certainty, np.float32),
    )


def _rows(examples: Sequence[Example], embed: Embed) -> NDArray[np.float32]:
    rows = np.empty((len(examples), SIZE), np.float32)
    for start, batch in _batches(examples):
        rows[start : start + len(batch)] = feature_rows(
            [example.text for example in batch],
            [example.language for example in batch],
            [example.stage for example in batch],
            embed,
        )
    return rows


def _batches(examples: Sequence[Example]) -> Iterator[tuple[int, Sequence[Example]]]:
    for start in range(0, len(examples), _BATCH):
        yield start, examples[start : start + _BATCH]


def _held_out(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """Returns which sentences are held out; what is misheard stays with what was said."""
    held = [crc32(example.source.encode()) % _HELD_OUT == 0 for example in examples]
    return np.array(held, np.bool_)


def _certainty(scores: NDArray[np.float32], classes: NDArray[np.intp]) -> float:
    """Returns the factor under which what happened was the likeliest."""
    if not len(scores):
        return 1.0
    every = np.arange(len(scores))
    missed = [
        float(-np.log(np.maximum(likelihoods(scores * by)[every, classes], 1e-12)).mean())
        for by in _CERTAINTIES
    ]
    return float(_CERTAINTIES[int(np.argmin(missed))])
