"""Teaches a language model the classes: its upper layers are learnt, those below stay."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from guardrails.head.examples import Example
from guardrails.head.features import STAGES
from guardrails.head.noise import corrupted
from guardrails.head.pieces import END, PADDING, START, UNKNOWN, Pieces, words_of
from guardrails.head.transformer import Array, Tree, scores
from guardrails.verdict import Stage

PASSES = 1.5
"""How often each sentence is read."""

_BATCH = 64
_LENGTHS = (12, 16, 20, 28, 48)
"""To which texts are filled up; of longer ones the start is read."""

_RATE, _RATE_OF_CLASSES = 2.5e-4, 2e-3
_RATE_BELOW = 0.9
"""How much slower each layer learns than the one above it."""

_RISING = 0.06
"""The share of steps in which rates rise; then they fall."""

_FORGETS, _FORGETS_SQUARES = 0.9, 0.98
_KEEPS_SMALL = 0.01
_SEED = 20_261_101
_MISHEARD = {Stage.TURN: (0.35, 0.2), Stage.CONFIG: (0.12, 0.1), Stage.OUTPUT: (0.12, 0.1)}
"""Of each stage the share of texts that is misheard in a pass, and of their words."""

_UNKNOWN = 0.05
"""The share of pieces that is made unknown, lest all hangs on one."""

_TOLD = 25
"""Steps between reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Texts that are learnt from in one step.

    Attributes:
        pieces: A row per text.
        stages: Of each.
        classes: Of each.
        counts: How much each counts.
    """

    pieces: NDArray[np.int32]
    stages: NDArray[np.int32]
    classes: NDArray[np.int32]
    counts: NDArray[np.float32]


def tuned(
    learnt: Tree,
    fixed: Tree,
    examples: Sequence[Example],
    labels: Sequence[str],
    pieces: Pieces,
    passes: float,
) -> Tree:
    """Returns what `learnt` becomes.

    Args:
        learnt: Where to start.
        fixed: What stays.
        examples: As they were written.
        labels: The classes.
        pieces: Of the words.
        passes: How often each example is read.
    """
    steps = int(passes * len(examples) / _BATCH)
    taught, memory = jax.device_put(learnt), _nothing(learnt)
    squares, kept = _nothing(learnt), jax.device_put(fixed)
    rates = _rates(learnt)
    missed: list[float] = []
    for place, batch in zip(range(steps), _batches(examples, labels, pieces), strict=False):
        share = min((place + 1) / (_RISING * steps), (steps - place) / ((1 - _RISING) * steps))
        taught, memory, squares, loss = _step(
            (taught, memory, squares), kept, _arrays(batch), rates, jnp.float32(place), share
        )
        missed.append(float(loss))
        if (place + 1) % _TOLD == 0:
            sys.stdout.write(f"step {place + 1} of {steps}: {np.mean(missed[-_TOLD:]):.3f}\n")
            sys.stdout.flush()
    return jax.device_get(taught)


def _nothing(tree: Tree) -> Tree:
    return jax.tree_util.tree_map(jnp.zeros_like, tree)


def _rates(learnt: Tree) -> Tree:
    below = len(learnt["layers"]["qkv"]) - 1
    falling = (_RATE * _RATE_BELOW ** (below - np.arange(below + 1))).astype(np.float32)
    layers = {
        name: falling.reshape(-1, *[1] * (values.ndim - 1))
        for name, values in learnt["layers"].items()
    }
    of_classes = np.float32(_RATE_OF_CLASSES)
    return {"layers": layers, "stages": of_classes, "columns": of_classes, "bias": of_classes}


@partial(jax.jit, donate_argnums=0)
def _step(
    state: tuple[Tree, Tree, Tree],
    fixed: Tree,
    batch: Mapping[str, Array],
    rates: Tree,
    place: Array,
    share: Array,
) -> tuple[Tree, Tree, Tree, Array]:
    """Returns what was learnt, both memories of slopes, and what the batch was missed by (Adam)."""
    learnt, memory, squares = state
    noise = jax.random.fold_in(jax.random.key(_SEED, impl="unsafe_rbg"), place.astype(int))
    loss, slope = jax.value_and_grad(_missed)(learnt, fixed, batch, noise)
    leaves = jax.tree_util.tree_leaves(slope)
    short = jnp.minimum(1.0, 1.0 / jnp.sqrt(sum(jnp.sum(leaf * leaf) for leaf in leaves)))
    over = jax.tree_util.tree_map

    def mean(old: Array, new: Array) -> Array:
        return _FORGETS * old + (1 - _FORGETS) * new * short

    def mean_square(old: Array, new: Array) -> Array:
        return _FORGETS_SQUARES * old + (1 - _FORGETS_SQUARES) * (new * short) ** 2

    memory, squares = over(mean, memory, slope), over(mean_square, squares, slope)
    warm, wide = 1 - _FORGETS ** (place + 1), 1 - _FORGETS_SQUARES ** (place + 1)

    def moved(old: Array, mean: Array, square: Array, rate: Array) -> Array:
        small = _KEEPS_SMALL * old if old.ndim > 2 else 0.0
        return old - share * rate * (mean / warm / (jnp.sqrt(square / wide) + 1e-8) + small)

    return over(moved, learnt, memory, squares, rates), memory, squares, loss


def _missed(learnt: Tree, fixed: Tree, batch: Mapping[str, Array], noise: Array) -> Array:
    found = scores(learnt, fixed, batch["pieces"], batch["stages"], noise)
    shares = jax.nn.log_softmax(found)
    right = jnp.take_along_axis(shares, batch["classes"][:, None], 1)[:, 0]
    return -(right * batch["counts"]).sum() / batch["counts"].sum()


def _arrays(batch: Batch) -> dict[str, Any]:
    return {
        "pieces": batch.pieces,
        "stages": batch.stages,
        "classes": batch.classes,
        "counts": batch.counts,
    }


def _batches(examples: Sequence[Example], labels: Sequence[str], pieces: Pieces) -> Iterator[Batch]:
    """Yields batches without end: pass after pass, each heard otherwise."""
    random = Random(_SEED)
    split: dict[str, list[int]] = {}
    while True:
        heard = [_heard(example, random) for example in examples]
        made = list(_of_one_pass(heard, labels, pieces, split, random))
        random.shuffle(made)
        yield from made


def _heard(example: Example, random: Random) -> Example:
    texts, words = _MISHEARD[example.stage]
    if random.random() >= texts:
        return example
    return replace(example, text=corrupted(example.text, words, random))


def _of_one_pass(
    heard: Sequence[Example],
    labels: Sequence[str],
    pieces: Pieces,
    split: dict[str, list[int]],
    random: Random,
) -> Iterator[Batch]:
    places = {label: place for place, label in enumerate(labels)}
    stages = {stage: place for place, stage in enumerate(STAGES)}
    by_length: dict[int, list[tuple[list[int], Example]]] = {each: [] for each in _LENGTHS}
    for example in heard:
        read = _read(example.text, pieces, split, random)
        by_length[next(each for each in _LENGTHS if len(read) <= each)].append((read, example))
    for length, found in by_length.items():
        random.shuffle(found)
        for start in range(0, len(found), _BATCH):
            batch = found[start : start + _BATCH]
            rows = np.full((_BATCH, length), PADDING, np.int32)
            rows[:, 0] = START
            for row, (read, _) in zip(rows, batch, strict=False):
                row[: len(read)] = read
            numbers = [(stages[e.stage], places[e.label], e.weight) for _, e in batch]
            filled = np.array(numbers + [(0, 0, 0.0)] * (_BATCH - len(batch)), np.float32).T
            yield Batch(
                pieces=rows,
                stages=filled[0].astype(np.int32),
                classes=filled[1].astype(np.int32),
                counts=filled[2],
            )


def _read(text: str, pieces: Pieces, split: dict[str, list[int]], random: Random) -> list[int]:
    """Returns the places of the pieces of `text`, of which a few are made unknown."""
    read = [START]
    for word in words_of(text):
        if word not in split:
            split[word] = pieces.split_word(word)
        read += [UNKNOWN if random.random() < _UNKNOWN else place for place in split[word]]
    return [*read[: _LENGTHS[-1] - 1], END]
