"""Nobody is asked twice for what he has said on this call, and "I don't know" is an answer."""

from collections.abc import Mapping

import pytest

from prompts.loader import available, load
from providers.llm.concierge.turn import Language
from tests.providers.llm.concierge.office import Caller, Office

pytestmark = pytest.mark.integration

PHRASES = {code: load(code).concierge["phrases"] for code in available()}
UNDECIDED = {
    "en": "i don't know",
    "it": "non saprei",
    "es": "pues no sé",
    "fr": "je sais pas",
    "de": "weiß ich nicht",
    "pt": "não sei",
}


@pytest.fixture
def caller(languages: Mapping[str, Language]) -> Caller:
    return Caller(languages["en"], Office())


def booked(caller: Caller) -> None:
    for said in (
        "i'd like to book a consultation",
        "on tuesday",
        "the first one",
        "tom baker",
        "020 7946 0018",
        "yes",
    ):
        caller.say(said)


def test_after_a_booking_a_message_is_read_back_with_the_same_name_and_number(
    caller: Caller,
) -> None:
    booked(caller)
    turn = caller.say("and please tell anna verdi that i'll bring the papers")
    assert [call.name for call in turn.calls] == ["find_contact", "take_message"]
    given = turn.calls[1].arguments
    assert (given["caller_name"], given["callback_number"]) == ("Tom Baker", "02079460018")
    assert given["confirmed"] is False
    assert "Is that right?" in turn.said


def test_after_a_booking_only_what_is_new_is_asked(caller: Caller) -> None:
    booked(caller)
    turn = caller.say("can somebody call me back tomorrow after five")
    assert any(variant in turn.said for variant in PHRASES["en"]["ask_about"])


def test_a_number_of_before_can_be_another_now(caller: Caller) -> None:
    booked(caller)
    caller.say("tell anna verdi that i'll bring the papers")
    turn = caller.say("no the number is 0161 496 0123")
    assert turn.calls[0].arguments["callback_number"] == "01614960123"


@pytest.mark.parametrize(
    "answer", ["the same", "the one i'm calling from", "you already have it", "same number", "yes"]
)
def test_asked_for_the_number_again_the_one_before_can_be_meant(
    caller: Caller, answer: str
) -> None:
    booked(caller)
    caller.say("tell anna verdi that i'll bring the papers")
    caller.say("no the number is wrong")
    turn = caller.say(answer)
    assert turn.calls[0].arguments["callback_number"] == "02079460018"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Please leave a message for Anna Verdi, it's Tom Baker.", "Tom Baker"),
        ("I want to leave a message, the boiler is leaking and it's Tom Baker.", "Tom Baker"),
        ("Take a message please and I'm Ludovica van Dyck from Harlow.", "Ludovica van Dyck"),
    ],
)
def test_a_name_in_the_middle_of_a_sentence_is_taken(caller: Caller, said: str, name: str) -> None:
    caller.say(said)
    assert caller.arranged["caller_name"] == name


@pytest.mark.parametrize(
    "said",
    [
        "Leave a message, my boiler is leaking and it's getting worse.",
        "Leave a message, and it's Monday that I need it.",
        "Leave a message please, it's Urgent.",
    ],
)
def test_other_words_in_the_middle_of_a_sentence_are_no_name(caller: Caller, said: str) -> None:
    turn = caller.say(said)
    assert any(variant in turn.said for variant in PHRASES["en"]["ask_name"])


def test_a_name_beside_the_number_is_taken(caller: Caller) -> None:
    caller.say("leave a message")
    caller.say("hmm")
    caller.say("It's 020 7946 0018 and it's Tom Baker")
    given = caller.arranged
    assert (given["caller_name"], given["callback_number"]) == ("Tom Baker", "02079460018")


@pytest.mark.parametrize("code", available())
def test_who_does_not_know_is_offered_the_smaller_thing(
    languages: Mapping[str, Language], code: str
) -> None:
    caller = Caller(languages[code], Office())
    caller.say("zzz qqq xxx yyy")
    caller.say("zzz qqq xxx yyy")
    turn = caller.say(UNDECIDED[code])
    assert not turn.calls
    assert any(variant in turn.said for variant in PHRASES[code]["offer_message"])


def test_who_does_not_know_which_of_two_is_offered_somebody_who_will(caller: Caller) -> None:
    caller.say("mario rossi please")
    turn = caller.say("i don't know which one")
    assert any(variant in turn.said for variant in PHRASES["en"]["offer_person"])


def test_who_does_not_know_when_is_called_as_soon_as_possible(caller: Caller) -> None:
    caller.say("can you call me back")
    turn = caller.say("i'm not sure")
    assert any(variant in turn.said for variant in PHRASES["en"]["ask_name"])


def test_without_a_number_a_callback_becomes_a_message(languages: Mapping[str, Language]) -> None:
    caller = Caller(languages["en"], Office(number_needed=True))
    for said in ("call me back tomorrow", "tom baker", "i'd rather not say", "about the boiler"):
        caller.say(said)
    turn = caller.say("i don't want to give it")
    assert [call.name for call in turn.calls][-1] == "take_message"
    assert "tomorrow" in str(turn.calls[-1].arguments["about"])


def test_a_tool_that_is_never_satisfied_does_not_keep_the_caller_for_ever(caller: Caller) -> None:
    caller.say("leave a message")
    caller.say("tom baker")
    caller.say("666 1234567")
    said = caller.say("the boiler leaks").said
    tries = 0
    while caller.concierge.arranging and tries < 20:
        said = caller.say("666 1234567").said
        tries += 1
    assert tries <= 6
    assert any(variant in said for variant in PHRASES["en"]["task_failed"])
