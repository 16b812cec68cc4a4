"""Adds an approval to the text of `guard.yaml`, and changes nothing else in it."""

import json
from codecs import BOM_UTF8
from typing import Any, cast

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from receptionist.tenants.screen_config import Approval
from receptionist.versions.errors import NotApprovedError
from receptionist.versions.mappings import mapping_in

FILE = "guard.yaml"
_KEY = "approvals"


def approvals_in(content: bytes) -> tuple[Approval, ...]:
    """Returns the approvals in a `guard.yaml`, as far as it can be read."""
    found = mapping_in(content, FILE).get(_KEY)
    items = cast("list[Any]", found) if isinstance(found, list) else []
    return tuple(filter(None, map(_approval, items)))


def with_approval(content: bytes, approval: Approval) -> bytes:
    """Returns `content` with one more approval at the end of its list.

    Raises:
        NotApprovedError: the file is written in a way that only a person can add to.
    """
    before = mapping_in(content, FILE)
    text = content.decode("utf-8-sig", errors="replace")
    added = approval.model_dump(mode="json", exclude_defaults=True)
    result = _inserted(text, json.dumps(added, ensure_ascii=False))
    mark = BOM_UTF8 if content.startswith(BOM_UTF8) else b""
    changed = mark + result.encode() if result is not None else b""
    listed = before.get(_KEY) or []
    expected = before | {_KEY: [*listed, added]} if isinstance(listed, list) else None
    if result is None or mapping_in(changed, FILE) != expected:
        raise NotApprovedError(
            f"The approval cannot be added to {FILE} as that is written. Mend the file: its"
            f" {_KEY} must be a list, one entry per line."
        )
    return changed


def _approval(item: object) -> Approval | None:
    try:
        return Approval.model_validate(item)
    except ValueError:
        return None


def _inserted(text: str, entry: str) -> str | None:
    """Returns `text` with `entry` (JSON, which is YAML) where the next approval belongs."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    if not isinstance(root, MappingNode) or root.flow_style:
        return None
    end = "" if text.endswith("\n") else "\n"
    found = _of_key(root)
    if found is None:
        return f"{text}{end}{_KEY}:\n  - {entry}\n"
    if isinstance(found, SequenceNode) and not found.flow_style:
        return _after(text, found, entry)
    is_empty = isinstance(found, SequenceNode) and not found.value
    if is_empty or (isinstance(found, ScalarNode) and not found.value):
        start, stop = found.start_mark.index, found.end_mark.index
        return f"{text[:start]}\n  - {entry}{text[stop:]}"
    return None


def _of_key(root: MappingNode) -> Node | None:
    return next((value for key, value in root.value if key.value == _KEY), None)


def _after(text: str, listed: SequenceNode, entry: str) -> str:
    last = _end_of(listed.value[-1])
    line_end = text.find("\n", last)
    line_end = len(text) if line_end < 0 else line_end
    indent = " " * listed.start_mark.column
    return f"{text[:line_end]}\n{indent}- {entry}{text[line_end:] or chr(10)}"


def _end_of(node: Node) -> int:
    """Returns where the last letter of a value is: blocks are said to end where others begin."""
    if isinstance(node, MappingNode) and node.value and not node.flow_style:
        return _end_of(node.value[-1][1])
    if isinstance(node, SequenceNode) and node.value and not node.flow_style:
        return _end_of(node.value[-1])
    return node.end_mark.index
