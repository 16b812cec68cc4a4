"""What holds in every dialogue, whatever is said."""

import json
import re
from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prompts.loader import available, load
from providers.llm.concierge.concierge import Concierge
from providers.llm.concierge.turn import Language
from providers.llm.concierge.vocabulary import Kind, Say
from tests.providers.llm.concierge.office import ALL_TOOLS, COMPANY, Caller, Office, messages_of

pytestmark = pytest.mark.integration

SENTENCES = [
    "mario rossi please",
    "the second one",
    "leave a message",
    "tom baker",
    "555 0123",
    "no",
    "yes please",
    "what time do you close and is there parking",
    "forget it",
    "operator",
    "sorry?",
    "do you sell chairs",
    "tell her i'll be late",
    "bye",
    "",
    "call me back tomorrow after five",
    "book an appointment for a consultation",
    "on tuesday",
    "the later one",
    "not friday, thursday",
    "no, the number ends in 45",
    "parla italiano",
    "can we speak spanish",
    "slower please",
    "louder",
    "you stupid robot",
    "this is ridiculous",
    "tell me a joke",
    "i don't want sales, i want accounting",
    "uh",
    "7 7 1",
    "and on sunday",
    "anna dot verdi at gmail dot com",
]
CLUMSY = (
    "not_understood",
    "still_not_understood",
    "unknown_answer",
    "too_much",
    "only_digits",
    "tool_failed",
    "ask_name_again",
    "ask_number_again",
    "ask_when_again",
    "not_possible",
)
TURNS = st.lists(st.one_of(st.sampled_from(SENTENCES), st.text(max_size=80)), max_size=8)
LINES = st.dictionaries(
    st.sampled_from(["rossi-sales", "verdi", "operator", "accounting"]),
    st.sampled_from(["answered", "busy", "declined", "closed", "failed", "nonsense"]),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    turns=TURNS,
    lines=LINES,
    tools=st.sets(st.sampled_from(sorted(ALL_TOOLS))),
    broken=st.sets(st.sampled_from(sorted(ALL_TOOLS)), max_size=2),
    code=st.sampled_from(["en", "it"]),
)
def test_every_turn_is_answered_and_only_offered_tools_are_called(
    languages: Mapping[str, Language],
    turns: list[str],
    lines: dict[str, str],
    tools: set[str],
    broken: set[str],
    code: str,
) -> None:
    caller = Caller(languages[code], Office(lines=lines, broken=broken), tools)
    for text in turns:
        turn = caller.say(text)
        assert turn.said.strip()
        assert {call.name for call in turn.calls} <= tools
        assert "{" not in re.sub(re.escape(text), "", turn.said)


@settings(max_examples=25, deadline=None)
@given(turns=TURNS)
def test_a_dialogue_played_again_from_its_messages_is_the_same(
    languages: Mapping[str, Language], turns: list[str]
) -> None:
    caller = Caller(languages["en"])
    for text in turns:
        caller.say(text)
        fresh = Concierge(languages["en"], company=COMPANY)
        assert fresh.respond(caller.messages, ALL_TOOLS) == caller.concierge.respond(
            caller.messages, ALL_TOOLS
        )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(turns=TURNS, code=st.sampled_from(["en", "it"]))
def test_no_clumsy_sentence_is_said_twice_in_a_row(
    languages: Mapping[str, Language], turns: list[str], code: str
) -> None:
    phrases = languages[code].grammar.texts.phrases
    clumsy = {text for key in CLUMSY for text in phrases[Say(key)]}
    caller = Caller(languages[code])
    # Who asks to hear something again hears it again.
    again = (Kind.REPEAT, Kind.SLOWER, Kind.LOUDER)
    acts = [languages[code].understanding.acts(turn)[0].kind for turn in turns]
    replies = [
        caller.say(turn).said for turn, kind in zip(turns, acts, strict=True) if kind not in again
    ]
    said = [{text for text in clumsy if text in reply} for reply in replies]
    assert all(not one & other for one, other in pairwise(said))


@pytest.mark.parametrize("code", available())
def test_three_thousand_words_in_one_breath_are_met_with_a_question(
    languages: Mapping[str, Language], code: str
) -> None:
    caller = Caller(languages[code])
    phrases = languages[code].grammar.texts.phrases
    turn = caller.say(" ".join(f"bla{index % 7} lorem{index % 5}" for index in range(1500)))
    assert turn.said in phrases[Say.TOO_MUCH]
    assert not turn.calls


def test_who_says_at_the_end_of_a_long_speech_what_he_wants_gets_it(
    languages: Mapping[str, Language],
) -> None:
    story = "and then the water came through the ceiling again " * 80
    turn = Caller(languages["en"]).say(f"{story}. Can I speak to Anna Verdi please")
    assert "Anna Verdi is on the line" in turn.said


def test_a_long_message_is_kept_whole(languages: Mapping[str, Language]) -> None:
    caller = Caller(languages["en"])
    story = "the water came through the ceiling and " * 40
    for text in ("leave a message", "tom baker 555 0123"):
        caller.say(text)
    assert caller.say(story).calls[0].arguments["about"] == story.strip()


def test_the_same_sentence_is_not_said_twice_in_a_row(languages: Mapping[str, Language]) -> None:
    caller = Caller(languages["en"])
    said = [caller.say("how are you").said for _ in range(4)]
    assert all(one != other for one, other in pairwise(said))


def test_tool_calls_have_ids_that_depend_on_the_dialogue_alone(
    languages: Mapping[str, Language],
) -> None:
    ids = [call.identifier for call in Caller(languages["en"]).say("john carter").calls]
    assert ids == ["concierge-1-1", "concierge-1-2", "concierge-1-3"]


def test_yes_to_an_offer_of_the_silence_ladder_is_taken(languages: Mapping[str, Language]) -> None:
    for code, agrees in (("en", "yes please"), ("it", "sì grazie")):
        caller = Caller(languages[code])
        caller.overhears(load(code).session["silence_offer_person"][0])
        assert [call.name for call in caller.say(agrees).calls] == ["transfer_call"]


def test_a_silence_in_the_middle_of_a_message_does_not_lose_it(
    languages: Mapping[str, Language],
) -> None:
    caller = Caller(languages["en"])
    caller.say("leave a message")
    caller.overhears("Are you still there?")
    assert "number" in caller.say("tom baker").said
    caller.overhears(load("en").session["silence_offer_person"][0])
    assert "number" in caller.say("no").said


def test_a_greeting_can_be_repeated(languages: Mapping[str, Language]) -> None:
    caller = Caller(languages["en"])
    caller.overhears("Hello, you've reached Bianchi and Sons.")
    assert "you've reached Bianchi and Sons" in caller.say("sorry?").said


def test_an_interrupted_answer_is_repeated_whole(languages: Mapping[str, Language]) -> None:
    caller = Caller(languages["en"])
    caller.say("how much does it cost")
    caller.messages[-1]["content"] = "The first"
    assert "sixty euros" in caller.say("sorry?").said


def test_a_call_taken_over_from_another_brain_goes_on(languages: Mapping[str, Language]) -> None:
    """The tool was called by a language model that then failed; its result is answered."""
    concierge = Concierge(languages["en"], company=COMPANY)
    hours = json.dumps({"outcome": "hours", "spoken": "From nine to six."})
    function = {"name": "check_hours", "arguments": "{}"}
    messages = [
        {"role": "system", "content": "You are a receptionist."},
        {"role": "user", "content": "when are you open"},
        {"role": "assistant", "tool_calls": [{"id": "call_x", "function": function}]},
        {"role": "tool", "tool_call_id": "call_x", "content": hours},
    ]
    assert concierge.respond(messages, ALL_TOOLS).text == "From nine to six."


def test_an_offer_of_another_brain_can_be_taken(languages: Mapping[str, Language]) -> None:
    caller = Caller(languages["en"])
    caller.say("hello")
    caller.overhears("I don't know that one. Would you like to leave a message?")
    assert "calling" in caller.say("yes").said


def test_a_murmur_while_it_rings_does_not_stop_the_call(languages: Mapping[str, Language]) -> None:
    concierge = Concierge(languages["en"], company=COMPANY)
    messages = [{"role": "user", "content": "operator"}]
    ringing = concierge.respond(messages, ALL_TOOLS).calls[0]
    messages += messages_of(ringing, "CANCELLED")
    messages.append({"role": "assistant", "content": "One moment, please."})
    messages.append({"role": "user", "content": "okay"})
    again = concierge.respond(messages, ALL_TOOLS).calls
    assert [(call.name, call.arguments) for call in again] == [(ringing.name, ringing.arguments)]
    assert again[0].identifier != ringing.identifier


def test_a_running_tool_is_not_called_twice(languages: Mapping[str, Language]) -> None:
    concierge = Concierge(languages["en"], company=COMPANY)
    messages = [{"role": "user", "content": "operator"}]
    ringing = concierge.respond(messages, ALL_TOOLS).calls[0]
    messages += messages_of(ringing, "IN_PROGRESS")
    reply = concierge.respond(messages, ALL_TOOLS)
    assert not reply.calls
    assert not reply.text


def test_words_written_down_after_the_result_do_not_hide_it(
    languages: Mapping[str, Language],
) -> None:
    """What is said while a tool runs may reach the context after the tool's result."""
    concierge = Concierge(languages["en"], company=COMPANY)
    messages = [{"role": "user", "content": "what time do you close and operator please"}]
    hours = concierge.respond(messages, ALL_TOOLS).calls[0]
    messages += messages_of(hours, json.dumps({"outcome": "hours", "spoken": "From nine."}))
    first = concierge.respond(messages, ALL_TOOLS)
    assert first.text == "From nine."
    messages += messages_of(first.calls[0], json.dumps({"outcome": "busy"}))
    messages.append({"role": "assistant", "content": "From nine."})
    assert "another call" in concierge.respond(messages, ALL_TOOLS).text


def test_a_tool_that_fails_is_owned_up_to(languages: Mapping[str, Language]) -> None:
    caller = Caller(languages["en"], Office(broken=["check_hours"]))
    assert "can't look that up" in caller.say("when are you open").said


def test_a_message_that_is_not_kept_is_not_said_to_be(languages: Mapping[str, Language]) -> None:
    caller = Caller(languages["en"], Office(broken=["take_message"]))
    for text in ("leave a message", "tom baker", "555 0123"):
        caller.say(text)
    assert "couldn't save" in caller.say("the roof").said


def test_without_a_line_a_message_is_offered(languages: Mapping[str, Language]) -> None:
    caller = Caller(languages["en"], tools=ALL_TOOLS - {"transfer_call"})
    turn = caller.say("i want to speak to a human")
    assert not turn.calls
    assert "message" in turn.said


def test_a_long_call_is_played_again_whole(languages: Mapping[str, Language]) -> None:
    caller = Caller(languages["en"])
    for index in range(30):
        caller.say(f"what time do you close and tell me about thing number {index}")
    fresh = Concierge(languages["en"], company=COMPANY)
    again = fresh.respond(caller.messages, ALL_TOOLS)
    assert again == caller.concierge.respond(caller.messages, ALL_TOOLS)
    assert len(caller.messages) > 90


def test_who_has_said_goodbye_does_not_say_it_twice(languages: Mapping[str, Language]) -> None:
    caller = Caller(languages["en"])
    caller.say("bye")
    heard, farewell, *ending = caller.messages
    # Words said together with a call may be written down behind its result.
    reply = Concierge(languages["en"], company=COMPANY).respond(
        [heard, *ending, farewell], ALL_TOOLS
    )
    assert (reply.text, tuple(reply.calls)) == ("", ())
