"""The language model reads texts of any length, and only what it was made for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.head.encoder import READ, Encoder
from tests.guardrails.head.teachers import small_model

pytestmark = pytest.mark.unit

ENCODER = Encoder(small_model((), ("+job", "-job", "ordinary")))


@given(st.text(max_size=300), st.sampled_from([0, 1, 2]))
@settings(max_examples=50, deadline=None)
def test_every_text_has_scores(text: str, stage: int) -> None:
    found = ENCODER.scores(text, stage)
    assert found.shape[1] == 3
    assert np.isfinite(found).all()


def test_the_same_text_has_the_same_scores() -> None:
    assert np.array_equal(ENCODER.scores("job fire", 0), ENCODER.scores("job fire", 0))


def test_a_long_text_is_read_in_parts_that_overlap_and_never_without_end() -> None:
    assert len(ENCODER.scores("job " * READ, 0)) == 1
    assert len(ENCODER.scores("job " * (READ + 1), 0)) == 2
    assert len(ENCODER.scores("job " * 100_000, 0)) < 20


def test_what_stands_in_a_later_part_is_read() -> None:
    before = ENCODER.scores("job " * 200, 0)
    after = ENCODER.scores("job " * 200 + "fire", 0)
    assert np.array_equal(before[0], after[0])
    assert not np.allclose(before[-1], after[-1])
