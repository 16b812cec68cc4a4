"""A document as it was read: its blocks in order, without anything about its looks."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict


class DocumentError(Exception):
    """A file cannot be used as a document; the message says what is wrong and what to do.

    Attributes:
        line: Line of the file it is about.
    """

    def __init__(self, message: str, *, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Block(_Model):
    """A heading, a paragraph or list item, or a row of a table.

    Attributes:
        kind: What it is.
        text: What it says, on one line.
        level: Of a heading, 1 is the outermost.
        page: Where it begins, in documents that have pages.
    """

    kind: Literal["heading", "text", "row"]
    text: str
    level: int = 0
    page: int | None = None


class Extract(_Model):
    """What was read from a file.

    Attributes:
        title: As the file says it; "" when it says none.
        blocks: In reading order.
    """

    title: str
    blocks: tuple[Block, ...]


class Document(Extract):
    """A document of a tenant.

    Attributes:
        name: Its file in the bundle, such as `documents/warranty.pdf`.
    """

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of the machine one file may take.

    Attributes:
        file_bytes: Size of the file.
        unpacked_bytes: Size of what is packed in it.
        pages: Pages of a PDF.
        characters: Text that is kept: a book of a thousand pages.
        cpu_s: Work of the processor on it.
        wall_s: Time until it is given up, however busy the machine is.
        memory_bytes: Address space of the process that reads it.
    """

    file_bytes: int = 20_000_000
    unpacked_bytes: int = 100_000_000
    pages: int = 1000
    characters: int = 2_000_000
    cpu_s: int = 60
    wall_s: int = 300
    memory_bytes: int = 1 << 30


def too_large(size: int, limits: Limits) -> str:
    """Returns what is said of a file of `size` bytes that is larger than it may be."""
    return (
        f"has {size / 1e6:,.0f} MB, more than {limits.file_bytes / 1e6:,.0f}; "
        "split it, or leave its pictures out"
    )
