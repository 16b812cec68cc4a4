"""Questions that ask the same come together, and stay together."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from receptionist.questions.grouping import Grouped, grouped

pytestmark = pytest.mark.unit

MEANINGS = {"dogs": (1.0, 0.0, 0.0), "pets": (0.8, 0.6, 0.0), "price": (0.0, 0.0, 1.0)}


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    rows = [MEANINGS[text.split()[-1]] for text in texts]
    return np.array(rows, np.float32).reshape(len(texts), 3)


def test_questions_join_the_group_they_are_nearest_to_or_found_one() -> None:
    found = grouped(["about dogs", "the price", "about pets", "what price"], [], "en", embed)
    assert found == (
        Grouped(known=None, questions=(0, 2)),
        Grouped(known=None, questions=(1, 3)),
    )


def test_new_questions_join_the_groups_that_are_there() -> None:
    found = grouped(["what price", "my pets"], [["dogs", "dogs"], ["price"]], "en", embed)
    assert found == (Grouped(known=1, questions=(0,)), Grouped(known=0, questions=(1,)))


def test_no_questions_make_no_groups() -> None:
    assert grouped([], [["dogs"]], "en", embed) == ()
