"""What of a language model's answer is let through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.calls.speech_gate import SpeechGate
from tests.providers.llm.test_say_reader import cut

pytestmark = pytest.mark.unit


def gate(*wrong: str) -> tuple[SpeechGate, list[str]]:
    judged: list[str] = []

    def fault(clause: str) -> str:
        judged.append(clause)
        return "wrong" if any(part in clause for part in wrong) else ""

    return SpeechGate(fault), judged


@given(st.text(max_size=80), st.lists(st.integers(0, 100)))
def test_what_is_in_order_is_let_through_whole_however_it_is_cut(
    text: str, places: list[int]
) -> None:
    passing, _ = gate()
    said = "".join(passing.feed(piece) for piece in cut(text, places)) + passing.finish()
    assert said.split() == text.split()


@given(st.lists(st.integers(0, 100)))
def test_nothing_behind_a_fault_is_let_through_however_it_is_cut(places: list[int]) -> None:
    passing, _ = gate("ninety")
    text = "Of course, a visit is easy. It costs ninety pounds, and we come soon. Goodbye."
    said = "".join(passing.feed(piece) for piece in cut(text, places)) + passing.finish()
    assert said.strip() == "Of course, a visit is easy."
    assert passing.blocked


def test_a_clause_is_checked_before_any_word_of_it_is_said() -> None:
    passing, judged = gate()
    assert passing.feed("A visit costs sixty") == ""
    assert judged == []
    assert passing.feed(" pounds, and that") == "A visit costs sixty pounds, "
    assert judged == ["A visit costs sixty pounds,"]


def test_a_yes_is_judged_with_what_it_says_yes_to() -> None:
    passing, judged = gate("chairs")
    assert passing.feed("Yes, we sell office chairs. ") + passing.finish() == ""
    assert judged == ["Yes, we sell office chairs."]


@pytest.mark.parametrize(
    "sentence", ["Dr. Rossi is on the second floor. ", "It opens at 9 a.m. on Mondays. "]
)
def test_an_abbreviation_ends_no_clause(sentence: str) -> None:
    passing, judged = gate()
    passing.feed(sentence + "Next.")
    assert judged == [sentence.strip()]
