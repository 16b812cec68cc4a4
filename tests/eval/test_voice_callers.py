"""Scripted callers say what fits what they hear."""

import re

import pytest

from eval.voice_calls_script import Caller, ScriptedCall, Scripts, languages, read
from prompts.loader import load as load_texts
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle
from tests.eval.scripted import BUSY, ENGLISH, VISIT, tool

pytestmark = pytest.mark.unit

ASKS = {
    "ask_name": "name",
    "ask_name_again": "name",
    "ask_number": "number",
    "ask_number_again": "number",
    "ask_about": "about",
    "ask_service": "service",
    "ask_when_callback": "when",
    "ask_when_appointment": "when",
    "ask_when_again": "when",
    "ask_which_same_name": "which",
    "ask_which_again": "which",
    "confirm_contact": "accept",
    "confirm_again": "agree",
    "ask_correction": "change",
    "not_understood": "again",
    "maybe_contact": "offer_person",
    "offer_person": "offer_person",
    "offer_message": "offer_message",
    "offer_message_for": "offer_message",
    "offer_person_or_message": "offer",
}
"""What the assistant asks for, by the name of what it says."""


@pytest.mark.parametrize("language", ["en", "it", "es", "fr", "de", "pt"])
def test_ten_callers_of_each_language_want_what_the_demo_tenant_has(language: str) -> None:
    scripts, config = read(language), load_bundle(DEMO)
    known = {t.id for t in config.topics} | {"operator"}
    known |= {c.id for c in config.contacts} | {d.id for d in config.departments}
    wanted = [call.expected for call in scripts.calls]
    named = {one for e in wanted for one in (*e.topics, *e.rung)}
    named |= {note.contact for e in wanted for note in (e.message, e.callback) if note}
    assert len({call.id for call in scripts.calls}) == 10
    assert named <= known
    assert all(re.compile(pattern) for pattern in scripts.asks.values())


def test_there_are_calls_in_every_language_the_product_speaks() -> None:
    assert languages() == ["de", "en", "es", "fr", "it", "pt"]


@pytest.mark.parametrize("language", ["en", "it", "es", "fr", "de", "pt"])
def test_a_caller_knows_what_every_question_of_the_assistant_asks_for(language: str) -> None:
    phrases, caller = load_texts(language).concierge["phrases"], Caller(read(language), BUSY)
    understood = {
        text: caller.asked_for(text.replace("{name}", "Whitby").replace("{options}", "Whitby"))
        for key in ASKS
        for text in phrases[key]
    }
    wanted = {text: kind for key, kind in ASKS.items() for text in phrases[key]}
    assert understood == wanted


@pytest.mark.parametrize(
    ("heard", "answer"),
    [
        ("Of course. Who's calling, please?", "It's Sarah Whitmore."),
        ("I didn't get the number. Could you say it slowly?", f"{BUSY.caller.number}."),
        ("What is it about?", "It's about the quote for my new bathroom."),
        ("Would you like to leave a message for Eleanor Whitby?", "Yes, please."),
        ("Do you mean Eleanor Whitby or Maria Rossi?", "Eleanor Whitby, please."),
        ("Sorry, I didn't get that. Could you repeat it, please?", BUSY.says[0]),
    ],
)
def test_a_caller_answers_what_he_is_asked(heard: str, answer: str) -> None:
    caller = Caller(ENGLISH, BUSY)
    assert caller.says("", ()) == BUSY.says[0]
    assert caller.says(heard, ()) == answer


def test_a_caller_who_wants_nobody_picks_a_time() -> None:
    assert Caller(ENGLISH, VISIT).says("Sorry, which one: at nine or at ten?", ()) == (
        "The first one, please."
    )


def test_a_caller_who_is_offered_somebody_else_says_whom_he_wants() -> None:
    caller = Caller(ENGLISH, BUSY)
    caller.says("", ())
    looked_up = tool("find_contact", "ambiguous")
    assert caller.says("Do you mean Maria Rossi?", [looked_up]) == (
        "No, I want to speak to Eleanor Whitby."
    )


@pytest.mark.parametrize(
    ("number", "name", "answer"),
    [
        ("01632960457", "Sarah Whitmore", "Yes, that's right."),
        ("+441632960457", "Sara Whitmore", "Yes, that's right."),
        ("01632960547", "Sarah Whitmore", "No, the number is wrong. It's {number}."),
        ("1632960457", "Sarah Whitmore", "No, the number is wrong. It's {number}."),
        ("457", "Sarah Whitmore", "No, the number is wrong. It's {number}."),
        ("01632960457", "Terry Moore", "No, the name is wrong. My name is Sarah Whitmore."),
    ],
)
def test_a_caller_agrees_only_to_what_is_right(number: str, name: str, answer: str) -> None:
    read_back = tool("take_message", "confirm", callback_number=number, caller_name=name)
    said = Caller(ENGLISH, BUSY).says("Is that right?", [read_back])
    assert said == answer.replace("{number}", BUSY.caller.number)


def test_a_caller_corrects_twice_and_gives_in() -> None:
    caller = Caller(ENGLISH, BUSY)
    wrong = tool("take_message", "confirm", callback_number="1", caller_name="Sarah Whitmore")
    said = [caller.says("Is that right?", [wrong]) for _ in range(3)]
    assert said[2] == "Yes, that's right."
    assert said[0] == said[1] != said[2]


def test_a_caller_who_is_asked_the_same_a_fourth_time_hangs_up() -> None:
    caller = Caller(ENGLISH, BUSY)
    said = [caller.says("Who's calling, please?", ()) for _ in range(4)]
    assert said == ["It's Sarah Whitmore."] * 3 + [None]


def test_a_caller_who_got_no_answer_says_it_again_and_one_who_did_hangs_up() -> None:
    call = ScriptedCall.model_validate(
        {"id": "x", "says": ["Can I park?"], "expected": {"topics": ["parking"]}}
    )
    other = tool("search_knowledge", "answered", {"topic": "address"})
    right = tool("search_knowledge", "answered", {"topic": "parking"})
    caller = Caller(ENGLISH, call)
    assert caller.says("", ()) == "Can I park?"
    assert caller.says("We are in Wexcombe.", [other]) == "Can I park?"
    assert caller.says("Yes, behind the house.", [right]) is None


def test_a_script_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValueError, match="lines"):
        Scripts.model_validate(
            {"voices": ["v"], "asks": {}, "answers": {}, "calls": [], "lines": []}
        )
