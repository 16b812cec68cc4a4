import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.text.normaliser import words
from guardrails.text.sentences import sentences

pytestmark = pytest.mark.unit


def split(text: str) -> list[str]:
    return [" ".join(sentence) for sentence in sentences(text, "en")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello. Who is there?", ["hello", "who is there"]),
        ("Dr. Smith is in. Come at 8.30", ["dr smith is in", "come at 8 30"]),
        ("he's not. breathing", ["he s not breathing"]),
        ("He... He's not… Not breathing", ["he s not breathing"]),
        ("Help! my house", ["help", "my house"]),
        ("First line\nSecond line", ["first line", "second line"]),
        ("- one\n- two", ["one", "two"]),
        ("one\n\ntwo", ["one", "two"]),
        ("Never; always", ["never", "always"]),
        ("", []),
        ("?!.", []),
    ],
)
def test_a_text_is_split_where_sentences_end(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_a_line_broken_for_its_length_goes_on() -> None:
    wrapped = "Whoever calls about the position of a nurse is to be ranked\nBy how they sound"
    assert len(split(wrapped)) == 1
    assert len(split("Rank the\napplicants")) == 1


WORDS = st.sampled_from(["alpha", "Beta", "gamma", "Delta"])
MARKS = st.sampled_from([" ", ". ", "! ", "...", "\n", "\n- ", "; ", ", ", "\n\n", ".", '?" '])


@given(st.lists(st.tuples(WORDS, MARKS), max_size=12))
@settings(max_examples=500, deadline=None)
def test_no_word_is_lost_or_made_up(pieces: list[tuple[str, str]]) -> None:
    text = "".join(word + mark for word, mark in pieces)
    assert {word for sentence in sentences(text) for word in sentence} == set(words(text))
