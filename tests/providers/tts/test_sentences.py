import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.tts.sentences import PieceSizes, pieces

pytestmark = pytest.mark.unit

WHOLE = PieceSizes(first=240, most=240)
SHORT = PieceSizes(first=30, most=130)


def test_fast_voice_gets_whole_sentences() -> None:
    text = "We open at nine, Monday to Friday. Dr. Smith is in at 9.30. Shall I book you in?"
    assert pieces(text, "en", WHOLE) == [
        "We open at nine, Monday to Friday.",
        "Dr. Smith is in at 9.30.",
        "Shall I book you in?",
    ]


def test_slow_voice_gets_a_short_clause_first_and_longer_ones_later() -> None:
    text = (
        "Good morning, you have reached Rossi and Partners, the law office in Garden Street, "
        "where we are happy to help you with contracts, with leases and with wills."
    )
    found = pieces(text, "en", SHORT)
    assert found[0] == "Good morning,"
    assert [len(piece) for piece in found] == sorted(len(piece) for piece in found)
    assert " ".join(found) == text


def test_numbers_and_times_stay_whole() -> None:
    text = "It costs 1,250 euros at 17:30 and not 1,100."
    assert pieces(text, "en", PieceSizes(first=20, most=20))[0] == "It costs 1,250 euros"


def test_clause_without_marks_is_cut_between_words() -> None:
    text = "the quick brown fox jumps over the lazy dog and then runs back home again"
    found = pieces(text, "en", SHORT)
    assert len(found[0]) <= 30
    assert " ".join(found) == text


@pytest.mark.parametrize("text", ["", "   ", "…", "?!", "—", "\n\n", "()"])
def test_nothing_to_say_gives_no_pieces(text: str) -> None:
    assert pieces(text, "en", SHORT) == []


def test_control_characters_are_no_text() -> None:
    assert pieces("\x00Hello\x00 there.\x1b", "en", WHOLE) == ["Hello there."]


@given(
    st.text(alphabet=st.sampled_from("aàZ9 .,;:!?…—\n\t'\"()中"), max_size=300),
    st.integers(1, 60),
    st.integers(1, 200),
    st.sampled_from(["en", "it", "fr", "xx"]),
)
def test_no_letter_is_lost_or_moved(text: str, first: int, most: int, language: str) -> None:
    found = pieces(text, language, PieceSizes(first=first, most=max(first, most)))
    assert [c for piece in found for c in piece if c.isalnum()] == [c for c in text if c.isalnum()]
    assert all(piece == piece.strip() for piece in found)
