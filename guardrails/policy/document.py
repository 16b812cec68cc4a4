"""Reads one YAML file of the rules; every scalar is text, and every value knows its line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from guardrails.policy.problem import Location, Problem

_DEEPEST = 16
_Model = TypeVar("_Model", bound=BaseModel)


class _TextLoader(yaml.CSafeLoader):
    """Takes every scalar for text: `no` is a word, and so is `112`."""

    def resolve(self, kind: type[Node], value: str | None, implicit: object) -> str:
        """Returns no tag: what a value is, its place in a model tells."""
        return ""


class _Unreadable(Exception):
    """A value that rules do not have."""

    def __init__(self, node: Node, message: str) -> None:
        super().__init__(message)
        self.line = _line(node)


@dataclass(slots=True, kw_only=True)
class Document:
    """What a file says.

    Attributes:
        file: Its name in problems.
        value: Mappings, lists and texts; a word such as `no` or `112` is a text as well.
        problems: What is wrong with it.
    """

    file: str
    value: Any = None
    problems: list[Problem] = field(default_factory=list[Problem])
    _root: Node | None = None

    def problem(self, location: Location, message: str) -> None:
        """Adds a problem with the value at `location`."""
        self.problems.append(
            Problem(
                file=self.file, line=self._line_of(location), message=message, location=location
            )
        )

    def mapping(self) -> Mapping[str, Any]:
        """Returns the value if it is a mapping; adds a problem and returns an empty one if not."""
        if isinstance(self.value, dict):
            return self.value
        if not self.problems:
            self.problem((), "is empty or no mapping of names to values")
        return {}

    def checked(self, model: type[_Model], location: Location = ()) -> _Model | None:
        """Returns the value at `location` as a `model`; adds problems and returns None if wrong."""
        value = self.value
        for key in location:
            value = value[key]
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for found in error.errors(include_url=False, include_input=False):
                self.problem((*location, *found["loc"]), found["msg"])
            return None

    def _line_of(self, location: Location) -> int:
        node = self._root
        line = 1
        for key in location:
            node = _child(node, key)
            if node is None:
                break
            line = _line(node)
        return line


def read_document(path: Path, file: str) -> Document:
    """Reads the file at `path`, called `file` in problems."""
    document = Document(file=file)
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=_TextLoader)
        if root is not None:
            document = Document(file=file, value=_plain(root, 0), _root=root)
    except OSError as error:
        document.problem((), f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        document.problem((), "is not UTF-8; save the file as UTF-8")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        message = f"is no YAML: {error.problem or error.context}"
        document.problems.append(Problem(file=file, line=line, message=message))
    except yaml.YAMLError as error:
        document.problem((), f"is no YAML: {error}")
    except _Unreadable as error:
        document.problems.append(Problem(file=file, line=error.line, message=str(error)))
    return document


def _plain(node: Node, depth: int) -> Any:
    if depth > _DEEPEST:
        raise _Unreadable(node, f"is nested more than {_DEEPEST} deep")
    if isinstance(node, ScalarNode):
        return node.value if node.value or node.style else None
    if isinstance(node, SequenceNode):
        return [_plain(item, depth + 1) for item in node.value]
    assert isinstance(node, MappingNode)
    mapping: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            raise _Unreadable(key, "a name must be a word")
        if key.value in mapping:
            raise _Unreadable(key, f"{key.value!r} is given twice")
        mapping[key.value] = _plain(value, depth + 1)
    return mapping


def _child(node: Node | None, key: str | int) -> Node | None:
    if isinstance(node, MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    if isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key]
    return None


def _line(node: Node) -> int:
    return node.start_mark.line + 1
