"""Reads text files: any encoding, headings told by what stands around them."""

import re
from collections.abc import Iterator, Sequence

from charset_normalizer import from_bytes

from knowledge.documents.document import DocumentError, Extract
from knowledge.documents.paragraphs import Line, blocks_of

_ENCODINGS = ["cp1252", "latin_1", "utf_16_le", "utf_16_be", "mac_roman"]
"""Those that texts in the languages we speak are still found in, besides UTF-8."""
_BOMS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_UNDERLINE = re.compile(r"\s*([=\-~*_#])\1{2,}\s*")
_MARKED = re.compile(r"\s*(?:#+\s+|\d{1,2}(?:\.\d{1,2})*\.?\s+(?=[^\W\d_]))")
_HEADING_WORDS = 8
_SENTENCE_END = re.compile(r"[.,;:!…]$")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_MOST_CONTROL = 0.01
_LARGE, _USUAL = 2.0, 1.0


def read(content: bytes) -> Extract:
    """Returns the text of `content`.

    Raises:
        DocumentError: it is no text, or in an unknown encoding.
    """
    return Extract(title="", blocks=tuple(blocks_of(_lines(decode(content)), _USUAL, None)))


def decode(content: bytes) -> str:
    """Returns the text that `content` encodes, whatever wrote it.

    Raises:
        DocumentError: it is no text, or in an unknown encoding.
    """
    text = _decoded(content)
    if text is None:
        raise DocumentError("is in an unknown encoding; save it as UTF-8")
    if len(_CONTROL.findall(text)) > _MOST_CONTROL * len(text):
        raise DocumentError("is no text; a file of another kind was given this name")
    return _CONTROL.sub(" ", text)


def _decoded(content: bytes) -> str | None:
    try:
        for mark, encoding in _BOMS.items():
            if content.startswith(mark):
                return content.decode(encoding)
    except UnicodeDecodeError:
        return None
    try:
        text = content.decode()
        # UTF-16 without a mark is often valid UTF-8, with a NUL beside each letter.
        if "\0" not in text:
            return text
    except UnicodeDecodeError:
        pass
    best = from_bytes(content, cp_isolation=_ENCODINGS).best()
    return None if best is None else str(best)


def _lines(text: str) -> list[Line]:
    """Returns the lines of `text`, headings among them as larger ones."""
    raw = text.splitlines()
    return [
        Line(text=_MARKED.sub("", line) if heading else line, size=_LARGE if heading else _USUAL)
        for line, heading in zip(raw, _headings(raw), strict=True)
        if not _UNDERLINE.fullmatch(line)
    ]


def _headings(lines: Sequence[str]) -> Iterator[bool]:
    """Yields, for each line, whether it is a heading: short, and alone or underlined."""
    for position, line in enumerate(lines):
        before = lines[position - 1] if position else ""
        after = lines[position + 1] if position + 1 < len(lines) else ""
        text = line.strip()
        short = 0 < len(text.split()) <= _HEADING_WORDS and not _SENTENCE_END.search(text)
        alone = not before.strip() and not after.strip() and _follows(lines, position)
        yield short and (alone or bool(_UNDERLINE.fullmatch(after)))


def _follows(lines: Sequence[str], position: int) -> bool:
    """Whether what comes next is a paragraph: the last line of a text heads nothing."""
    return any(line.strip() for line in lines[position + 1 :])
