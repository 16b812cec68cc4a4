"""The arguments of an MCP tool as a brain is shown them: plain, bounded, without references."""

import json
from collections.abc import Mapping
from typing import Any, cast

_DEPTH_MOST = 12
_LETTERS_MOST = 8000
_ARGUMENTS_MOST = 32
_KEPT = frozenset(
    {
        "type",
        "description",
        "enum",
        "const",
        "items",
        "properties",
        "required",
        "anyOf",
        "oneOf",
        "format",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
    }
)
"""Keywords language models understand; patterns and the like are the server's to check."""


class SchemaError(ValueError):
    """A schema cannot be shown to a brain."""


def flattened(schema: Mapping[str, Any]) -> tuple[dict[str, dict[str, Any]], tuple[str, ...]]:
    """Returns the JSON Schema of each argument of a tool, and which are required.

    Raises:
        SchemaError: it is no object, refers to itself or elsewhere, or is too large.
    """
    whole = _inlined(schema, schema, 0)
    named: dict[str, dict[str, Any]] = whole.get("properties", {})
    required: object = whole.get("required", [])
    if whole.get("type", "object") != "object":
        raise SchemaError("its arguments are no object")
    if "confirmed" in named or len(named) > _ARGUMENTS_MOST:
        raise SchemaError("too many arguments, or one with the name 'confirmed'")
    if len(json.dumps(named)) > _LETTERS_MOST:
        raise SchemaError("its schema is too long")
    names = cast("list[object]", required) if isinstance(required, list) else []
    return named, tuple(name for name in names if isinstance(name, str) and name in named)


def _inlined(schema: object, root: Mapping[str, Any], depth: int) -> dict[str, Any]:
    if depth > _DEPTH_MOST:
        raise SchemaError("its schema refers to itself, or is nested too deep")
    if isinstance(schema, bool):
        return {}
    if not isinstance(schema, Mapping):
        raise SchemaError("its schema is none")
    fields = cast("Mapping[str, Any]", schema)
    if "$ref" in fields:
        return _inlined(_target(fields["$ref"], root), root, depth + 1)
    known = {key: value for key, value in fields.items() if key in _KEPT}
    return {key: _inlined_value(key, value, root, depth + 1) for key, value in known.items()}


def _inlined_value(key: str, value: object, root: Mapping[str, Any], depth: int) -> Any:
    match key:
        case "anyOf" | "oneOf":
            choices = cast("list[object]", value) if isinstance(value, list) else []
            return [_inlined(choice, root, depth) for choice in choices]
        case "items":
            return _inlined(value, root, depth)
        case "properties":
            if not isinstance(value, Mapping):
                raise SchemaError("its arguments are no object")
            named = cast("Mapping[str, object]", value)
            return {name: _inlined(one, root, depth) for name, one in named.items()}
        case _:
            return value


def _target(reference: object, root: Mapping[str, Any]) -> object:
    """Returns what a reference within the schema names; nothing is fetched from elsewhere."""
    parts = str(reference).split("/")
    if parts[0] != "#":
        raise SchemaError("its schema refers to another one")
    found: object = root
    for part in parts[1:]:
        if not isinstance(found, Mapping) or part not in found:
            raise SchemaError(f"its schema refers to {reference!r}, which is not there")
        found = cast("Mapping[str, object]", found)[part]
    return found
