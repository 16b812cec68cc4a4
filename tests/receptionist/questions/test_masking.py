"""What a caller asked is kept without what belongs to the caller."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.questions.masking import masked

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("language", "said", "kept"),
    [
        ("en", "can you call 020 7946 0018 back", "can you call [number] back"),
        ("en", "my number is +44 (0)20-7946.0018", "my number is [number]"),
        ("en", "it's three three three four five six, do you ship", "it's [number], do you ship"),
        ("en", "is it one or two euro", "is it one or two euro"),
        (
            "en",
            "what did it cost in 2019, 1,500 or 99.90",
            "what did it cost in 2019, 1,500 or 99.90",
        ),
        ("it", "sono il tre tre otto 12 34, spedite?", "sono il [number], spedite?"),
        ("it", "scrivo da anna.rossi@esempio.it, va bene?", "scrivo da [e-mail] va bene?"),
        ("en", "  two\nlines ", "two lines"),
    ],
)
def test_numbers_and_addresses_are_taken_out(language: str, said: str, kept: str) -> None:
    assert masked(said, language) == kept


@given(st.text(st.sampled_from("0123456789 -./()ab+"), max_size=60))
def test_five_digits_never_stand_together(said: str) -> None:
    digits = run = 0
    for letter in masked(said, "en"):
        run = run + 1 if letter.isdigit() else 0
        digits = max(digits, run)
    assert digits < 5


@given(st.text(max_size=700))
def test_whatever_is_said_can_be_kept(said: str) -> None:
    assert len(masked(said, "it")) <= 5000
