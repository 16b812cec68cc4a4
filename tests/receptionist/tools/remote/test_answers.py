"""Whatever a service sends is understood by a rule, or refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.tools.remote.answers import GarbledError, at, parsed, understood
from receptionist.tools.remote.config import AnswerRule

pytestmark = pytest.mark.unit

RULES = [
    AnswerRule.model_validate(
        {"when": {"/state": True}, "outcome": "yes", "fields": {"n": "/list/1"}, "spoken": "{n}!"}
    ),
    AnswerRule.model_validate({"status": [200, 404], "outcome": "other", "spoken": "Something."}),
]
ANSWERS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["state", "list"]) | st.text(), inner)
    ),
)


@pytest.mark.parametrize(
    ("answer", "status", "outcome", "spoken"),
    [
        ({"state": True, "list": ["a", "b"]}, 200, "yes", "b!"),
        ({"state": True, "list": ["a"]}, 200, "other", "Something."),
        ({"state": 1, "list": ["a", "b"]}, 200, "other", "Something."),
        ({"state": True, "list": ["a", {"b": 1}]}, 404, "other", "Something."),
        ({"state": True, "list": ["a", 7]}, 201, "yes", "7!"),
    ],
)
def test_the_first_rule_that_fits_holds(
    answer: Any, status: int, outcome: str, spoken: str
) -> None:
    found = understood(RULES, status, answer, {}, "en")
    assert found is not None
    assert (found["outcome"], found["spoken"]) == (outcome, spoken)


def test_where_no_rule_fits_nothing_is_understood() -> None:
    assert understood(RULES, 500, {"state": True, "list": [1, 2]}, {}, "en") is None


@pytest.mark.parametrize(
    ("pointer", "found"),
    [("", {"a/b": {"~": [7]}}), ("/a~1b/~0/0", 7), ("/a~1b", {"~": [7]})],
)
def test_a_pointer_names_a_value(pointer: str, found: Any) -> None:
    assert at({"a/b": {"~": [7]}}, pointer) == found


@pytest.mark.parametrize("pointer", ["/b", "/a~1b/~0/1", "/a~1b/~0/-1", "/a~1b/~0/x", "/a~1b/~0/²"])
def test_a_pointer_to_nothing_is_told(pointer: str) -> None:
    with pytest.raises(LookupError):
        at({"a/b": {"~": [7]}}, pointer)


@given(ANSWERS, st.binary(max_size=80), st.integers(min_value=100, max_value=599))
def test_any_answer_is_understood_or_refused(answer: Any, raw: bytes, status: int) -> None:
    for body in (json.dumps(answer).encode(), raw):
        try:
            value = parsed(body, "application/json; charset=utf-8")
        except GarbledError:
            continue
        found = understood(RULES, status, value, {}, "en")
        assert found is None or found["outcome"] in {"yes", "other"}
