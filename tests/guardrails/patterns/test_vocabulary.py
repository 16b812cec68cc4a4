import string
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.patterns.vocabulary import Open, Vocabulary

pytestmark = pytest.mark.unit

SENTENCES = st.lists(st.text("abc", min_size=1, max_size=3), max_size=8)


def _learnt(*words: str) -> Vocabulary:
    vocabulary = Vocabulary()
    for word in words:
        vocabulary.one_of(frozenset({vocabulary.number(word)}))
    return vocabulary


def test_a_word_learnt_after_it_was_looked_at_is_found() -> None:
    vocabulary = _learnt("fire")
    assert not vocabulary.look_at(["kitchen"]).at
    vocabulary.one_of(frozenset({vocabulary.number("kitch", Open.AFTER)}))
    assert list(vocabulary.look_at(["the", "kitchen"]).at.values()) == [0b10]


def test_a_set_of_words_learnt_later_is_found_too() -> None:
    vocabulary = _learnt("fire", "smoke")
    assert len(vocabulary.look_at(["fire"]).at) == 1
    vocabulary.one_of(frozenset({vocabulary.number("fire"), vocabulary.number("smoke")}))
    assert len(vocabulary.look_at(["fire"]).at) == 2


def test_a_copy_learns_alone() -> None:
    vocabulary = _learnt("fire")
    vocabulary.look_at(["fire", "smoke"])
    copy = deepcopy(vocabulary)
    copy.one_of(frozenset({copy.number("smoke")}))
    assert len(copy.look_at(["fire", "smoke"]).at) == 2
    assert len(vocabulary.look_at(["fire", "smoke"]).at) == 1


def test_more_words_than_are_remembered_are_all_found() -> None:
    vocabulary = _learnt("fire")
    letters = string.ascii_lowercase
    words = [a + b + c for a in letters for b in letters for c in letters]
    found = vocabulary.look_at([*words, "fire", *words[:5]])
    assert list(found.at.values()) == [1 << len(words)]
    assert list(vocabulary.look_at(["abc", "fire"]).at.values()) == [0b10]


@given(SENTENCES, SENTENCES)
@settings(max_examples=300)
def test_what_was_looked_at_before_changes_nothing(first: list[str], then: list[str]) -> None:
    vocabulary, fresh = Vocabulary(), Vocabulary()
    for one in (vocabulary, fresh):
        for word, where in (
            ("ab", Open.AFTER),
            ("c", Open.BEFORE),
            ("b", Open.AROUND),
            ("a", Open.NOWHERE),
        ):
            one.one_of(frozenset({one.number(word, where)}))
    vocabulary.look_at(first)
    assert vocabulary.look_at(then) == fresh.look_at(then)
