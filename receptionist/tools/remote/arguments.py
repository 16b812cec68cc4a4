"""What a tenant's tool is told: read as a brain gives it, bounded, asked for when missing."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Annotated, Any

from pydantic import ConfigDict, Field, WithJsonSchema, create_model

from knowledge.wording import worded
from receptionist.tools.captured import WrongError
from receptionist.tools.confirmation import ConfirmedArguments
from receptionist.tools.contract import Arguments
from receptionist.tools.remote.config import Argument

_TYPES = {"text": "string", "code": "string"}
_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ELIDED = re.compile(r".*['’]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_PART_LETTERS = 4
_TYPED = (
    "The caller types it on the keypad: leave it out and say what the result says; then give the"
    " entry he is shown with, such as keypad-entry-1, as it stands."
)
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class _Remote(Arguments):
    """Named by their alias: a tenant may call an argument what he likes."""

    model_config = ConfigDict(serialize_by_alias=True)


class _RemoteConfirmed(ConfirmedArguments):
    """The same for what is read back."""

    model_config = ConfigDict(serialize_by_alias=True)


def arguments_model(
    properties: Mapping[str, Mapping[str, Any]], required: Sequence[str], *, confirmed: bool
) -> type[Arguments]:
    """Returns a model that takes anything for each property, and shows a brain its JSON Schema.

    Values are read by `read`, which knows what to ask the caller when one is missing or wrong.
    """
    fields: dict[str, Any] = {
        f"argument_{number}": (
            Annotated[Any, WithJsonSchema(dict(schema)), Field(alias=name)],
            None,
        )
        for number, (name, schema) in enumerate(properties.items())
    }
    return create_model(
        "RemoteArguments",
        __base__=_RemoteConfirmed if confirmed else _Remote,
        __cls_kwargs__={"json_schema_extra": {"required": list(required)}},
        **fields,
    )


def given(arguments: Arguments) -> dict[str, Any]:
    """Returns the values a brain gave, by name."""
    return arguments.model_dump(exclude={"confirmed"}, exclude_defaults=True)


def schema(argument: Argument) -> dict[str, Any]:
    """Returns the JSON Schema of one argument."""
    described: dict[str, Any] = {
        "type": _TYPES.get(argument.type, argument.type),
        "description": f"{argument.description} {_TYPED}"
        if argument.keypad
        else argument.description,
    }
    if argument.one_of:
        described["enum"] = list(argument.one_of)
    elif argument.type in _TYPES:
        described["maxLength"] = argument.max_length
    return described


def read(arguments: Sequence[Argument], values: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Returns the values as the service gets them.

    Raises:
        WrongError: one is missing or cannot be right; it says what to ask.
    """
    found: dict[str, Any] = {}
    for argument in arguments:
        value = values.get(argument.name)
        spoken = worded(argument.ask, language)
        if value is None or value == "":
            if argument.required:
                raise WrongError(argument.name, f"ask for {argument.name!r}", spoken)
            continue
        try:
            found[argument.name] = _read(argument, value)
        except ValueError as error:
            problem = f"{argument.name!r} {error}; ask for it again"
            raise WrongError(argument.name, problem, spoken) from None
    return found


def _read(argument: Argument, value: object) -> object:
    if isinstance(value, dict | list | tuple):
        raise ValueError("must be a single value")
    text = " ".join(_CONTROLS.sub(" ", str(value)).split())
    if argument.one_of:
        known = {one.casefold(): one for one in argument.one_of}
        if text.casefold() not in known:
            raise ValueError(f"must be one of {', '.join(argument.one_of)}")
        text = known[text.casefold()]
    match argument.type:
        case "text":
            return _within(argument, text)
        case "code":
            return _within(argument, text if argument.one_of else _code(text))
        case "boolean":
            if text.casefold() not in _TRUTHS:
                raise ValueError("must be true or false")
            return _TRUTHS[text.casefold()]
        case _:
            return _number(argument, text)


def _within(argument: Argument, text: str) -> str:
    if not argument.min_length <= len(text) <= argument.max_length:
        raise ValueError(f"must have {argument.min_length} to {argument.max_length} letters")
    return text


def _number(argument: Argument, text: str) -> int | float:
    if len(text) > 30:
        raise ValueError("must be a number")
    try:
        number = int("".join(text.split())) if argument.type == "integer" else float(text)
    except ValueError:
        raise ValueError("must be a number") from None
    if not argument.minimum <= number <= argument.maximum:  # also what is no number at all
        raise ValueError(f"must be from {argument.minimum:g} to {argument.maximum:g}")
    return number


def _code(text: str) -> str:
    """Returns letters and digits as one word: "I think it is A B 4 2 7" and "AB 427" are "AB427".

    Where there are digits, it is the longest run of words that look like parts of a code.
    """
    words = _WORDS.findall(text)
    if not any(map(str.isdecimal, text)):
        return "".join(words).upper()
    runs = [
        # Of "l'AB427" the end belongs to it.
        "".join(_ELIDED.sub("", word) for word in run)
        for is_part, run in groupby(words, _is_part)
        if is_part
    ]
    return max((run for run in runs if any(map(str.isdecimal, run))), key=len, default="").upper()


def _is_part(word: str) -> bool:
    if any(map(str.isdecimal, word)):
        return True
    return word.isascii() and (len(word) == 1 or (len(word) <= _PART_LETTERS and word.isupper()))
