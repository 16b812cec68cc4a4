"""A linear model that shares one unit of likelihood out among classes, and what two models say."""

import numpy as np
from numpy.typing import NDArray

from guardrails.head.minimum import Vector, minimum

_RIDGE = 1.5
"""How strongly weights are kept small; found on the development half."""

_STEPS = 150
_TOLERANCE = 2e-6


def fitted(
    rows: NDArray[np.float32],
    classes: NDArray[np.intp],
    counts: NDArray[np.float32],
    number: int,
) -> NDArray[np.float32]:
    """Returns the weights, a column per class.

    Args:
        rows: The features of each example.
        classes: The class of each.
        counts: How much each counts.
        number: Of classes.
    """
    size = rows.shape[1]
    every = np.arange(len(rows))

    def loss(flat: Vector) -> tuple[float, Vector]:
        weights = flat.reshape(size, number)
        shares = likelihoods(rows @ weights)
        missed = -np.log(np.maximum(shares[every, classes], 1e-12)).astype(np.float64)
        value = float(counts @ missed) + 0.5 * _RIDGE * float(np.sum(np.square(flat), dtype=float))
        shares[every, classes] -= 1
        shares *= counts[:, None]
        slope = (rows.T @ shares).ravel() + np.float32(_RIDGE) * flat
        return value, np.asarray(slope, np.float32)

    start = np.zeros(size * number, np.float32)
    return minimum(loss, start, _STEPS, _TOLERANCE).reshape(size, number)


def likelihoods(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns the likelihood of each class; the last axis is the classes."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def mixed(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns scores that are the mean of what two models find, each counted alike."""
    return (_logarithms(first) + _logarithms(second)) * np.float32(0.5)


def _logarithms(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    lower = scores - scores.max(axis=-1, keepdims=True)
    return lower - np.log(np.exp(lower).sum(axis=-1, keepdims=True))
