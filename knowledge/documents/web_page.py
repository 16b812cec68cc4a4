"""Reads what a visitor reads of an HTML page: its main text, without menus, scripts and forms."""

import re
import warnings
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from bs4.exceptions import ParserRejectedMarkup

from knowledge.documents.document import Block, DocumentError, Extract
from knowledge.documents.tables import rows_as_text

_UNSEEN = re.compile(
    "script|style|noscript|template|svg|canvas|iframe|object|audio|video|map|head|"
    "nav|aside|footer|form|button|select|input|textarea|dialog|menu"
)
_UNSEEN_ROLES = {"navigation", "banner", "contentinfo", "search", "dialog", "alert", "menu"}
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BOILERPLATE = re.compile(
    r"(?<![a-z])(?:cookie|consent|breadcrumb|navbar|menu|sidebar|popup|skip-link|share)s?(?![a-z])",
    re.IGNORECASE,
)
_BLOCKS = re.compile(
    "^(?:address|article|aside|blockquote|body|caption|center|dd|details|div|dl|dt|fieldset|"
    "figcaption|figure|h[1-6]|header|hr|html|li|main|ol|p|pre|row|section|summary|td|th|tr|ul)$"
)
_HEADING = re.compile(r"h([1-6])")


def read(content: bytes | str) -> Extract:
    """Returns the main text of the HTML `content`.

    Raises:
        DocumentError: it cannot be read as HTML.
    """
    with warnings.catch_warnings():
        # Whether it is XML, or looks like a file name, is nothing its author can do about.
        warnings.simplefilter("ignore")
        try:
            page = BeautifulSoup(content, "lxml")
        except ParserRejectedMarkup as error:
            raise DocumentError("is no HTML page; open it and save it again") from error
    title = " ".join(page.title.get_text(" ").split()) if page.title is not None else ""
    for tag in page.find_all("br"):
        tag.replace_with("\n")
    _remove_unseen(page)
    root = page.find("main") or page.find(role="main") or _only_article(page) or page
    assert isinstance(root, Tag)
    _rewrite_tables(page, root)
    return Extract(title=title, blocks=tuple(_blocks(root)))


def _remove_unseen(page: BeautifulSoup) -> None:
    for tag in page.find_all(True):
        if not tag.decomposed and tag.parent is not None and _is_unseen(tag):
            tag.decompose()


def _is_unseen(tag: Tag) -> bool:
    if tag.name in {"html", "body", "main", "article"}:
        return False
    if _UNSEEN.fullmatch(tag.name) or tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
        return True
    if tag.name == "header" and tag.find_parent(["main", "article"]) is None:
        return tag.find("h1") is None
    if tag.get("role") in _UNSEEN_ROLES or _HIDING_STYLE.search(str(tag.get("style", ""))):
        return True
    classes = tag.get_attribute_list("class")
    return any(_BOILERPLATE.search(str(name or "")) for name in (*classes, tag.get("id")))


def _only_article(page: BeautifulSoup) -> Tag | None:
    articles = page.find_all("article", limit=2)
    return articles[0] if len(articles) == 1 else None


def _rewrite_tables(page: BeautifulSoup, root: Tag) -> None:
    """Puts sentences in the place of tables; those that only lay out a page stay."""
    for table in root.find_all("table"):
        if table.find("table") is not None or table.find_parent("table") is not None:
            continue
        rows = [
            [cell.get_text(" ") for cell in row.find_all(["td", "th"])]
            for row in table.find_all("tr")
        ]
        if max((len(row) for row in rows), default=0) < 2:
            continue
        for text in rows_as_text(rows):
            made = page.new_tag("row")
            made.string = text
            table.insert_before(made)
        table.decompose()


def _blocks(root: Tag) -> Iterator[Block]:
    """Yields a block for each run of text that one block element holds directly."""
    current: Tag | None = None
    parts: list[str] = []
    for text in root.find_all(string=True):
        if type(text) is not NavigableString:  # a comment, a declaration
            continue
        holder = text.find_parent(_BLOCKS)
        if holder is not current and current is not None:
            yield from _block(current, parts)
            parts = []
        current = holder
        parts.append(str(text))
    if current is not None:
        yield from _block(current, parts)


def _block(holder: Tag, parts: list[str]) -> Iterator[Block]:
    text = " ".join("".join(parts).split())
    if not text:
        return
    if heading := _HEADING.fullmatch(holder.name):
        yield Block(kind="heading", text=text, level=int(heading[1]))
    elif holder.name in {"summary", "dt"}:
        yield Block(kind="heading", text=text, level=6)
    else:
        yield Block(kind="row" if holder.name == "row" else "text", text=text)
