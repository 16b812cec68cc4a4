"""Files of offices become headings, paragraphs and rows, or one clear sentence of what is wrong."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from docx.document import Document as WordDocument

from knowledge.documents.document import DocumentError, Limits
from knowledge.documents.reading import read
from tests.knowledge.documents import files

pytestmark = pytest.mark.unit

LIMITS = Limits()


def shown(name: str, content: bytes | str, limits: Limits = LIMITS) -> list[str]:
    """Returns the blocks as lines: headings with their level, rows with a bar."""
    raw = content.encode() if isinstance(content, str) else content
    marks = {"text": "", "row": "| "}
    return [
        f"{'#' * block.level} {block.text}" if block.level else marks[block.kind] + block.text
        for block in read(name, raw, limits).blocks
    ]


def test_a_pdf_is_read_in_headings_and_paragraphs_with_their_pages() -> None:
    content = files.pdf(
        [
            (20, "Delivery"),
            (11, "We deliver on every working day in the whole coun-"),
            (11, "try, and on Saturdays in the town itself for a fee."),
            (11, "It is free."),
            (14, "Islands"),
            (11, "Città e isole (tutte): più tardi."),
        ],
        [(20, "Returns"), (11, "• within thirty days"), (11, "• with the receipt")],
        title="Terms",
    )
    extract = read("terms.pdf", content, LIMITS)
    assert extract.title == "Terms"
    assert [(b.kind, b.level, b.page, b.text) for b in extract.blocks] == [
        ("heading", 1, 1, "Delivery"),
        (
            "text",
            0,
            1,
            "We deliver on every working day in the whole country, and on Saturdays in the town "
            "itself for a fee. It is free.",
        ),
        ("heading", 2, 1, "Islands"),
        ("text", 0, 1, "Città e isole (tutte): più tardi."),
        ("heading", 1, 2, "Returns"),
        ("text", 0, 2, "within thirty days"),
        ("text", 0, 2, "with the receipt"),
    ]


def test_running_titles_and_page_numbers_of_a_pdf_are_left_out() -> None:
    pages = [
        [(9, "The Mill, terms of 2026"), (11, f"Rule of {word} things."), (9, f"Page {n} of 4")]
        for n, word in enumerate(("one", "two", "three", "four"), start=1)
    ]
    assert shown("terms.pdf", files.pdf(*pages)) == [
        "Rule of one things.",
        "Rule of two things.",
        "Rule of three things.",
        "Rule of four things.",
    ]


def test_a_table_of_contents_is_left_out() -> None:
    lines = [
        (11, "1 Delivery . . . . . . . . . . 3"),
        (11, "2 Returns........5"),
        (11, "Hello all."),
    ]
    assert shown("terms.pdf", files.pdf(lines)) == ["Hello all."]


def test_a_pdf_that_only_forbids_printing_is_read() -> None:
    content = files.pdf([(11, "Anybody may read this sentence.")], password="", owner="secret")
    assert shown("a.pdf", content) == ["Anybody may read this sentence."]


def test_a_word_document_is_read_with_its_headings_lists_and_tables() -> None:
    def build(document: WordDocument) -> None:
        document.core_properties.title = "House rules"
        document.add_heading("Prices", 1)
        document.add_paragraph("All prices include tax.")
        document.add_paragraph("Children pay half.", style="List Bullet")
        table = document.add_table(rows=3, cols=3)
        cells = ("Room", "Summer", "Winter", "Single", "80 €", "60 €", "Double", "120 €", "")
        for position, text in enumerate(cells):
            table.cell(position // 3, position % 3).text = text
        document.add_heading("Breakfast", 2)
        document.add_paragraph("From seven to ten.")

    content = files.word(build)
    assert shown("rules.docx", content) == [
        "# Prices",
        "All prices include tax.",
        "Children pay half.",
        "| Room: Single; Summer: 80 €; Winter: 60 €",
        "| Room: Double; Summer: 120 €",
        "## Breakfast",
        "From seven to ten.",
    ]
    assert read("rules.docx", content, LIMITS).title == "House rules"


def test_a_title_that_a_program_put_in_is_none() -> None:
    def build(document: WordDocument) -> None:
        document.core_properties.title = "Microsoft Word - draft7.doc"
        document.add_paragraph("Children pay half.")

    assert read("rules.docx", files.word(build), LIMITS).title == ""


PAGE = """
<!doctype html><html><head><title>The Mill &amp; Co</title>
<style>p {color: red}</style><script>var evil = "run me";</script></head>
<body><header><a href="/">Home</a></header><nav><ul><li>Shop<li>About</ul></nav>
<div class="cookie-banner"><p>We use cookies.</p></div>
<div id="content"><h1>Our mill</h1><p>It was built in <b>1780</b>.<br>Come<!-- never --> and see.
<div>Loose text<p>and a paragraph</p>and a tail</div>
<table><tr><th>Item<th>Price<tr><td>Flour<td>3 €</table>
<h2>Questions</h2><details><summary>Is there parking?</summary>Yes, behind it.</details>
<p hidden>Ghost</p><p style="display: none">Ghost</p><noscript>Ghost</noscript></div>
<form><label>Name</label><input></form><footer>Imprint</footer></body></html>
"""


def test_a_web_page_is_read_as_its_visitor_reads_it() -> None:
    assert shown("mill.html", PAGE) == [
        "# Our mill",
        "It was built in 1780. Come and see.",
        "Loose text",
        "and a paragraph",
        "and a tail",
        "| Item: Flour; Price: 3 €",
        "## Questions",
        "###### Is there parking?",
        "Yes, behind it.",
    ]
    assert read("mill.html", PAGE.encode(), LIMITS).title == "The Mill & Co"


def test_of_a_page_with_a_main_part_only_that_is_read() -> None:
    page = "<body><p>Advertisement</p><main><p>The mill is open.</p></main><p>Links</p></body>"
    assert shown("mill.htm", page) == ["The mill is open."]


def test_a_web_page_says_its_own_encoding() -> None:
    page = '<html><head><meta charset="iso-8859-1"></head><body><p>È più là.</p></body></html>'
    assert shown("mill.html", page.encode("latin-1")) == ["È più là."]


def test_markdown_is_read_without_its_marks() -> None:
    text = (
        "---\nlayout: page\n---\n# The mill\n\nBread is *fresh* every [day](https://mill.example)."
        "\n\n- white\n- brown\n\n| Loaf | Price |\n|---|---|\n| Rye | 4 € |\n\n"
        "<script>evil()</script>\n"
    )
    assert shown("mill.md", text) == [
        "# The mill",
        "Bread is fresh every day.",
        "white",
        "brown",
        "| Loaf: Rye; Price: 4 €",
    ]
    assert read("mill.md", text.encode(), LIMITS).title == "The mill"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_a_text_file_is_read_in_whatever_it_was_written(encoding: str) -> None:
    text = (
        "La nostra città\n===============\n\nPerché il caffè è così\nbuono? Costa 2 €.\n\n"
        "Orari\n\n1. Siamo aperti già alle sette.\n2. Il lunedì si chiude.\n"
    )
    assert shown("mill.txt", text.encode(encoding)) == [
        "# La nostra città",
        "Perché il caffè è così buono? Costa 2 €.",
        "# Orari",
        "Siamo aperti già alle sette.",
        "Il lunedì si chiude.",
    ]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_table_is_read_whatever_its_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    rows = (("Città", "Prezzo", "Note"), ("Forlì", "12", "è più caro"), ("Cefalù", "9", ""))
    text = "\r\n".join(delimiter.join(row) for row in rows)
    assert shown("prezzi.csv", text.encode(encoding)) == [
        "| Città: Forlì; Prezzo: 12; Note: è più caro",
        "| Città: Cefalù; Prezzo: 9",
    ]


def test_a_table_of_questions_and_answers_is_read_as_such() -> None:
    text = 'domanda;risposta\nC\'è posto?;"Sì; è gratis,\nanche la sera."\n'
    assert shown("faq.csv", text.encode("latin-1")) == [
        "# C'è posto?",
        "Sì; è gratis, anche la sera.",
    ]


def old_word(_: None = None) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)


WRONG: list[tuple[str, Callable[[], bytes], str]] = [
    ("a.xlsx", lambda: b"x", "is of a kind that is not read; save it as one of CSV, DOCX, HTM"),
    ("a.txt", lambda: b" \n ", "is empty"),
    ("a.pdf", lambda: files.pdf([(11, "A secret")], password="x"), "protected by a password"),
    ("a.pdf", lambda: files.many_pages(3), "has no text, only pictures of it"),
    ("a.pdf", lambda: b"hello", "is no PDF"),
    ("a.pdf", lambda: b"%PDF-1.7 and nothing else", "is damaged and cannot be read"),
    ("a.docx", files.protected_word, "is protected by a password"),
    ("a.docx", old_word, "is an old Office file"),
    ("a.docx", lambda: files.pdf([(11, "Hello")]), "is a PDF that is named .docx"),
    ("a.docx", lambda: b"hello", "is no Word document"),
    ("a.docx", lambda: b"PK\x03\x04 and nothing else", "is no Word document, or a damaged one"),
    ("a.docx", lambda: files.zip_bomb(120), "unpacks to 120,"),
    ("a.txt", lambda: files.word(lambda d: d.add_paragraph("x")), "is a Word document that is"),
    ("a.txt", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 9, "is no text|unknown encoding"),
    ("a.html", lambda: b"<html><script>let a = 1</script></html>", "has no text"),
    ("a.csv", lambda: b"name;price\n", "has no rows"),
    ("a.csv", lambda: b"name;;price\na;b;c\n", "a column without a name"),
]


@pytest.mark.parametrize(("name", "content", "message"), WRONG)
def test_a_file_that_cannot_be_used_says_what_is_wrong(
    name: str, content: Callable[[], bytes], message: str
) -> None:
    with pytest.raises(DocumentError, match=message):
        read(name, content(), LIMITS)


def test_a_table_whose_row_does_not_fit_names_its_line() -> None:
    with pytest.raises(DocumentError, match="has 3 columns here and 2") as raised:
        read("a.csv", b'name;price\n"two\nlines";3\ntea;2;5\n', LIMITS)
    assert raised.value.line == 4


@pytest.mark.parametrize(
    ("name", "content", "limits", "message"),
    [
        ("a.txt", b"word " * 30, replace(LIMITS, file_bytes=100), "has 0 MB, more than 0; split"),
        ("a.txt", b"word " * 30, replace(LIMITS, characters=100), "more than 100 letters"),
        ("a.pdf", files.many_pages(4), replace(LIMITS, pages=3), "has 4 pages, more than 3"),
    ],
)
def test_a_file_beyond_a_limit_is_refused(
    name: str, content: bytes, limits: Limits, message: str
) -> None:
    with pytest.raises(DocumentError, match=message):
        read(name, content, limits)
