"""Whatever a caller answers, the conversation goes on: nothing is asked for ever."""

from collections.abc import Mapping
from typing import Any

import pytest

from prompts.loader import available, load
from providers.llm.concierge.turn import Language
from tests.providers.llm.concierge.office import Caller, Office

pytestmark = pytest.mark.integration

PHRASES = {code: load(code).concierge["phrases"] for code in available()}


@pytest.fixture
def caller(languages: Mapping[str, Language]) -> Caller:
    return Caller(languages["en"], Office())


def said(caller: Caller, key: str, text: str, code: str = "en") -> bool:
    turn = caller.say(text)
    return any(variant.split("{")[0] in turn.said for variant in PHRASES[code][key])


def arranging(caller: Caller) -> str:
    return caller.concierge.arranging[0] if caller.concierge.arranging else ""


def test_one_is_what_was_spoken_of_last(caller: Caller) -> None:
    caller.say("how much does a consultation cost")
    turn = caller.say("i'd like to book one for next tuesday morning")
    assert turn.calls[0].name == "book_appointment"
    assert "consultation" in str(turn.calls[0].arguments["service"])
    assert "tuesday" in str(turn.calls[0].arguments["when"])


@pytest.mark.parametrize(
    ("code", "asked", "booked", "word"),
    [
        ("it", "quanto costa la prima consulenza", "vorrei prenotarla per martedì", "consulenza"),
        ("es", "cuánto cuesta la primera consulta", "quiero reservarla para el martes", "consulta"),
        (
            "fr",
            "combien coûte la consultation",
            "je voudrais la réserver pour mardi",
            "consultation",
        ),
        ("de", "was kostet die beratung", "ich möchte so eine am dienstag buchen", "beratung"),
        ("pt", "quanto custa a primeira consulta", "queria marcá-la para terça", "consulta"),
    ],
)
def test_it_is_what_was_spoken_of_last_in_every_language(
    languages: Mapping[str, Language], code: str, asked: str, booked: str, word: str
) -> None:
    caller = Caller(languages[code], Office())
    caller.say(asked)
    turn = caller.say(booked)
    assert turn.calls[0].name == "book_appointment"
    assert word in str(turn.calls[0].arguments["service"])


def test_who_does_not_know_what_to_ask_hears_what_can_be_asked(caller: Caller) -> None:
    assert said(caller, "capabilities", "i don't know")


def test_one_is_asked_about_when_nothing_was_spoken_of(caller: Caller) -> None:
    assert said(caller, "ask_service", "i'd like to book one for next tuesday morning")


def test_a_service_that_cannot_be_booked_is_not_asked_for_for_ever(caller: Caller) -> None:
    caller.say("i'd like to book an appointment")
    caller.say("a roof")
    last = caller.say("tuesday").said
    for _ in range(4):
        if not arranging(caller):
            break
        last = caller.say("a new roof").said
    assert not arranging(caller)
    assert any(variant in last for variant in PHRASES["en"]["task_failed"])


def test_a_name_is_no_service(caller: Caller) -> None:
    caller.say("i'd like to book an appointment")
    caller.say("my name is tom baker")
    assert caller.arranged == {"caller_name": "Tom Baker"}


@pytest.mark.parametrize(
    "text",
    [
        "Could you also ask Anna Verdi to call me back tomorrow after two?",
        "could you please also tell anna verdi that i will be late",
    ],
)
def test_also_joins_no_two_requests(caller: Caller, text: str) -> None:
    names = [call.name for call in caller.say(text).calls]
    assert names[0] == "find_contact"
    assert "search_knowledge" not in names


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("this is ridiculous, you stupid machine", "abuse"),
        ("this is ridiculous", "anger"),
        ("do you speak italian", "go_ahead"),
        ("i want to talk to a real person", "answered"),
    ],
)
@pytest.mark.parametrize("slot", range(4))
def test_what_is_no_answer_counts_in_every_slot(
    languages: Mapping[str, Language], text: str, key: str, slot: int
) -> None:
    caller = Caller(languages["en"], Office(), others=languages.get)
    for answer in ("call me back please", "tomorrow", "tom baker", "020 7946 0018")[: slot + 1]:
        caller.say(answer)
    turn = caller.say(text)
    if key == "go_ahead":
        assert turn.calls[0].name == "switch_language"
    elif key == "answered":
        assert turn.calls[-1].name == "transfer_call"
    else:
        assert any(v in turn.said for k in ("abuse", "anger") for v in PHRASES["en"][k])


def test_a_yes_is_no_subject_and_is_asked_about_once(caller: Caller) -> None:
    for answer in ("leave a message", "tom baker", "020 7946 0018"):
        caller.say(answer)
    assert said(caller, "ask_about", "yes that's right")
    turn = caller.say("yes that's right")
    assert turn.calls[0].name == "take_message"


def test_another_request_while_a_time_is_proposed_is_taken(caller: Caller) -> None:
    caller.say("please call me back on sunday")
    caller.say("tom baker")
    caller.say("020 7946 0018")
    assert "Monday at nine" in caller.say("about my boiler").said
    turn = caller.say("i'd like to leave a message for anna verdi")
    assert arranging(caller) == "take_message"
    assert "promise_callback" not in [call.name for call in turn.calls]


def test_words_that_are_no_time_do_not_become_one(caller: Caller) -> None:
    caller.say("please call me back on sunday")
    caller.say("tom baker")
    caller.say("020 7946 0018")
    caller.say("about my boiler")
    turn = caller.say("the cat is on the roof")
    assert not turn.calls
    assert "Monday at nine" in turn.said


@pytest.mark.parametrize(
    ("code", "begin", "text"),
    [
        ("it", "vorrei parlare con anna verdi", "senta, quanto costa la prima consulenza?"),
        ("en", "can i speak to anna verdi", "listen, how much does it cost?"),
        ("fr", "je voudrais parler à anna verdi", "dites, combien ça coûte ?"),
    ],
)
def test_a_question_is_never_a_name(
    languages: Mapping[str, Language], code: str, begin: str, text: str
) -> None:
    caller = Caller(languages[code], Office(lines={"verdi": "busy"}))
    caller.say(begin)
    turn = caller.say(text)
    assert [call.name for call in turn.calls] == ["search_knowledge"]
    assert not arranging(caller)


class BusyOffice(Office):
    """Has these times and no others."""

    def _book_appointment(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if arguments.get("slot"):
            return self._confirmed("book_appointment", arguments, {"outcome": "booked"})
        times = ["tomorrow at nine", "tomorrow at two", "on Saturday at eleven"]
        slots = [{"id": time, "spoken": time} for time in times]
        return {"outcome": "none", "slots": slots, "spoken": "Which would suit you?"}


@pytest.mark.parametrize(
    ("answer", "slot"),
    [
        ("on saturday", "on Saturday at eleven"),
        ("at two", "tomorrow at two"),
        ("on sunday", ""),
        ("on sunday at eleven", ""),
    ],
)
def test_a_day_that_was_not_offered_is_a_new_wish(
    languages: Mapping[str, Language], answer: str, slot: str
) -> None:
    caller = Caller(languages["en"], BusyOffice())
    caller.say("my name is tom baker")
    caller.say("i'd like to book a consultation on monday")
    call = [*caller.say(answer).calls, *caller.say("0171 555 0123").calls][0]
    assert call.arguments.get("slot", "") == slot
    assert slot or "sunday" in str(call.arguments["when"])
