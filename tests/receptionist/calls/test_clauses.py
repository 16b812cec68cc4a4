"""The first clause of a reply comes early."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.calls.clauses import MAX_WORDS, FirstClauseAggregator

pytestmark = pytest.mark.unit


async def clauses(*tokens: str) -> list[str]:
    aggregator = FirstClauseAggregator()
    found = [piece.text for token in tokens async for piece in aggregator.aggregate(token)]
    if rest := await aggregator.flush():
        found.append(rest.text)
    return found


async def test_a_reply_begins_at_its_first_comma_and_goes_on_in_sentences() -> None:
    assert await clauses("We open at nine, Monday to Friday, and close at six. Come by.") == [
        "We open at nine,",
        "Monday to Friday, and close at six.",
        "Come by.",
    ]


async def test_a_clause_too_short_to_cover_the_next_is_not_cut_off() -> None:
    assert await clauses("Yes, we do.") == ["Yes, we do."]


async def test_a_long_sentence_that_comes_word_by_word_is_cut_after_some_words() -> None:
    words = [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
    ]
    first = (await clauses(words[0], *(f" {word}" for word in words[1:])))[0]
    assert first.split() == words[:MAX_WORDS]


async def test_a_long_sentence_that_comes_whole_is_not_cut() -> None:
    whole = "One two three four five six seven eight nine ten eleven."
    assert await clauses(whole) == [whole]


async def test_the_clause_comes_as_soon_as_its_comma_does() -> None:
    aggregator = FirstClauseAggregator()
    early = [piece.text async for piece in aggregator.aggregate("We open at nine,")]
    assert early == ["We open at nine,"]


async def test_an_interrupted_reply_leaves_nothing_behind() -> None:
    aggregator = FirstClauseAggregator()
    _ = [piece async for piece in aggregator.aggregate("This will never")]
    await aggregator.handle_interruption()
    pieces = [piece.text async for piece in aggregator.aggregate("We open at nine, yes")]
    assert pieces == ["We open at nine,"]


@given(st.lists(st.text(alphabet="abc ,.;:!?\n", max_size=12), max_size=30))
async def test_no_letter_is_lost_or_added(tokens: list[str]) -> None:
    said = "".join("".join(await clauses(*tokens)).split())
    assert said == "".join("".join(tokens).split())
