"""Puts the lines of a page or a text file together to paragraphs, and tells headings from them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.documents.document import Block

BULLET = re.compile(r"^\s*(?:[-–—•·▪◦‣*]|\(?\d{1,2}[.)])\s+(?=\S)")
_SENTENCE_END = re.compile(r"[.!?…:;][\"'»”’)\]]*$")
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])[-\u00ad]$")
_LEADERS = re.compile(r"(?:\.\s?){5,}")
"""Dots that lead to a page number: a line of the table of contents."""
_HEADING_WORDS = 12
_LARGER = 1.12
"""From this size, compared with most of the text, a line is a heading."""
_SHORT_LINE = 0.75
"""A line that ends a sentence and is shorter than this share of the longest ends its paragraph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of text; `size` is that of its letters, 0 where it is not known."""

    text: str
    size: float = 0.0


def blocks_of(lines: Sequence[Line], usual_size: float, page: int | None) -> Iterator[Block]:
    """Yields the headings and paragraphs that `lines` make up; an empty line parts them."""
    longest = max((len(line.text) for line in lines), default=0)
    paragraph: list[str] = []
    for position, line in enumerate(lines):
        text = "" if _LEADERS.search(line.text) else " ".join(line.text.split())
        level = _level(line, usual_size) if _may_be_heading(text) else 0
        if paragraph and (not text or level or BULLET.match(text)):
            yield _text(paragraph, page)
            paragraph = []
        if level:
            yield Block(kind="heading", text=text, level=level, page=page)
            continue
        if text:
            paragraph.append(text)
        ends = _SENTENCE_END.search(text) and len(line.text) < _SHORT_LINE * longest
        if paragraph and ends and position + 1 < len(lines):
            yield _text(paragraph, page)
            paragraph = []
    if paragraph:
        yield _text(paragraph, page)


def joined(lines: Sequence[str]) -> str:
    """Returns `lines` as one, words that were broken at the end of a line whole again."""
    text = ""
    for line in lines:
        if _BROKEN_WORD.search(text) and line[:1].islower():
            text = text[:-1] + line
        else:
            text = f"{text} {line}" if text else line
    return text


def _text(lines: Sequence[str], page: int | None) -> Block:
    return Block(kind="text", text=BULLET.sub("", joined(lines)), page=page)


def _may_be_heading(text: str) -> bool:
    count = len(text.split())
    letters = any(letter.isalpha() for letter in text)
    return letters and count <= _HEADING_WORDS and not re.search(r"[.,;!…]$", text)


def _level(line: Line, usual_size: float) -> int:
    if not usual_size or line.size < _LARGER * usual_size:
        return 0
    return 1 if line.size >= _LARGER**3 * usual_size else 2
