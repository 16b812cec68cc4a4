"""Texts are split into the pieces of words that are likeliest together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.head.pieces import UNKNOWN, Pieces, words_of

pytestmark = pytest.mark.unit

NAMES = ("<s>", "<pad>", "</s>", "<unk>", "▁fire", "▁", "fire", "man", "m", "a", "n", "▁fi", "re")
PIECES = Pieces(NAMES, (0, 0, 0, 0, -5, -2, -5, -5, -6, -6, -6, -6, -7))


def named(text: str) -> list[str]:
    return [NAMES[place] for place in PIECES.split(text)]


def test_few_likely_pieces_win_over_many() -> None:
    assert named("fire") == ["▁fire"]
    assert named("fireman") == ["▁fire", "man"]
    assert named("fire man") == ["▁fire", "▁", "man"]


def test_case_spaces_and_ways_to_write_a_letter_do_not_matter() -> None:
    assert named("  FIRE\tMan ") == named("fire man") == named("ｆｉｒｅ man")


def test_what_is_in_no_piece_is_unknown() -> None:
    assert named("fire火") == ["▁fire", "<unk>"]


@given(st.text(max_size=80))
def test_pieces_together_are_the_text(text: str) -> None:
    for word in words_of(text):
        places = PIECES.split_word(word)
        assert sum(1 if p == UNKNOWN else len(NAMES[p]) for p in places) == len(word)
