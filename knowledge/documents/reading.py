"""Reads a file as a document by what its name says it is, after a look at what it really is."""

import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import PurePath

from knowledge.documents import markdown, pdf, plain_text, spreadsheet, web_page, word
from knowledge.documents.document import Block, DocumentError, Extract, Limits, too_large

_READERS: Mapping[str, Callable[[bytes, Limits], Extract]] = {
    ".pdf": pdf.read,
    ".docx": word.read,
    ".html": lambda content, _: web_page.read(content),
    ".htm": lambda content, _: web_page.read(content),
    ".md": lambda content, _: markdown.read(content),
    ".txt": lambda content, _: plain_text.read(content),
    ".csv": lambda content, _: spreadsheet.read(content),
}
SUFFIXES = frozenset(_READERS)

_PDF, _ZIP, _OLE = b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_START_BYTES = 1024
_TITLE_CHARACTERS = 200
_FILE_TITLE = re.compile(r"^Microsoft \w+ - |\.(?:docx?|pdf|indd|odt|pptx?|html?)$", re.IGNORECASE)
"""A title programs put in by themselves; the name of the file tells more."""


def read(name: str, content: bytes, limits: Limits) -> Extract:
    """Returns what the file `name` says; at most `limits.characters` of it.

    Raises:
        DocumentError: it cannot be used; the message says why and what to do.
        MemoryError: there is too little; what was half read may still hold it.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(sorted(suffix.removeprefix(".").upper() for suffix in SUFFIXES))
        raise DocumentError(f"is of a kind that is not read; save it as one of {known}")
    if len(content) > limits.file_bytes:
        raise DocumentError(too_large(len(content), limits))
    if not content.strip():
        raise DocumentError("is empty")
    if other := _other_kind(suffix, content):
        raise DocumentError(other)
    try:
        extract = _READERS[suffix](content, limits)
    except (DocumentError, MemoryError):
        raise
    except Exception as error:  # the libraries raise anything over files made to break them
        raise DocumentError(
            f"is damaged and cannot be read ({type(error).__name__}); open it and save it again"
        ) from error
    return _usable(extract, limits)


def _other_kind(suffix: str, content: bytes) -> str:
    start = content[:_START_BYTES].lstrip()
    if content.startswith(_OLE) and suffix != ".pdf":
        if "EncryptedPackage".encode("utf-16-le") in content:
            return "is protected by a password; save it without one"
        return "is an old Office file; save it as DOCX"
    if start.startswith(_PDF) and suffix != ".pdf":
        return f"is a PDF that is named {suffix}; rename it to .pdf"
    if suffix == ".pdf" and _PDF not in content[:_START_BYTES]:
        return "is no PDF; give it the ending of what it is, or save it as PDF"
    if content.startswith(_ZIP) and suffix != ".docx":
        return f"is {_packed_kind(content)} that is named {suffix}; save it as what it is named"
    if suffix == ".docx" and not content.startswith(_ZIP):
        return "is no Word document (DOCX); open it and save it as DOCX"
    return ""


def _packed_kind(content: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            folders = {name.split("/")[0] for name in packed.namelist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        folders = set[str]()
    kinds = {"word": "a Word document", "xl": "a spreadsheet", "ppt": "a presentation"}
    return next((kinds[folder] for folder in kinds if folder in folders), "a ZIP file")


def _usable(extract: Extract, limits: Limits) -> Extract:
    blocks: list[Block] = []
    characters = 0
    for block in extract.blocks:
        # A lone surrogate can be kept in no file and no database.
        text = " ".join(block.text.encode("utf-8", "ignore").decode().replace("\0", " ").split())
        characters += len(text)
        if text:
            blocks.append(block.model_copy(update={"text": text}))
    if characters > limits.characters:
        raise DocumentError(
            f"has more than {limits.characters:,} letters; keep what callers ask about"
        )
    if not any(block.kind != "heading" for block in blocks):
        raise DocumentError("has no text that could be read out")
    title = extract.title.encode("utf-8", "ignore").decode().replace("\0", " ")
    title = "" if _FILE_TITLE.search(title) else title.strip()[:_TITLE_CHARACTERS]
    return Extract(title=title or _main_heading(blocks), blocks=tuple(blocks))


def _main_heading(blocks: Sequence[Block]) -> str:
    """Returns the one heading all others stand under; "" when there are several or none."""
    outermost = [block.text for block in blocks if block.kind == "heading" and block.level == 1]
    return outermost[0][:_TITLE_CHARACTERS] if len(outermost) == 1 else ""
