"""Words as a recogniser on a bad line hears them."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.head.noise import corrupted

pytestmark = pytest.mark.unit

SENTENCE = "there is a fire in the kitchen and my mother cannot get out of the house"


def test_about_the_share_that_was_asked_for_is_changed() -> None:
    random = Random(1)
    words = SENTENCE.split()
    kept = sum(
        len(set(words) & set(corrupted(SENTENCE, 0.2, random).split())) for _ in range(300)
    ) / (300 * len(set(words)))
    assert 0.7 < kept < 0.9


def test_the_same_seed_makes_the_same_noise() -> None:
    assert corrupted(SENTENCE, 0.5, Random(7)) == corrupted(SENTENCE, 0.5, Random(7))


@given(st.text(max_size=60), st.floats(0, 1), st.integers())
def test_a_text_is_left_whatever_it_was(text: str, share: float, seed: int) -> None:
    heard = corrupted(text, share, Random(seed))
    assert bool(heard) == bool(text)
    if share == 0 and text.split():
        assert heard == " ".join(text.split())
