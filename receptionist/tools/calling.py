"""What goes into a tool and comes out of it, between a brain's JSON and our types."""

import json
from collections.abc import Mapping
from typing import Any

from loguru import logger
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pydantic import ValidationError

from receptionist.tools.confirmation import Result
from receptionist.tools.contract import Arguments, ToolSpec

RESULT_LETTERS = 64_000
"""Longest result, as JSON: more than a brain can read in the time a caller waits."""


def bounded(result: Result) -> Result:
    """Returns `result`, or that it failed when it is too long for a brain to read.

    Raises:
        TypeError: it cannot be written as JSON.
    """
    letters = len(json.dumps(result, ensure_ascii=False))
    if letters <= RESULT_LETTERS:
        return result
    logger.error(f"a tool returned {letters:,} letters; {RESULT_LETTERS:,} are allowed")
    return {"outcome": "failed", "problem": "its answer is too long"}


def parsed(tool: ToolSpec, arguments: object) -> Arguments | str:
    """Returns the arguments, or what is wrong with them. A null is an argument left out."""
    if not isinstance(arguments, Mapping):
        return "the arguments must be an object"
    given = {key: value for key, value in as_mapping(arguments).items() if value is not None}
    try:
        return tool.arguments.model_validate(given)
    except ValidationError as error:
        return "; ".join(
            f"{'.'.join(str(part) for part in entry['loc'])}: {entry['msg']}"
            for entry in error.errors(include_url=False, include_context=False)
        )


def as_mapping(arguments: object) -> dict[str, Any]:
    """Returns what a brain gave as arguments, whatever it was."""
    if not isinstance(arguments, Mapping):
        return {}
    return {str(key): value for key, value in arguments.items()}


def schema_of(tool: ToolSpec, handler: Any) -> FunctionSchema:
    """Returns a tool as pipecat takes it."""
    schema = tool.arguments.model_json_schema()
    properties = {
        name: {key: value for key, value in described.items() if key not in {"title", "default"}}
        for name, described in schema.get("properties", {}).items()
    }
    return FunctionSchema(
        name=tool.name,
        description=tool.description,
        properties=properties,
        required=list(schema.get("required", [])),
        handler=handler,
    )


def told(
    name: str, arguments: Mapping[str, Any], result: Result, identifier: str
) -> list[Mapping[str, Any]]:
    """Returns what a brain's context is to say of a run that it did not ask for, or not any more.

    Args:
        name: Of the tool.
        arguments: It was run with.
        result: Of the run.
        identifier: Unique on the call.
    """
    function = {"name": name, "arguments": json.dumps(dict(arguments))}
    call = {"id": identifier, "type": "function", "function": function}
    content = json.dumps(dict(result), ensure_ascii=False)
    return [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": identifier, "content": content},
    ]
