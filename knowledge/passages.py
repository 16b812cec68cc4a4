"""A piece of a document that can be found and read out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A few sentences of a document that belong together.

    Attributes:
        id: Unique among the tenant's passages and the same again while the document is unchanged.
        text: What it says, without markup.
        source: The document, as a person would call it, with the page where it has pages.
        heading: The headings it stands under, outermost first, joined by " > "; "" without any.
        language: ISO 639-1 code of the language it is written in.
    """

    id: str
    text: str
    source: str
    heading: str
    language: str
