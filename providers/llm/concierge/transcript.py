"""Reads OpenAI-style messages as the events of a dialogue."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

Message = Mapping[str, Any]
OWN_CALL = "concierge-"
"""How the ids of the concierge's own calls begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One turn of the caller; what he said in several messages is one turn."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Something the assistant said, as far as it was heard."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A tool ended. `result` holds its JSON result as text; it compares by value that way."""

    identifier: str
    name: str
    arguments: str
    result: str

    @property
    def outcome(self) -> Mapping[str, Any]:
        """The result as a mapping; `{"outcome": "failed"}` when it is none."""
        return _mapping(self.result) or {"outcome": "failed"}


Event = Heard | Spoken | Finished


def read(messages: Sequence[Message]) -> tuple[Event, ...]:
    """Returns the events of `messages`, in order.

    Tools still running, and tools withdrawn because the caller went on talking, are left out.
    """
    calls = _calls(messages)
    events: list[Event] = []
    for index, message in enumerate(messages):
        role, text = message.get("role"), _text(message.get("content"))
        if role == "user":
            if events and isinstance(last := events[-1], Heard):
                events[-1] = Heard(text=f"{last.text} {text}".strip())
            else:
                events.append(Heard(text=text))
        elif role == "assistant" and text.strip():
            events.append(Spoken(text=text.strip()))
        elif (result := _result(message, text)) and result[0] in calls:
            if result[1] == "CANCELLED" and _caller_went_on(messages[index + 1 :]):
                continue
            name, arguments = calls[result[0]]
            finished = Finished(
                identifier=result[0], name=name, arguments=arguments, result=result[1]
            )
            events.insert(len(events) - _found_out(events, finished), finished)
    return tuple(events)


def _found_out(events: Sequence[Event], finished: Finished) -> bool:
    """Tells whether a switch of language was found out from the turn before it.

    Nobody asked for it, so the turn itself is in the new language and read after the switch.
    """
    unasked = finished.name == "switch_language" and not finished.identifier.startswith(OWN_CALL)
    return unasked and bool(events) and isinstance(events[-1], Heard)


def called(messages: Sequence[Message]) -> frozenset[str]:
    """Returns the ids of all tool calls made so far, whether they have ended or not."""
    return frozenset(_calls(messages))


def _calls(messages: Sequence[Message]) -> dict[str, tuple[str, str]]:
    """Returns name and arguments of each tool call by its id."""
    calls: dict[str, tuple[str, str]] = {}
    for message in messages:
        for call in _mappings(message.get("tool_calls")):
            function = call.get("function")
            if isinstance(function, Mapping):
                named = cast("Message", function)
                calls[str(call.get("id", ""))] = (
                    str(named.get("name", "")),
                    str(named.get("arguments", "")),
                )
    return calls


def _result(message: Message, text: str) -> tuple[str, str] | None:
    """Returns the call id and the final result that `message` carries, if it carries one.

    A tool that survives an interruption leaves a placeholder first and sends its result later
    in a message of its own (pipecat's async tools); the result counts from there on.
    """
    identifier = str(message.get("tool_call_id", ""))
    payload = _mapping(text) if text.startswith("{") else None
    if payload and payload.get("type") == "async_tool":
        if payload.get("status") != "finished":
            return None
        return str(payload.get("tool_call_id", "")), _text(payload.get("result"))
    if message.get("role") != "tool" or text == "IN_PROGRESS":
        return None
    return identifier, text


def _caller_went_on(rest: Sequence[Message]) -> bool:
    return any(message.get("role") == "user" for message in rest)


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return " ".join(
        str(part.get("text", "")) for part in _mappings(content) if part.get("type") == "text"
    )


def _mappings(value: object) -> list[Message]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    items = cast("Sequence[object]", value)
    return [cast("Message", item) for item in items if isinstance(item, Mapping)]


def _mapping(text: str) -> Message | None:
    try:
        value: object = json.loads(text)
    except ValueError:
        return None
    return cast("Message", value) if isinstance(value, dict) else None
