"""Keeps what a language model reads of a long call short: old turns become notes, written by code.

Nothing here is a language model. Of a turn that is left out, what the caller said and what he was
told are kept as a line each as long as there is room; names, numbers and addresses he dictated are
kept always. The cut moves in steps, so that a server that remembers what it has read can reuse it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Message = Mapping[str, Any]

_LETTERS_PER_TOKEN = 3
"""English has four and more; other languages, digits and JSON have fewer."""
_STEPS = 4
"""The cut moves by a quarter of the budget at a time."""
_CALLER_LETTERS = 1200
_RESULT_LETTERS = 2400
_OLD_RESULT_LETTERS = 500
_NOTE_LETTERS = 160
_DICTATED = ("caller_name", "callback_number", "email")
_SHOWN = (
    "outcome",
    "spoken",
    "answer",
    "language",
    "contact",
    "candidates",
    "slots",
    "id",
    "problem",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """A call as a model is told of it.

    Attributes:
        messages: The last turns, word for word.
        notes: What was before, one line each; none while all fits.
    """

    messages: Sequence[Message]
    notes: Sequence[str]


def tokens(value: object) -> int:
    """Returns about how many tokens `value` takes, rather too many than too few."""
    return len(json.dumps(value, ensure_ascii=False)) // _LETTERS_PER_TOKEN + 1


def recall(
    messages: Sequence[Message], *, budget_tokens: int, asked: str = "{said}", told: str = "{said}"
) -> Recalled:
    """Returns `messages` within `budget_tokens`, in valid order.

    Args:
        messages: The whole call.
        budget_tokens: For messages and notes together.
        asked: Line for what the caller said.
        told: Line for what he was told.
    """
    turns = _turns(paired(messages))
    if not turns:
        return Recalled(messages=(), notes=())
    last = _fitted(turns[-1], budget_tokens * 3 // 4)
    old = [[_shortened(m, _OLD_RESULT_LETTERS) for m in turn] for turn in turns[:-1]]
    room = budget_tokens - tokens(last)
    if tokens(old) <= room:
        return Recalled(messages=[m for turn in (*old, last) for m in turn], notes=())
    dropped = _cut(old, room, budget_tokens // _STEPS)
    notes = _notes(turns[:dropped], room - tokens(old[dropped:]), asked, told)
    return Recalled(messages=[m for turn in (*old[dropped:], last) for m in turn], notes=notes)


def _cut(turns: Sequence[Sequence[Message]], room: int, step: int) -> int:
    """Returns how many of `turns` are left out, so that the rest takes less than `room`.

    It is cut at a multiple of `step` tokens from the beginning: at the same place for many turns.
    """
    sizes = [tokens(turn) for turn in turns]
    least = sum(sizes) - max(0, room - step)
    before = -(-least // step) * step
    passed = 0
    for number, size in enumerate(sizes):
        if passed >= before:
            return number
        passed += size
    return len(turns)


def paired(messages: Sequence[Message]) -> list[Message]:
    """Returns `messages` with every tool call beside its result; halves are left out."""
    results = {m["tool_call_id"]: m for m in messages if m.get("role") == "tool"}
    valid: list[Message] = []
    for message in messages:
        calls = message.get("tool_calls")
        if message.get("role") == "tool":
            continue
        if not calls:
            if message.get("content"):
                valid.append(message)
            continue
        answered = [call for call in calls if call["id"] in results]
        if answered:
            valid.append({**message, "tool_calls": answered})
            valid += [results[call["id"]] for call in answered]
        elif message.get("content"):
            valid.append({key: value for key, value in message.items() if key != "tool_calls"})
    return valid


def dictated(messages: Sequence[Message]) -> dict[str, str]:
    """Returns what the caller dictated to tools last: a name, a number, an address."""
    found: dict[str, str] = {}
    for message in messages:
        for call in message.get("tool_calls") or []:
            arguments = _mapping(call["function"]["arguments"])
            found |= {key: str(arguments[key]) for key in _DICTATED if arguments.get(key)}
    return found


def _turns(messages: Sequence[Message]) -> list[list[Message]]:
    """Returns the messages by turn of the caller; what comes before him is a turn as well."""
    number = 0

    def turn(message: Message) -> int:
        nonlocal number
        number += message.get("role") == "user"
        return number

    return [list(group) for _, group in groupby(messages, turn)]


def _fitted(turn: Sequence[Message], budget_tokens: int) -> list[Message]:
    """Returns the turn that is being answered, its oldest tools left out if need be."""
    fitted = [_shortened(message, _RESULT_LETTERS) for message in turn]
    while tokens(fitted) > budget_tokens and len(fitted) > 1:
        calls = [n for n, m in enumerate(fitted) if m.get("tool_calls")]
        if len(calls) < 2:
            fitted = [_shortened(message, budget_tokens) for message in fitted]
            break
        del fitted[calls[0] : calls[1]]
    return fitted


def _shortened(message: Message, letters: int) -> Message:
    content = message.get("content")
    if not isinstance(content, str):
        return message
    if message.get("role") == "tool":
        return {**message, "content": _result(content, letters)}
    return {**message, "content": _middle_out(content, max(_CALLER_LETTERS, letters))}


def _result(content: str, letters: int) -> str:
    """Returns a tool's result, what is not for saying left out where it is long."""
    if len(content) <= letters:
        return content
    result = _mapping(content)
    kept: dict[str, Any] = {}
    for key in _SHOWN:
        if key not in result:
            continue
        value = result[key]
        short = _middle_out(value, letters // 2) if isinstance(value, str) else value
        if len(json.dumps({**kept, key: short}, ensure_ascii=False)) <= letters:
            kept[key] = short
    return json.dumps(kept, ensure_ascii=False) if kept else _middle_out(content, letters)


def _middle_out(text: str, letters: int) -> str:
    if len(text) <= letters:
        return text
    half = max(1, letters // 2 - 2)
    return f"{text[:half]} … {text[-half:]}"


def _notes(
    turns: Sequence[Sequence[Message]], budget_tokens: int, asked: str, told: str
) -> list[str]:
    """Returns what is worth knowing of `turns`: what was dictated, then the latest turns."""
    flat = [message for turn in turns for message in turn]
    first = [f"{key}: {value[:_NOTE_LETTERS]}" for key, value in dictated(flat).items()]
    room = budget_tokens - tokens(first)
    lines: list[str] = []
    for line in _lines(flat, asked, told):
        room -= tokens(line)
        if room < 0:
            break
        lines.append(line)
    return [*first, *reversed(lines)]


def _lines(messages: Sequence[Message], asked: str, told: str) -> Iterator[str]:
    """Yields what was said, the latest first."""
    for message in reversed(messages):
        content = message.get("content")
        if message.get("role") in ("user", "assistant") and isinstance(content, str) and content:
            form = asked if message["role"] == "user" else told
            yield form.replace("{said}", _middle_out(" ".join(content.split()), _NOTE_LETTERS))


def _mapping(text: object) -> dict[str, Any]:
    try:
        value: object = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    return {str(k): v for k, v in value.items()} if isinstance(value, Mapping) else {}
