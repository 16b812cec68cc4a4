"""Makes the weights of the head from examples; the same examples make the same weights."""

from collections.abc import Callable, Iterator, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from guardrails.head.encoder import Encoder, Model
from guardrails.head.examples import Example, labels_of
from guardrails.head.features import SIZE, STAGES, Embed, feature_rows
from guardrails.head.softmax import fitted, likelihoods, mixed
from guardrails.head.weights import Weights

Teach = Callable[[Sequence[Example], Sequence[str]], Model]
"""Makes a language model that scores the classes from examples."""

_BATCH = 64
_HELD_OUT = 20
"""One sentence in so many is held out to see how far likelihoods can be believed, for good: to
make both halves a second time takes long, and a twentieth of the sentences gains nothing."""

_CERTAINTIES = np.geomspace(0.5, 4.0, 61, dtype=np.float32)


def taught(examples: Sequence[Example], seeds_hash: str, embed: Embed, teach: Teach) -> Weights:
    """Returns what is learnt from `examples`.

    Args:
        examples: Of all languages.
        seeds_hash: Of the seeds they were made from.
        embed: Tells the meaning, for the linear half.
        teach: Makes the other half.
    """
    labels = labels_of(examples)
    places = {label: place for place, label in enumerate(labels)}
    classes = np.array([places[example.label] for example in examples], np.intp)
    counts = np.array([example.weight for example in examples], np.float32)
    held = _held_out(examples)
    rows = _rows(examples, embed)
    columns = fitted(rows, classes, np.where(held, 0, counts), len(labels)).astype(np.float16)
    tried = rows[held] @ columns.astype(np.float32)
    del rows
    written = [
        example
        for example, out in zip(examples, held, strict=True)
        if not (example.misheard or out)
    ]
    model = teach(written, labels)
    held_out = [example for example, out in zip(examples, held, strict=True) if out]
    return Weights(
        seeds_hash=seeds_hash,
        labels=tuple(labels),
        columns=columns,
        model=model,
        certainty=_certainties(held_out, classes[held], tried, model),
    )


def _certainties(
    examples: Sequence[Example],
    classes: NDArray[np.intp],
    scores: NDArray[np.float32],
    model: Model,
) -> NDArray[np.float32]:
    """Returns the certainty of each stage from examples that neither half has learnt."""
    encoder = Encoder(model)
    stages = np.array([STAGES.index(example.stage) for example in examples], np.intp)
    read = [encoder.scores(e.text, s)[0] for e, s in zip(examples, stages, strict=True)]
    both = mixed(scores, np.array(read, np.float32).reshape(scores.shape))
    certainties = [
        _certainty(both[chosen], classes[chosen])
        for stage in range(len(STAGES))
        for chosen in [stages == stage]
    ]
    return np.array(certainties, np.float32)


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
