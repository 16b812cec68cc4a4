"""Reads Markdown, by way of the page it stands for."""

import re

from markdown_it import MarkdownIt

from knowledge.documents import web_page
from knowledge.documents.document import Extract
from knowledge.documents.plain_text import decode

_FRONT_MATTER = re.compile(r"\A---\s*\n.*?\n(?:---|\.\.\.)\s*(?:\n|\Z)", re.DOTALL)


def read(content: bytes) -> Extract:
    """Returns the text of the Markdown `content`.

    Raises:
        DocumentError: it is no text.
    """
    text = _FRONT_MATTER.sub("", decode(content).replace("\r\n", "\n"))
    page = MarkdownIt("commonmark").enable("table").render(text)
    return web_page.read(f"<main>{page}</main>")
