"""Reads the text of a PDF, page by page, its headings told by the size of their letters."""

import io
import re
from collections import Counter
from collections.abc import Sequence
from statistics import median_low
from typing import Any

from pypdf import PageObject, PdfReader

from knowledge.documents.document import Block, DocumentError, Extract, Limits
from knowledge.documents.paragraphs import Line, blocks_of

_EDGE_LINES = 2
"""Lines at the top and the bottom of a page among which running titles are looked for."""
_FEW_LETTERS = 20
_PAGE_NUMBER = re.compile(r"\W*(?:\w{1,7}\.?\s)?#(?:\s?(?:/|\w{1,3})\s?#)?\W*")


def read(content: bytes, limits: Limits) -> Extract:
    """Returns the text of the PDF `content`.

    Raises:
        DocumentError: it is protected, too long, or has no text.
    """
    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise DocumentError("is protected by a password; save it without one")
    count = len(reader.pages)
    if count > limits.pages:
        raise DocumentError(
            f"has {count:,} pages, more than {limits.pages:,}; keep those callers ask about"
        )
    pages: list[list[Line]] = []
    characters = 0
    for page in reader.pages:
        pages.append(_lines(page))
        characters += sum(len(line.text) for line in pages[-1])
        if characters > limits.characters:
            break
    _refuse_pictures(pages)
    title = reader.metadata.title if reader.metadata is not None else None
    return Extract(title=" ".join(str(title or "").split()), blocks=tuple(_blocks(pages)))


def _refuse_pictures(pages: Sequence[Sequence[Line]]) -> None:
    letters = sum(letter.isalnum() for page in pages for line in page for letter in line.text)
    if letters < _FEW_LETTERS:
        raise DocumentError(
            "has no text, only pictures of it (a scan); run a text recognition over it first"
        )


def _blocks(pages: Sequence[Sequence[Line]]) -> list[Block]:
    sizes = [line.size for page in pages for line in page for _ in line.text.split() if line.size]
    usual = median_low(sizes) if sizes else 0.0
    running = _running_titles(pages)
    blocks: list[Block] = []
    for number, page in enumerate(pages, start=1):
        kept = [
            line
            for position, line in enumerate(page)
            if not (_is_edge(position, len(page)) and _unnumbered(line.text) in running)
        ]
        blocks += blocks_of(kept, usual, number)
    return blocks


def _lines(page: PageObject) -> list[Line]:
    """Returns the lines of a page; the size of a line is that of most of its letters."""
    lines: list[Line] = []
    text: list[str] = []
    sizes: Counter[float] = Counter()

    def end_line() -> None:
        size = sizes.most_common(1)[0][0] if sizes else 0.0
        lines.append(Line(text="".join(text).strip(), size=size))
        text.clear()
        sizes.clear()

    def visit(piece: str, user: Any, placed: Any, _font: object, size: float) -> None:
        scale = abs(float(placed[3])) * abs(float(user[3])) or 1.0
        for position, part in enumerate(piece.split("\n")):
            if position:
                end_line()
            text.append(part)
            if part.strip():
                sizes[round(float(size or 0) * scale, 1)] += len(part)

    page.extract_text(visitor_text=visit)
    end_line()
    return _without_gaps(lines)


def _without_gaps(lines: Sequence[Line]) -> list[Line]:
    """Leaves one empty line between paragraphs, and none at the edges of the page."""
    kept: list[Line] = []
    for line in lines:
        if line.text or (kept and kept[-1].text):
            kept.append(line)
    return kept[:-1] if kept and not kept[-1].text else kept


def _running_titles(pages: Sequence[Sequence[Line]]) -> set[str]:
    """Returns what stands at the edge of most pages, and page numbers; digits as `#`."""
    counts = Counter(
        edge
        for page in pages
        for edge in {
            _unnumbered(line.text)
            for position, line in enumerate(page)
            if line.text and _is_edge(position, len(page))
        }
    )
    often = max(3, len(pages) // 2)
    return {
        edge for edge, count in counts.items() if count >= often or _PAGE_NUMBER.fullmatch(edge)
    }


def _is_edge(position: int, count: int) -> bool:
    return position < _EDGE_LINES or position >= count - _EDGE_LINES


def _unnumbered(text: str) -> str:
    return re.sub(r"\d+", "#", text).strip().lower()
