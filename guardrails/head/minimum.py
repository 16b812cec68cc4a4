"""Finds where a smooth convex function is least (L-BFGS), with numpy alone."""

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Function = Callable[[Vector], tuple[float, Vector]]
"""Returns the value at a point and the slope there."""

_REMEMBERED = 10
_HALVINGS = 20
_DECREASE = 1e-4


def minimum(function: Function, start: Vector, steps: int, tolerance: float) -> Vector:
    """Returns the point where `function` is least.

    Args:
        function: Smooth and convex.
        start: Where to begin.
        steps: At most so many.
        tolerance: Of the value: smaller relative gains end the search.
    """
    point = start
    value, slope = function(point)
    pairs: deque[tuple[Vector, Vector, float]] = deque(maxlen=_REMEMBERED)
    for _ in range(steps):
        move = _downhill(slope, pairs)
        found = _along(function, point, value, slope, move)
        if found is None:
            break
        step, next_value, next_slope = found
        change = next_slope - slope
        curvature = float(step @ change)
        if curvature > 0:
            pairs.append((step, change, curvature))
        point, slope = point + step, next_slope
        gained = value - next_value
        value = next_value
        if gained <= tolerance * abs(value):
            break
    return point


def _downhill(slope: Vector, pairs: deque[tuple[Vector, Vector, float]]) -> Vector:
    move = -slope
    shares: list[float] = []
    for step, change, curvature in reversed(pairs):
        shares.append(float(step @ move) / curvature)
        move = move - np.float32(shares[-1]) * change
    if pairs:
        _, change, curvature = pairs[-1]
        move = move * np.float32(curvature / float(change @ change))
    else:
        move = move / np.float32(max(1.0, float(np.linalg.norm(slope))))
    for step, change, curvature in pairs:
        share = shares.pop() - float(change @ move) / curvature
        move = move + np.float32(share) * step
    return move


def _along(
    function: Function, point: Vector, value: float, slope: Vector, move: Vector
) -> tuple[Vector, float, Vector] | None:
    """Returns a step that gains enough, with value and slope behind it; None if there is none."""
    expected = float(slope @ move)
    step = move
    for _ in range(_HALVINGS):
        next_value, next_slope = function(point + step)
        if next_value <= value + _DECREASE * expected:
            return step, next_value, next_slope
        step = step / np.float32(2)
        expected /= 2
    return None
