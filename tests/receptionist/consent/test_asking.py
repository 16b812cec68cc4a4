"""The caller's first turn is his answer, if he has heard the question."""

import pytest

from receptionist.consent.asking import Answer, Asking
from receptionist.consent.reading import Reading
from receptionist.consent.records import Consent

pytestmark = pytest.mark.unit

QUESTION = "May we record this call? Please say yes or no."
YES = Reading(consent=Consent.GIVEN, settled=True)
UNCLEAR = Reading(consent=Consent.UNCLEAR, settled=False)


def asked() -> Asking:
    asking = Asking()
    asking.asks(QUESTION)
    return asking


def test_a_yes_to_the_question_is_consent_and_settled() -> None:
    asking = asked()
    assert asking.turn("yes", YES, first=True, heard=f"Hello. {QUESTION}")
    assert asking.answer == Answer(consent=Consent.GIVEN, text="yes")
    assert not asking.waits


def test_who_answers_before_the_question_ends_has_heard_it() -> None:
    asking = asked()
    assert asking.turn("yes", YES, first=True, heard="Hello. May we record this call?")


@pytest.mark.parametrize("heard", ["", "Hello. How can I help you?", "Hello. May we record"])
def test_a_yes_to_something_else_is_no_consent(heard: str) -> None:
    asking = asked()
    assert not asking.turn("yes", YES, first=True, heard=heard)
    assert asking.answer == Answer(consent=Consent.UNCLEAR, text="yes")


def test_a_yes_that_comes_later_is_no_consent() -> None:
    asking = asked()
    assert not asking.turn("yes", YES, first=False, heard=QUESTION)
    assert asking.answer == Answer(consent=Consent.UNCLEAR, text="yes")


def test_what_is_unclear_stays_so() -> None:
    asking = asked()
    assert not asking.turn("sales", UNCLEAR, first=True, heard=QUESTION)
    assert not asking.turn("yes", YES, first=True, heard=QUESTION)
    assert asking.answer == Answer(consent=Consent.UNCLEAR, text="sales")


def test_no_answer_is_no_consent() -> None:
    asking = asked()
    assert asking.over()
    assert asking.answer == Answer(consent=Consent.UNCLEAR)


def test_who_was_not_asked_has_not_answered() -> None:
    asking = Asking()
    assert not asking.turn("yes", YES, first=True, heard="")
    assert not asking.over()
    assert asking.answer is None
