"""What the answer of a service means, and how its values are said."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from knowledge.spoken import speech
from knowledge.wording import worded
from receptionist.tools.remote.config import AnswerRule, FieldOf
from receptionist.tools.remote.templates import filled

_LETTERS_MOST = 300
"""Of one value that is said; a longer one is no value for the ear."""
_DEPTH_MOST = 64
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069<>{}]+")


class GarbledError(ValueError):
    """An answer is no JSON, or none that can be read."""


def parsed(body: bytes, content_type: str) -> Any:
    """Returns the JSON of an answer; None when it has no body.

    Raises:
        GarbledError: it is something else.
    """
    if not body.strip():
        return None
    kind = content_type.partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise GarbledError(f"the answer is {kind or 'of no type'}, not JSON")
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_refused)
        _measure(value)
    except (ValueError, RecursionError) as error:
        raise GarbledError("the answer is no JSON that can be read") from error
    return value


def understood(
    rules: Sequence[AnswerRule],
    status: int,
    answer: Any,
    values: Mapping[str, str],
    language: str,
) -> Mapping[str, Any] | None:
    """Returns the result of the first rule that fits; None when none does.

    Args:
        rules: In order.
        status: HTTP status.
        answer: The JSON.
        values: What was asked for; may be said too.
        language: In which it is said.
    """
    for rule in rules:
        if not _fits(rule, status, answer):
            continue
        shown = {name: _shown(field, answer, language) for name, field in rule.fields.items()}
        found = {name: value for name, value in shown.items() if value is not None}
        if len(found) == len(shown):
            said = filled(worded(rule.spoken, language), {**values, **found})
            return {"outcome": rule.outcome, "spoken": said, "fields": found}
    return None


def at(answer: Any, pointer: str) -> Any:
    """Returns the value a JSON pointer (RFC 6901) names.

    Raises:
        LookupError: there is none.
    """
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(answer, dict):
            answer = cast("dict[str, Any]", answer)[key]
        elif isinstance(answer, list) and key.isascii() and key.isdecimal() and len(key) < 10:
            answer = cast("list[Any]", answer)[int(key)]
        else:
            raise LookupError(pointer)
    return answer


def speakable(text: str) -> str:
    """Returns a text of a stranger without what is no speech, cut to a length."""
    plain = " ".join(_UNSPEAKABLE.sub(" ", text).split())
    return plain if len(plain) <= _LETTERS_MOST else plain[:_LETTERS_MOST].rpartition(" ")[0]


def _fits(rule: AnswerRule, status: int, answer: Any) -> bool:
    if status not in rule.status if rule.status else not 200 <= status < 300:
        return False
    for pointer, wanted in rule.when.items():
        try:
            value = at(answer, pointer)
        except LookupError:
            return False
        if isinstance(value, bool) is not isinstance(wanted, bool) or value != wanted:
            return False
    return True


def _shown(field: FieldOf, answer: Any, language: str) -> str | None:
    try:
        value = at(answer, field.at)
    except LookupError:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = speakable(str(value))
    if field.say == "digits":
        return speech(language).digits(text) or None
    if field.say == "date":
        try:
            return speech(language).full_date(date.fromisoformat(text[:10]))
        except ValueError:
            return None
    return text or None


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _measure(value: Any, depth: int = 0) -> None:
    """Refuses what is nested deeper than anybody writes."""
    if depth > _DEPTH_MOST:
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        value = list(cast("dict[str, Any]", value).values())
    if isinstance(value, list):
        for item in cast("list[Any]", value):
            _measure(item, depth + 1)
