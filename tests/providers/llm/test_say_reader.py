"""Answers in JSON, read while they arrive."""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.llm.say_reader import AskedTool, SayReader

pytestmark = pytest.mark.unit

SPOKEN = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
TOOL = st.none() | st.fixed_dictionaries(
    {
        "name": st.sampled_from(["check_hours", "say"]),
        "arguments": st.dictionaries(st.sampled_from(["when", "say", "tool"]), SPOKEN),
    }
)


def cut(text: str, places: Sequence[int]) -> list[str]:
    """Cuts `text` at places that wrap around its end."""
    bounds = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[a:b] for a, b in pairwise(bounds)]


def read(*pieces: str) -> tuple[str, list[AskedTool]]:
    reader = SayReader()
    said = "".join(map(reader.feed, pieces))
    rest, tools = reader.finish()
    return said + rest, tools


@given(SPOKEN, TOOL, st.lists(st.integers(0, 500)), st.booleans(), st.booleans())
def test_words_and_tool_come_out_as_they_went_in_however_the_stream_is_cut(
    say: str, tool: Any, places: list[int], ascii_only: bool, tool_first: bool
) -> None:
    answer = {"say": say, "tool": tool}
    if tool_first:
        answer = dict(reversed(answer.items()))
    said, tools = read(*cut(json.dumps(answer, ensure_ascii=ascii_only), places))
    assert said == say
    assert [(t.name, t.arguments) for t in tools] == (
        [(tool["name"], tool["arguments"])] if tool else []
    )


@given(st.text(max_size=80), st.lists(st.integers(0, 100)))
def test_nonsense_is_read_without_an_error(text: str, places: list[int]) -> None:
    read(*cut(text, places))
    read(*cut('{"say": "' + text, places))


def test_words_are_given_before_the_answer_is_complete() -> None:
    reader = SayReader()
    assert [reader.feed(piece) for piece in ('{"sa', 'y": "We op', "en at ni")] == [
        "",
        "We op",
        "en at ni",
    ]


def test_an_answer_that_is_no_json_is_spoken() -> None:
    assert read("We open", " at nine.") == ("We open at nine.", [])


def test_a_fence_around_the_answer_is_passed_over() -> None:
    said, tools = read('```json\n{"say": "", "tool": {"name": "end_call"}}\n```')
    assert (said, tools) == ("", [AskedTool(name="end_call", arguments={})])


def test_half_an_answer_says_what_came_and_does_nothing() -> None:
    assert read('{"say": "One moment", "tool": {"name": "transf') == ("One moment", [])


def test_half_a_character_is_replaced() -> None:
    assert read(r'{"say": "a\ud83dx\u12"}')[0] == "a�x�"
