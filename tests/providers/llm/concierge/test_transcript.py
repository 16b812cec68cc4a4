import json
from typing import Any

import pytest
from pipecat.processors.aggregators import async_tool_messages

from providers.llm.concierge.transcript import Finished, Heard, Spoken, called, read

pytestmark = pytest.mark.unit


def call(identifier: str, name: str = "check_hours") -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps({"when": "today"})}
    return {"role": "assistant", "tool_calls": [{"id": identifier, "function": function}]}


def result(identifier: str, content: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": identifier, "content": content}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def test_a_turn_in_several_messages_is_one_turn() -> None:
    assert read([user("what time"), user("do you close")]) == (
        Heard(text="what time do you close"),
    )


def test_instructions_are_no_part_of_the_dialogue() -> None:
    system = {"role": "system", "content": "x"}
    assert read([system, user("a"), {"role": "assistant", "content": "b"}]) == (
        Heard(text="a"),
        Spoken(text="b"),
    )


def test_a_tool_still_running_has_not_ended() -> None:
    messages = [user("a"), call("1"), result("1", "IN_PROGRESS")]
    assert read(messages) == (Heard(text="a"),)
    assert called(messages) == {"1"}


def test_a_tool_withdrawn_by_the_caller_has_not_ended() -> None:
    messages = [user("a"), call("1"), result("1", "CANCELLED"), user("b")]
    assert read(messages) == (Heard(text="a b"),)


def test_a_tool_cancelled_for_another_reason_has_failed() -> None:
    ended = read([user("a"), call("1"), result("1", "CANCELLED")])[-1]
    assert isinstance(ended, Finished)
    assert ended.outcome == {"outcome": "failed"}


def test_a_result_that_comes_later_counts_from_there_on() -> None:
    spoken = json.dumps({"outcome": "hours", "spoken": "from nine"})
    messages = [
        user("a"),
        call("1"),
        async_tool_messages.build_started_message("1"),
        user("b"),
        async_tool_messages.build_final_result_message("1", spoken),
    ]
    first, second = read(messages)
    assert first == Heard(text="a b")
    assert isinstance(second, Finished)
    assert second.outcome["spoken"] == "from nine"


@pytest.mark.parametrize("content", ["", "COMPLETED", "[1]", "{", "null"])
def test_a_result_that_is_no_mapping_is_a_failure(content: str) -> None:
    ended = read([call("1"), result("1", content)])[-1]
    assert isinstance(ended, Finished)
    assert ended.outcome == {"outcome": "failed"}


def test_text_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": "hello"}, {"type": "image_url", "image_url": {}}]
    assert read([{"role": "user", "content": parts}]) == (Heard(text="hello"),)
