"""The search for the least value of a convex function."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.head.minimum import Vector, minimum

pytestmark = pytest.mark.unit


@given(
    st.lists(st.floats(0.1, 100), min_size=1, max_size=8),
    st.lists(st.floats(-10, 10), min_size=8, max_size=8),
)
def test_the_lowest_point_of_a_bowl_is_found(widths: list[float], bottom: list[float]) -> None:
    scale = np.array(widths, np.float32)
    target = np.array(bottom[: len(widths)], np.float32)

    def bowl(point: Vector) -> tuple[float, Vector]:
        away = point - target
        slope = np.asarray(2 * scale * away, np.float32)
        return float(scale @ (away * away)), slope

    found = minimum(bowl, np.zeros(len(widths), np.float32), steps=200, tolerance=0)
    assert bowl(found)[0] <= 1e-3 * (1 + bowl(np.zeros_like(found))[0])


def test_where_nothing_is_gained_the_search_ends() -> None:
    def flat(point: Vector) -> tuple[float, Vector]:
        return 1.0, np.zeros_like(point)

    start = np.array([1, 2], np.float32)
    assert np.array_equal(minimum(flat, start, steps=1_000, tolerance=0), start)
