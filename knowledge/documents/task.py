"""What passes between a process that answers calls and the one that reads files for it.

It stands apart from both: the libraries that read files are loaded by the reader alone.
"""

from dataclasses import asdict
from pathlib import Path

from pydantic import BaseModel

from knowledge.documents.document import Extract, Limits

VERSION = 1
"""Raised when the same file is read differently; what was kept of it is then read again."""


class Task(BaseModel):
    """Files to read within limits."""

    paths: list[Path]
    limits: dict[str, int]

    @classmethod
    def of(cls, paths: list[Path], limits: Limits) -> "Task":
        """Returns the task of reading `paths`."""
        return cls(paths=paths, limits=asdict(limits))


class Answer(BaseModel):
    """What a file says, or what is wrong with it."""

    extract: Extract | None = None
    problem: str = ""
    line: int = 1
