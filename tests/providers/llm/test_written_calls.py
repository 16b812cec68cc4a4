"""Tool calls that a model writes among its words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.llm.say_reader import AskedTool
from providers.llm.written_calls import WrittenCalls
from tests.providers.llm.test_say_reader import cut

pytestmark = pytest.mark.unit

TOOLS = ("transfer_call", "check_hours", "end_call")
ANN = {"contact_id": "ann"}


def read(*pieces: str) -> tuple[str, list[AskedTool]]:
    reader = WrittenCalls(TOOLS)
    said = "".join(map(reader.feed, pieces))
    rest, calls = reader.finish()
    return said + rest, calls


WRITTEN = [
    'transfer_call(contact_id="ann")',
    "transfer_call (contact_id='ann')",
    'transfer_call({"contact_id": "ann"})',
    '{"name": "transfer_call", "arguments": {"contact_id": "ann"}}',
    '{"name": "transfer_call", "parameters": {"contact_id": "ann"}}',
    '{{"name": "transfer_call", "arguments": {"contact_id": "ann"}}}',
    '{"function": {"name": "transfer_call", "arguments": "{\\"contact_id\\": \\"ann\\"}"}}',
    '<tool_call>\n{"name": "transfer_call", "arguments": {"contact_id": "ann"}}\n</tool_call>',
    '```json\n{"name": "transfer_call", "arguments": {"contact_id": "ann"}}\n```',
    '[TOOL_CALLS] [{"name": "transfer_call", "arguments": {"contact_id": "ann"}}',
]


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("before", ["", "One moment, please. "])
@given(places=st.lists(st.integers(0, 200)))
def test_a_written_call_is_made_and_never_spoken(
    written: str, before: str, places: list[int]
) -> None:
    said, calls = read(*cut(before + written, places))
    assert said.strip() == before.strip()
    assert calls == [AskedTool(name="transfer_call", arguments=ANN)]


@given(
    st.lists(st.sampled_from(["We open at nine (or ten).", "check", "the transfer", "it's", "e"])),
    st.lists(st.integers(0, 200)),
)
def test_words_are_spoken_as_they_are(words: list[str], places: list[int]) -> None:
    text = " ".join(words)
    assert read(*cut(text, places)) == (text, [])


@given(st.text("tranfe_cl({})<>`\"'= \\", max_size=60), st.lists(st.integers(0, 100)))
def test_nonsense_is_read_without_an_error(text: str, places: list[int]) -> None:
    said, _ = read(*cut(text, places))
    assert len(said) <= len(text)


def test_half_a_call_and_a_call_of_nothing_known_are_not_spoken() -> None:
    assert read('Yes. {"name": "transfer_call", "argum') == ("Yes. ", [])
    assert read('Yes. {"name": "launch_rocket"}') == ("Yes. ", [])
    assert read("Yes. transfer_call(contact_id=") == ("Yes. ", [])


def test_thoughts_are_not_spoken() -> None:
    assert read("<think>check_hours(when='x')?", "</think>At nine.") == ("At nine.", [])


def test_arguments_that_are_no_code_are_left_out() -> None:
    assert read("end_call(the caller said goodbye)")[1] == [
        AskedTool(name="end_call", arguments={})
    ]
