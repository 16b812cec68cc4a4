"""What is different between two sets of files, by line."""

from collections.abc import Sequence
from difflib import unified_diff
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from receptionist.versions.files import Files, sha256_of
from receptionist.versions.worded import WordedChange

_AROUND = 3
"""Lines shown around a change."""


class Change(StrEnum):
    """What became of a file."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class FileChange(BaseModel):
    """What is different in a file.

    Attributes:
        before: Hash of what it held; None is no file.
        after: Hash of what it holds.
        lines: The unified diff; None where it holds no text.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    change: Change
    before: str | None
    after: str | None
    lines: Sequence[str] | None


class Differences(BaseModel):
    """What is different between two sides.

    Attributes:
        before: The one side, as it was asked for.
        after: The other.
        words: In words, where both can be read as a tenant.
        files: File by file.
    """

    model_config = ConfigDict(frozen=True)

    before: str
    after: str
    words: Sequence[WordedChange]
    files: Sequence[FileChange]


def file_changes(before: Files, after: Files) -> Sequence[FileChange]:
    """Returns what is different, by file. Blocking: large files take a moment."""
    paths = sorted(before.keys() | after.keys())
    changed = [path for path in paths if before.get(path) != after.get(path)]
    return [_change(path, before.get(path), after.get(path)) for path in changed]


def _change(path: str, before: bytes | None, after: bytes | None) -> FileChange:
    change = Change.CHANGED if before is not None else Change.ADDED
    return FileChange(
        path=path,
        change=change if after is not None else Change.REMOVED,
        before=None if before is None else sha256_of(before),
        after=None if after is None else sha256_of(after),
        lines=_lines(path, before or b"", after or b""),
    )


def _lines(path: str, before: bytes, after: bytes) -> Sequence[str] | None:
    try:
        texts = before.decode().split("\n"), after.decode().split("\n")
    except UnicodeDecodeError:
        return None
    if b"\0" in before + after:
        return None
    names = f"a/{path}", f"b/{path}"
    return list(unified_diff(*texts, *names, n=_AROUND, lineterm=""))
