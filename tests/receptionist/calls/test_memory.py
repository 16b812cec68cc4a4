"""What a language model reads of a long call."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receptionist.calls.memory import Recalled, dictated, paired, recall, tokens

pytestmark = pytest.mark.unit

BUDGET = 2000


def said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": text}


def tool(identifier: str, arguments: dict[str, Any], result: str) -> list[dict[str, Any]]:
    function = {"name": "search_knowledge", "arguments": json.dumps(arguments)}
    call = {"id": identifier, "type": "function", "function": function}
    return [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": identifier, "content": result},
    ]


def conversation(turns: int) -> list[dict[str, Any]]:
    messages = [said("assistant", "Hello.")]
    for number in range(turns):
        messages.append(said("user", f"Question number {number}, what about it?"))
        answer = {"outcome": "answered", "spoken": f"Answer {number}.", "alternatives": ["x"] * 200}
        messages += tool(f"c{number}", {"question": "x"}, json.dumps(answer))
        messages.append(said("assistant", f"Answer {number}."))
    return messages


def assert_valid(recalled: Recalled, budget: int) -> None:
    assert tokens(list(recalled.messages)) + tokens(list(recalled.notes)) <= budget + 10
    asked: set[str] = set()
    for message in recalled.messages:
        if message.get("role") == "tool":
            assert message["tool_call_id"] in asked
            asked.remove(message["tool_call_id"])
        else:
            assert not asked, "a call is answered before anything else is said"
            asked = {call["id"] for call in message.get("tool_calls") or []}
    assert not asked


def test_a_call_of_two_hundred_turns_stays_within_its_budget() -> None:
    messages = conversation(200)
    for length in range(2, len(messages) + 1, 13):
        recalled = recall(messages[:length], budget_tokens=BUDGET)
        assert_valid(recalled, BUDGET)
    recalled = recall(messages, budget_tokens=BUDGET)
    assert_valid(recalled, BUDGET)
    assert tokens(list(recalled.messages)) > BUDGET / 4
    assert "Question number 199" in str(recalled.messages)


def test_a_short_call_is_kept_word_for_word() -> None:
    messages = conversation(2)[:-3]
    recalled = recall([said("assistant", "Hello."), *messages], budget_tokens=BUDGET)
    assert recalled.notes == ()
    assert [m["content"] for m in recalled.messages if m["role"] == "user"] == [
        "Question number 0, what about it?",
        "Question number 1, what about it?",
    ]


def test_what_the_caller_dictated_is_never_forgotten() -> None:
    given_ = {"caller_name": "Anna Verdi", "callback_number": "01632 960555", "about": "a leak"}
    messages = [said("user", "take a message"), *tool("m", given_, '{"outcome": "confirm"}')]
    recalled = recall([*messages, *conversation(100)], budget_tokens=BUDGET)
    assert "caller_name: Anna Verdi" in recalled.notes
    assert "callback_number: 01632 960555" in recalled.notes
    assert dictated(messages) == {"caller_name": "Anna Verdi", "callback_number": "01632 960555"}


def test_turns_that_are_left_out_are_told_in_short() -> None:
    recalled = recall(
        conversation(60), budget_tokens=BUDGET, asked="Caller: {said}", told="You: {said}"
    )
    assert any(line.startswith("Caller: Question number") for line in recalled.notes)
    assert any(line.startswith("You: Answer") for line in recalled.notes)


def test_what_is_left_out_changes_in_steps_so_that_a_server_can_reuse_what_it_has_read() -> None:
    firsts = [
        str(recall(conversation(turns), budget_tokens=BUDGET).messages[0])
        for turns in range(30, 60)
    ]
    assert len(set(firsts)) <= 8


def test_a_speech_of_three_thousand_words_and_a_huge_result_are_shortened() -> None:
    long = [said("user", "word " * 3000), *tool("a", {}, json.dumps({"spoken": "x" * 50_000}))]
    assert_valid(recall(long, budget_tokens=BUDGET), BUDGET)


MESSAGES = st.lists(
    st.one_of(
        st.text(max_size=400).map(lambda text: [said("user", text)]),
        st.text(max_size=400).map(lambda text: [said("assistant", text)]),
        st.tuples(st.uuids().map(str), st.text(max_size=4000)).map(
            lambda pair: tool(pair[0], {"caller_name": pair[1][:40]}, pair[1])
        ),
        st.uuids().map(lambda identifier: tool(str(identifier), {}, "")[:1]),
        st.uuids().map(lambda identifier: tool(str(identifier), {}, "late")[1:]),
    ),
    max_size=40,
).map(lambda groups: [message for group in groups for message in group])


@settings(max_examples=60, deadline=None)
@given(MESSAGES, st.integers(500, 6000))
def test_any_call_fits_and_its_tools_stay_in_pairs(
    messages: list[dict[str, Any]], budget: int
) -> None:
    before = json.dumps(messages)
    assert_valid(recall(messages, budget_tokens=budget), budget)
    assert json.dumps(messages) == before
    assert paired(paired(messages)) == paired(messages)
