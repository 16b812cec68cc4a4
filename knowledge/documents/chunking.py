"""Cuts documents into passages: what stands under one heading, 40 to 120 words at a time."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from knowledge.documents.document import Block, Document
from knowledge.documents.sentences import sentences, words
from knowledge.passages import Passage

FEWEST_WORDS = 40
"""From here on a passage ends with its paragraph; a section may be shorter than that."""
MOST_WORDS = 120
"""What an embedding of a sentence can still tell apart, and a caller could be read."""

_TELLING_WORDS = 12
"""A language is not told from fewer words: names and figures mislead."""
_SAMPLE_CHARACTERS = 4000
_ENDED = re.compile(r"[.!?…:;][\"'»”’)\]]*$")

_PAGE: Mapping[str, str] = {
    "en": "page",
    "it": "pagina",
    "es": "página",
    "fr": "page",
    "de": "Seite",
    "pt": "página",
}

Identify = Callable[[str], str]
"""Returns the ISO 639-1 code of the language of a text, or `und`."""


def passages_of(
    documents: Sequence[Document], identify: Identify, languages: Sequence[str]
) -> tuple[Passage, ...]:
    """Returns the passages of `documents`, in order.

    Args:
        documents: What was read.
        identify: Tells the language of a text.
        languages: Those of the tenant; a document in no language that can be told is in the first.
    """
    return tuple(
        passage for document in documents for passage in _passages(document, identify, languages)
    )


def source_of(document: Document, page: int | None, language: str) -> str:
    """Returns what a person would call the place: the title, and the page if it has pages."""
    title = document.title or PurePosixPath(document.name).stem
    title = " ".join(title.replace("_", " ").replace("-", " ").split()) or document.name
    return title if page is None else f"{title}, {_PAGE.get(language, 'p.')} {page}"


@dataclass(slots=True, kw_only=True)
class _Piece:
    """A passage in the making: sentences under one heading, from the page it begins on."""

    heading: str
    page: int | None
    texts: list[str] = field(default_factory=list[str])

    @property
    def text(self) -> str:
        return " ".join(self.texts)


def _passages(
    document: Document, identify: Identify, languages: Sequence[str]
) -> Iterator[Passage]:
    usual = _usual_language(document, identify, languages)
    for number, piece in enumerate(_pieces(document.blocks, usual)):
        language = _language(piece.text, usual, identify)
        yield Passage(
            id=f"{document.name}:{number}",
            text=piece.text,
            source=source_of(document, piece.page, language),
            heading=piece.heading,
            language=language,
        )


def _usual_language(document: Document, identify: Identify, languages: Sequence[str]) -> str:
    """Returns the language most of `document` is in, by a sample from all of it."""
    texts = [block.text for block in document.blocks if words(block.text) >= _TELLING_WORDS]
    every = max(1, sum(map(len, texts)) // _SAMPLE_CHARACTERS)
    counts: Counter[str] = Counter()
    for text in texts[::every] or [" ".join(block.text for block in document.blocks)[:2000]]:
        counts[identify(text)] += len(text)
    del counts["und"]
    return counts.most_common(1)[0][0] if counts else languages[0]


def _language(text: str, usual: str, identify: Identify) -> str:
    found = identify(text) if words(text) >= _TELLING_WORDS else usual
    return usual if found == "und" else found


def _pieces(blocks: Sequence[Block], language: str) -> Iterator[_Piece]:
    headings: list[Block] = []
    piece = _Piece(heading="", page=None)
    for block in _whole(blocks):
        if block.kind == "heading":
            headings = [*(one for one in headings if one.level < block.level), block]
        path = " > ".join(one.text for one in headings)
        alone = block.kind != "text"
        if piece.texts and (alone or path != piece.heading):
            yield piece
            piece = _Piece(heading=path, page=None)
        if block.kind == "heading":
            continue
        for part in _sentences(block, language):
            if piece.texts and words(piece.text) + words(part) > MOST_WORDS:
                yield piece
                piece = _Piece(heading=path, page=None)
            if not piece.texts:
                piece = _Piece(heading=path, page=block.page)
            piece.texts.append(part)
        if piece.texts and (alone or words(piece.text) >= FEWEST_WORDS):
            yield piece
            piece = _Piece(heading=path, page=None)
    if piece.texts:
        yield piece


def _whole(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yields the blocks, paragraphs that a page break cut in two whole again."""
    held: Block | None = None
    for block in blocks:
        goes_on = (
            held is not None
            and held.kind == block.kind == "text"
            and held.page != block.page
            and not _ENDED.search(held.text)
            and block.text[:1].islower()
        )
        if held is not None and goes_on:
            held = held.model_copy(update={"text": f"{held.text} {block.text}"})
            continue
        if held is not None:
            yield held
        held = block
    if held is not None:
        yield held


def _sentences(block: Block, language: str) -> Iterator[str]:
    """Yields the sentences of a block, each ended, and a very long one in parts."""
    text = block.text.strip()
    text = text if _ENDED.search(text) else f"{text}."
    for sentence in sentences(text, language):
        parts = sentence.split()
        for start in range(0, len(parts), MOST_WORDS):
            yield " ".join(parts[start : start + MOST_WORDS])
