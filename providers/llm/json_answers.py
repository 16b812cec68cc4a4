"""Tools for models that make no tool calls: every answer is `{"say": …, "tool": … or null}`.

The server keeps the model to that shape (`response_format` with a schema, a grammar in llama.cpp).
What went before is written in the same shape, so that the model sees how it is done.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

_RULES = """# The form of your answers
Answer with one JSON object: {"say": "what you say to the caller", "tool": null}. To use a tool, \
leave "say" empty and name the tool: {"say": "", "tool": {"name": "…", "arguments": {…}}}. You \
then get its result and answer again. The tools:"""
_RESULT = "[Result of {name}] {content}"


def as_json_answers(params: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the parameters of a request with tools as those of one for JSON answers."""
    asked = dict(params)
    tools = _functions(asked.pop("tools", None))
    asked.pop("tool_choice", None)
    asked["messages"] = _messages(asked["messages"], tools)
    asked["response_format"] = {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": answer_schema(tools), "strict": True},
    }
    return asked


def answer_schema(tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Returns the JSON schema of an answer; `say` comes first, so that it can be spoken at once."""
    calls: list[dict[str, Any]] = [
        {
            "type": "object",
            "properties": {
                "name": {"const": tool["name"]},
                "arguments": {
                    "type": "object",
                    "properties": {
                        name: _plain(described)
                        for name, described in tool["parameters"].get("properties", {}).items()
                    },
                    "required": list(tool["parameters"].get("required", [])),
                    "additionalProperties": False,
                },
            },
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for tool in tools
    ]
    return {
        "type": "object",
        "properties": {
            "say": {"type": "string"},
            "tool": {"anyOf": [{"type": "null"}, *calls]},
        },
        "required": ["say", "tool"],
        "additionalProperties": False,
    }


def _plain(described: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a schema without prose, which a grammar does not need."""
    return {key: value for key, value in described.items() if key != "description"}


def _functions(tools: Any) -> list[Mapping[str, Any]]:
    return [tool["function"] for tool in tools or [] if isinstance(tool, Mapping)]


def _messages(
    messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    names: dict[str, str] = {}
    written: list[dict[str, Any]] = []
    for message in messages:
        for call in message.get("tool_calls") or []:
            names[call["id"]] = call["function"]["name"]
        role, content = _rewritten(message, names)
        if written and written[-1]["role"] == role:
            written[-1]["content"] += "\n" + content
        else:
            written.append({"role": role, "content": content})
    rules = "\n".join([_RULES, *map(_described, tools)])
    if written and written[0]["role"] == "system":
        written[0]["content"] += "\n\n" + rules
        return written
    return [{"role": "system", "content": rules}, *written]


def _rewritten(message: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str]:
    content = _text(message.get("content"))
    match message["role"]:
        case "assistant":
            calls = message.get("tool_calls") or [None]
            return "assistant", "\n".join(_answer(content, call) for call in calls)
        case "tool":
            name = names.get(message.get("tool_call_id", ""), "a tool")
            return "user", _RESULT.format(name=name, content=content)
        case "system" | "developer":
            return "system", content
        case _:
            return "user", content


def _answer(say: str, call: Mapping[str, Any] | None) -> str:
    tool = None
    if call:
        function = call["function"]
        try:
            arguments: Any = json.loads(function["arguments"] or "{}")
        except ValueError:
            arguments = {}
        tool = {"name": function["name"], "arguments": arguments}
    return json.dumps({"say": say, "tool": tool}, ensure_ascii=False)


def _described(tool: Mapping[str, Any]) -> str:
    arguments = tool["parameters"].get("properties", {})
    required = set(tool["parameters"].get("required", []))
    shown = ", ".join(name if name in required else f"{name}?" for name in arguments)
    first, _, _ = str(tool["description"]).partition(". ")  # each word is read before each answer
    return f"- {tool['name']}({shown}): {first}"


def _text(content: Any) -> str:
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return str(content or "")
