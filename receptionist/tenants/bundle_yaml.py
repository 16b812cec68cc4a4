"""Reads one YAML file of a bundle: plain values, and for each the line it stands on.

Stricter than YAML, so that a file means what it seems to mean: no anchors and aliases, no keys
given twice, no `no` that is false, no dates, no octal numbers; a number with a leading zero
(a telephone number) stays text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from receptionist.tenants.finding import Location, Severity

_BYTES = 2_000_000
_DEPTH = 24
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")
_QUOTED = frozenset("'\"|>")
_CONSTANTS: Mapping[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """Something wrong in a bundle: where, and what to do about it."""

    file: str
    line: int
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        mark = "" if self.severity is Severity.ERROR else f"{self.severity}: "
        return f"{self.file}:{self.line}: {mark}{self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of a file."""

    file: str
    line: int

    def problem(self, message: str, severity: Severity = Severity.ERROR) -> Problem:
        """Returns the problem `message` at this place."""
        return Problem(file=self.file, line=self.line, message=message, severity=severity)


@dataclass(slots=True, kw_only=True)
class Document:
    """What a file says.

    Attributes:
        value: Mappings, lists and scalars; None when it cannot be read.
        places: The place of each value, by its path.
        problems: What is wrong with the file as such.
    """

    value: Any = None
    places: dict[Location, Place] = field(default_factory=dict[Location, Place])
    problems: list[Problem] = field(default_factory=list[Problem])


def read_document(path: Path, name: str) -> Document:
    """Reads the file at `path`, called `name` in problems."""
    document = Document(places={(): Place(file=name, line=1)})
    text = _text(path, name, document)
    if text is None:
        return document
    try:
        if _is_safe(text, name, document):
            node = yaml.compose(text, Loader=yaml.CSafeLoader)
            if node is not None:
                document.value = _Reader(name, document).read(node, ())
    except yaml.YAMLError as error:
        document.problems.append(_syntax(error, text, name))
    return document


def _text(path: Path, name: str, document: Document) -> str | None:
    start = Place(file=name, line=1)
    try:
        content = path.read_bytes() if path.stat().st_size <= _BYTES else None
    except OSError as error:
        document.problems.append(start.problem(f"cannot be read: {error.strerror}"))
        return None
    if content is None:
        document.problems.append(start.problem(f"is larger than {_BYTES:,} bytes"))
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        place = Place(file=name, line=line)
        document.problems.append(place.problem("is not UTF-8; save the file as UTF-8"))
        return None


def _is_safe(text: str, name: str, document: Document) -> bool:
    """Refuses what could fill the memory or the stack, before anything is built from it."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        place = Place(file=name, line=getattr(event.start_mark, "line", 0) + 1)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            document.problems.append(place.problem("anchors and aliases are not allowed"))
            return False
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > _DEPTH:
            document.problems.append(place.problem(f"is nested more than {_DEPTH} deep"))
            return False
        if documents > 1:
            document.problems.append(place.problem("a second document; remove the line ---"))
            return False
    return True


def _syntax(error: yaml.YAMLError, text: str, name: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line: int = mark.line + 1 if mark is not None else 1
    lines = text.splitlines()
    around = lines[line - 1] if line <= len(lines) else ""
    if "\t" in around[: len(around) - len(around.lstrip())]:
        message = "is indented with a tab; use blanks"
    else:
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "bad YAML"
        context = getattr(error, "context", None)
        message = f"{problem} ({context})" if context else str(problem)
    return Problem(file=name, line=line, message=message)


class _Reader:
    """Turns nodes into values and remembers where they stood."""

    def __init__(self, name: str, document: Document) -> None:
        self._name = name
        self._document = document

    def read(self, node: Node, path: Location) -> Any:
        """Returns the value of `node`, which stands at `path`."""
        self._document.places.setdefault(path, self._place(node))
        if isinstance(node, MappingNode):
            return {key: self.read(value, (*path, key)) for key, value in self._items(node, path)}
        if isinstance(node, SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        return _scalar(node)

    def _items(self, node: MappingNode, path: Location) -> Iterator[tuple[str, Node]]:
        seen: dict[str, Place] = {}
        for key_node, value_node in node.value:
            place = self._place(key_node)
            if not isinstance(key_node, ScalarNode):
                self._document.problems.append(place.problem("a key must be a plain text"))
                continue
            key = str(key_node.value)
            if key in seen:
                message = f"{key!r} is already given on line {seen[key].line}"
                self._document.problems.append(place.problem(message))
                continue
            seen[key] = place
            self._document.places[(*path, key)] = place
            yield key, value_node

    def _place(self, node: Node) -> Place:
        return Place(file=self._name, line=node.start_mark.line + 1)


def _scalar(node: Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) in _QUOTED:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
