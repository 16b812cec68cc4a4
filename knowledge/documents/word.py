"""Reads the text of a Word document (DOCX)."""

import io
import re
import zipfile
from collections.abc import Iterator

import docx
from docx.document import Document as WordDocument
from docx.table import Table
from docx.text.paragraph import Paragraph

from knowledge.documents.document import Block, DocumentError, Extract, Limits
from knowledge.documents.tables import rows_as_text

_LEVEL = re.compile(r"heading (\d)")
_UNREAD = "is no Word document, or a damaged one; open it and save it again as DOCX"


def read(content: bytes, limits: Limits) -> Extract:
    """Returns the text of the DOCX `content`.

    Raises:
        DocumentError: it is something else, or unpacks to more than it may.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
            is_word = "[Content_Types].xml" in packed.namelist()
    except zipfile.BadZipFile as error:
        raise DocumentError(_UNREAD) from error
    if unpacked > limits.unpacked_bytes:
        raise DocumentError(
            f"unpacks to {unpacked:,} bytes, more than {limits.unpacked_bytes:,}; "
            "remove its pictures or split it"
        )
    if not is_word:
        raise DocumentError(_UNREAD)
    document = docx.Document(io.BytesIO(content))
    title = " ".join((document.core_properties.title or "").split())
    return Extract(title=title, blocks=tuple(_blocks(document)))


def _blocks(document: WordDocument) -> Iterator[Block]:
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            yield from _rows(item)
        elif (text := " ".join(item.text.split())) and not _style(item).startswith("toc"):
            level = _level(item)
            yield Block(kind="heading" if level else "text", text=text, level=level)


def _rows(table: Table) -> Iterator[Block]:
    rows: list[list[str]] = []
    for row in table.rows:
        cells: list[str] = []
        for column, cell in enumerate(row.cells):
            # A cell that spans columns is handed out once for each of them.
            if column >= len(cells):
                cells += [cell.text, *[""] * (cell.grid_span - 1)]
        rows.append(cells)
    for text in rows_as_text(rows):
        yield Block(kind="row", text=text)


def _level(paragraph: Paragraph) -> int:
    style = _style(paragraph)
    match = _LEVEL.match(style)
    return int(match[1]) if match else int(style == "title")


def _style(paragraph: Paragraph) -> str:
    style = paragraph.style.name if paragraph.style is not None else None
    return (style or "").lower()
