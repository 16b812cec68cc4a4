"""Every operation an application has, what it declares, and a request it understands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant

from receptionist.admin.entrance import Anyone, Permitted, SignedIn

PREFIX = "/api/v1"
Declared = Anyone | Permitted | SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One of them.

    Attributes:
        declared: What it says about who may ask for it.
    """

    method: str
    path: str
    declared: tuple[Declared, ...]

    @property
    def changes(self) -> bool:
        return self.method not in {"GET", "HEAD"}

    @property
    def on_customer(self) -> bool:
        return "{customer}" in self.path or "{tenant}" in self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def operations(app: FastAPI, prefix: str = PREFIX) -> list[Operation]:
    """Returns the operations below a prefix, also those that OpenAPI does not show."""
    return [
        Operation(method=method, path=route.path, declared=tuple(_declared(route.dependant)))
        for route in _routes(app.routes)
        if route.path.startswith(prefix)
        for method in sorted(route.methods - {"HEAD"})
    ]


def body_of(app: FastAPI, operation: Operation) -> dict[str, Any] | None:
    """Returns a body made of the examples OpenAPI gives; None when it takes none."""
    described = app.openapi()
    shown = described["paths"].get(operation.path, {}).get(operation.method.lower(), {})
    content = shown.get("requestBody", {}).get("content", {}).get("application/json")
    return content and _example(content["schema"], described["components"]["schemas"])


def _routes(routes: Iterable[Any]) -> Iterator[Any]:
    for route in routes:
        if hasattr(route, "effective_candidates"):  # a router that was included
            yield from _routes(route.effective_candidates())
        elif hasattr(route, "methods") and hasattr(route, "path"):
            yield route


def _declared(dependant: Dependant | None) -> Iterator[Declared]:
    for one in dependant.dependencies if dependant else ():
        if isinstance(one.call, Declared):
            yield one.call
        yield from _declared(one)


def _example(schema: dict[str, Any], known: dict[str, Any]) -> Any:
    """Returns what a schema shows as an example, or the least that it takes."""
    if "$ref" in schema:
        return _example(known[schema["$ref"].rpartition("/")[2]], known)
    for shown in (schema.get("examples"), schema.get("enum"), [schema.get("default")]):
        if shown and shown[0] is not None:
            return shown[0]
    if choices := schema.get("anyOf"):
        return _example(choices[0], known)
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", [])
            parts = schema.get("properties", {})
            return {name: _example(parts[name], known) for name in wanted}
        case "array":
            return [_example(schema["items"], known)] if schema.get("minItems") else []
        case "boolean":
            return False
        case "integer" | "number":
            return schema.get("minimum", 1)
        case _:
            return "kettle orbit"
