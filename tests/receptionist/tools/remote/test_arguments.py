"""What a brain or a caller gives is read, bounded, and asked for again when it cannot be right."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.tools.captured import WrongError
from receptionist.tools.remote.arguments import arguments_model, read
from receptionist.tools.remote.arguments import given as given_values
from receptionist.tools.remote.config import Argument

pytestmark = pytest.mark.unit


def argument(**fields: Any) -> Argument:
    return Argument.model_validate(
        {"name": "it", "description": "What it is.", "ask": "What is it?"} | fields
    )


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("text", "  a\n b\x00 ", "a b"),
        ("code", "it is a b 4 2 7", "AB427"),
        ("code", "AB 427", "AB427"),
        ("code", "I think it's 7 8 or so", "78"),
        ("code", "l'ordine è l'AB427", "AB427"),
        ("code", "AB-427", "AB427"),
        ("code", "abc", "ABC"),
        ("integer", "4 2", 42),
        ("integer", 7, 7),
        ("number", "1.5", 1.5),
        ("boolean", True, True),
        ("boolean", "No", False),
    ],
)
def test_a_value_is_read_as_its_kind(kind: str, value: Any, found: Any) -> None:
    assert read([argument(type=kind)], {"it": value}, "en") == {"it": found}


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({}, None),
        ({}, ""),
        ({}, ["a"]),
        ({}, {"a": 1}),
        ({}, "x" * 201),
        ({"type": "code"}, "!?"),
        ({"type": "integer"}, "one and a half"),
        ({"type": "integer"}, "9" * 5000),
        ({"type": "integer", "maximum": 10}, 11),
        ({"type": "number"}, "nan"),
        ({"type": "number"}, "inf"),
        ({"type": "boolean"}, "perhaps"),
        ({"one_of": ["red", "blue"]}, "green"),
    ],
)
def test_what_cannot_be_right_is_asked_for_again(fields: dict[str, Any], value: Any) -> None:
    with pytest.raises(WrongError) as wrong:
        read([argument(**fields)], {"it": value}, "en")
    assert wrong.value.result["outcome"] == "invalid"
    assert wrong.value.result["field"] == "it"
    assert wrong.value.result["spoken"] == "What is it?"


def test_one_of_several_is_found_however_it_is_written() -> None:
    assert read([argument(one_of=["Red", "Blue"])], {"it": "red"}, "en") == {"it": "Red"}


def test_what_may_be_left_out_is() -> None:
    assert read([argument(required=False)], {}, "en") == {}


def test_names_a_model_of_pydantic_could_not_have_are_taken() -> None:
    names = ("schema", "model_config", "copy", "_id", "x-y", "self")
    model = arguments_model({name: {"type": "string"} for name in names}, ["copy"], confirmed=True)
    values = dict.fromkeys(names, "a")
    assert given_values(model.model_validate(values | {"confirmed": True})) == values
    schema = model.model_json_schema()
    assert {*names, "confirmed"} == set(schema["properties"])
    assert schema["required"] == ["copy"]


@given(
    st.sampled_from(["text", "code", "integer", "number", "boolean"]),
    st.none() | st.text() | st.integers() | st.floats() | st.booleans() | st.lists(st.text()),
)
def test_anything_is_read_or_asked_for_again(kind: str, value: Any) -> None:
    try:
        found = read([argument(type=kind)], {"it": value}, "en")["it"]
    except WrongError:
        return
    assert isinstance(found, str | int | float)
    assert not isinstance(found, str) or (1 <= len(found) <= 200 and "\n" not in found)
