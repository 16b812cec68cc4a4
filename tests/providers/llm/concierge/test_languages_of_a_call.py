"""The language is part of the dialogue: each turn is read in the one in force, nothing is lost."""

from collections.abc import Mapping
from typing import Any

import pytest

from prompts.loader import available, load
from providers.contracts import LLMOptions
from providers.llm.concierge.engine import ConciergeLLM
from providers.llm.concierge.turn import Language
from tests.providers.llm.concierge.office import ALL_TOOLS, Caller, Office

pytestmark = pytest.mark.integration

PHRASES = {code: load(code).concierge["phrases"] for code in available()}


@pytest.fixture
def caller(languages: Mapping[str, Language]) -> Caller:
    return Caller(languages["en"], others=languages.get)


def asks(code: str, key: str, said: str) -> bool:
    return any(variant in said for variant in PHRASES[code][key])


def test_a_message_half_taken_goes_on_in_the_new_language(caller: Caller) -> None:
    caller.say("i'd like to leave a message")
    caller.say("my name is klara neumann")
    turn = caller.say("parla italiano?")
    assert [call.name for call in turn.calls] == ["switch_language"]
    assert asks("it", "ask_number", turn.said)
    turn = caller.say("zero due trentaquattro cinquantasei settantotto novanta")
    assert asks("it", "ask_about", turn.said)
    caller.say("la caldaia perde acqua")
    turn = caller.say("sì va bene")
    assert turn.calls[0].arguments == {
        "caller_name": "Klara Neumann",
        "callback_number": "0234567890",
        "about": "la caldaia perde acqua",
        "confirmed": True,
    }
    assert asks("it", "noted", turn.said)


def test_the_first_turn_in_another_language_is_answered_in_it(caller: Caller) -> None:
    caller.goes_over("it")
    turn = caller.say("c'è un parcheggio?")
    assert turn.said == "C'è un parcheggio gratuito dietro l'edificio."


def test_a_switch_found_out_from_a_turn_counts_for_that_turn(caller: Caller) -> None:
    caller.messages.append({"role": "user", "content": "posso parlare con anna verdi"})
    caller.goes_over("it")
    reply = caller.concierge.respond(caller.messages, ALL_TOOLS)
    assert [(call.name, call.arguments["name"]) for call in reply.calls] == [
        ("find_contact", "anna verdi")
    ]


def test_turns_before_the_switch_are_still_read_in_their_own_language(
    languages: Mapping[str, Language],
) -> None:
    caller = Caller(languages["en"], others=languages.get)
    caller.say("take a message please my name is tom baker my number is 020 7946 0018")
    caller.say("passons au français")
    caller.goes_over("fr")
    caller.say("c'est pour la facture")
    afresh = Caller(languages["en"], others=languages.get)
    afresh.concierge.respond(caller.messages, ALL_TOOLS)
    assert afresh.concierge.arranging == caller.concierge.arranging
    assert caller.arranged["caller_name"] == "Tom Baker"


def test_what_was_read_back_is_read_back_again_by_the_tool(caller: Caller) -> None:
    caller.say("leave a message")
    caller.say("tom baker 020 7946 0018")
    caller.say("the boiler leaks")
    turn = caller.say("can we speak italian")
    assert [call.name for call in turn.calls] == ["switch_language", "take_message"]
    assert turn.calls[1].arguments["confirmed"] is False
    turn = caller.say("sì")
    assert turn.calls[0].arguments["confirmed"] is True


def test_an_offer_is_made_again_in_the_new_language(caller: Caller) -> None:
    caller.say("do you sell office chairs")
    turn = caller.say("parla italiano?")
    assert asks("it", "offer_person_or_message", turn.said)
    assert [call.name for call in caller.say("un messaggio").calls] == []
    assert caller.concierge.arranging is not None


def test_a_choice_of_people_is_put_again_in_the_new_language(caller: Caller) -> None:
    caller.say("mario rossi please")
    turn = caller.say("parla italiano?")
    assert "legal" in turn.said
    calls = caller.say("il secondo").calls
    assert calls[0].arguments["contact_id"] == "rossi-legal"


def test_a_time_that_was_proposed_is_read_back_in_the_new_language(caller: Caller) -> None:
    for said in ("call me back on sunday", "tom baker", "020 7946 0018", "about my boiler"):
        caller.say(said)
    turn = caller.say("parla italiano?")
    assert [call.name for call in turn.calls] == ["switch_language", "promise_callback"]
    assert turn.calls[1].arguments["when"] == "2026-01-12T09:00"
    assert caller.say("sì").calls[0].arguments["confirmed"] is True


class Parcels(Office):
    """An office with a tool of its own."""

    def _search_knowledge(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"outcome": "use_tool", "tool": "order_status", "score": 1.0}

    def _order_status(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if "number" not in arguments:
            return {"outcome": "invalid", "field": "number", "spoken": "Which order?"}
        return {"outcome": "sent", "spoken": "Sent."}


def test_a_tool_of_the_tenant_is_asked_to_ask_again(languages: Mapping[str, Language]) -> None:
    tools = ALL_TOOLS | {"order_status"}
    caller = Caller(languages["en"], Parcels(), tools, others=languages.get)
    caller.say("where is the parcel i have ordered")
    turn = caller.say("parla italiano?")
    assert [call.name for call in turn.calls] == ["switch_language", "order_status"]
    assert caller.say("A 42").calls[0].arguments["number"] == "A 42"


def test_there_and_back_again(caller: Caller) -> None:
    caller.say("parla italiano?")
    caller.say("vorrei lasciare un messaggio")
    turn = caller.say("possiamo parlare inglese")
    assert asks("en", "ask_name", turn.said)
    caller.say("tom baker")
    assert caller.arranged["caller_name"] == "Tom Baker"


@pytest.mark.parametrize("code", [code for code in available() if code != "en"])
def test_every_language_can_be_gone_over_to(languages: Mapping[str, Language], code: str) -> None:
    caller = Caller(languages["en"], others=languages.get)
    caller.say("leave a message")
    caller.goes_over(code)
    turn = caller.say("...")
    assert asks(code, "ask_name", turn.said) or asks(code, "ask_name_again", turn.said)


def test_a_call_shares_what_was_prepared(brain: ConciergeLLM) -> None:
    texts = {code: load(code).concierge for code in available()}
    for code, own in texts.items():
        brain.prepare(LLMOptions(language=code, texts=own))
    options = LLMOptions(language="en", texts=texts["en"], others=texts)
    known = [brain.language(LLMOptions(language=code, texts=own)) for code, own in texts.items()]
    brain.service(options)
    assert [brain.language(LLMOptions(language=c, texts=t)) for c, t in texts.items()] == known
