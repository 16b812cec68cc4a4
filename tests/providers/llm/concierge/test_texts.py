from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from prompts.loader import available, load
from providers.errors import ProviderError
from providers.llm.concierge.grammar import Grammar
from providers.llm.concierge.texts import parse
from providers.llm.concierge.vocabulary import Kind

pytestmark = pytest.mark.unit


def texts(code: str = "en") -> dict[str, Any]:
    return deepcopy(dict(load(code).concierge))


def wrong(change: Callable[[dict[str, Any]], object]) -> str:
    written = texts()
    change(written)
    with pytest.raises(ProviderError) as caught:
        Grammar(parse(written, provider="concierge:test"), provider="concierge:test")
    return str(caught.value)


@pytest.mark.parametrize("code", available())
def test_every_language_has_patterns_that_compile(code: str) -> None:
    grammar = Grammar(parse(texts(code), provider="c"), provider="c")
    assert set(grammar.intents) == set(Kind) - {Kind.QUESTION}


@pytest.mark.parametrize("code", available())
def test_a_sentence_said_often_has_variants(code: str) -> None:
    phrases = load(code).concierge["phrases"]
    often = ["help", "anything_else", "not_understood", "unknown_answer", "offer_person", "repeat"]
    assert all(len(set(phrases[key])) >= 2 for key in often)


def test_an_unknown_key_is_an_error_that_names_it() -> None:
    assert "routing.typo" in wrong(lambda written: written["routing"].update(typo=["x"]))


def test_a_missing_sentence_is_an_error_that_names_it() -> None:
    assert "farewell" in wrong(lambda written: written["phrases"].pop("farewell"))


def test_a_pattern_that_is_none_is_an_error_that_quotes_it() -> None:
    assert "'(x'" in wrong(lambda written: written["note"]["about"].append("(x"))


def test_an_unknown_macro_is_an_error_that_names_it() -> None:
    assert "<nobody>" in wrong(lambda written: written["routing"]["anybody"].append("<nobody>"))


def test_a_group_of_a_pattern_is_no_macro() -> None:
    grammar = Grammar(parse(texts(), provider="c"), provider="c")
    assert grammar.full(["(?:an? )?<machine> (?P<rest>.+)"], "a robot here") is not None
