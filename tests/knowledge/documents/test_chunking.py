"""A document is cut where its meaning ends: at headings, paragraphs and sentences."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.documents.chunking import FEWEST_WORDS, MOST_WORDS, passages_of
from knowledge.documents.document import Block, Document
from knowledge.passages import Passage

pytestmark = pytest.mark.unit


def heading(text: str, level: int = 1) -> Block:
    return Block(kind="heading", text=text, level=level)


def paragraph(text: str, page: int | None = None) -> Block:
    return Block(kind="text", text=text, page=page)


def cut(*blocks: Block, title: str = "Terms", language: str = "en") -> tuple[Passage, ...]:
    document = Document(name="documents/terms_of-2026.pdf", title=title, blocks=blocks)
    return passages_of([document], lambda _: language, ["en", "it"])


def some_words(count: int, word: str = "word") -> str:
    return " ".join([word] * (count - 1) + [f"{word}."])


def test_a_passage_knows_its_headings_its_page_and_its_document() -> None:
    found = cut(
        heading("Delivery"),
        heading("Islands", 2),
        paragraph("It takes two days more.", page=3),
        heading("Returns"),
        paragraph("Within thirty days.", page=4),
    )
    assert found == (
        Passage(
            id="documents/terms_of-2026.pdf:0",
            text="It takes two days more.",
            source="Terms, page 3",
            heading="Delivery > Islands",
            language="en",
        ),
        Passage(
            id="documents/terms_of-2026.pdf:1",
            text="Within thirty days.",
            source="Terms, page 4",
            heading="Returns",
            language="en",
        ),
    )


def test_a_document_without_a_title_is_called_by_its_file() -> None:
    assert cut(paragraph("It rains."), title="")[0].source == "terms of 2026"


def test_a_page_is_called_as_in_the_language_of_the_document() -> None:
    assert cut(paragraph("Es regnet.", page=2), language="de")[0].source == "Terms, Seite 2"
    assert cut(paragraph("Det regner.", page=2), language="da")[0].source == "Terms, p. 2"


def test_short_paragraphs_share_a_passage_and_long_ones_are_cut_between_sentences() -> None:
    sentence = some_words(30)
    found = cut(
        paragraph("One short line"),
        paragraph("Another one"),
        paragraph(" ".join([sentence] * 9)),
    )
    assert found[0].text.startswith("One short line. Another one. word")
    assert all(len(one.text.split()) <= MOST_WORDS for one in found)
    assert all(one.text.endswith("word.") for one in found)
    assert sum(one.text.count("word.") for one in found) == 9
    assert all(len(one.text.split()) >= FEWEST_WORDS for one in found[:-1])


def test_a_row_of_a_table_is_a_passage_of_its_own() -> None:
    found = cut(
        heading("Prices"),
        paragraph("All with tax."),
        Block(kind="row", text="Room: Single; Price: 80"),
        Block(kind="row", text="Room: Double; Price: 120"),
        paragraph("Ask us."),
    )
    assert [one.text for one in found] == [
        "All with tax.",
        "Room: Single; Price: 80.",
        "Room: Double; Price: 120.",
        "Ask us.",
    ]
    assert {one.heading for one in found} == {"Prices"}


def test_a_sentence_that_goes_on_on_the_next_page_is_whole() -> None:
    found = cut(paragraph("It takes two days more than", page=1), paragraph("by land.", page=2))
    assert [one.text for one in found] == ["It takes two days more than by land."]
    assert found[0].source == "Terms, page 1"


def test_a_sentence_without_an_end_is_cut_between_words() -> None:
    found = cut(paragraph("word " * 400))
    assert [len(one.text.split()) for one in found] == [120, 120, 120, 40]


def test_a_passage_in_another_language_than_its_document_says_so() -> None:
    def identify(text: str) -> str:
        return "it" if "casa" in text else "und" if "5" in text else "en"

    blocks = (
        paragraph(some_words(60, "house")),
        heading("Italiano"),
        paragraph(some_words(45, "casa")),
        heading("Numbers"),
        paragraph(some_words(20, "5")),
        heading("Short"),
        paragraph("La casa."),
    )
    document = Document(name="documents/a.md", title="A", blocks=blocks)
    found = passages_of([document], identify, ["de"])
    assert [one.language for one in found] == ["en", "it", "en", "en"]
    unknown = passages_of([document], lambda _: "und", ["de"])
    assert {one.language for one in unknown} == {"de"}


BLOCKS = st.lists(
    st.builds(
        Block,
        kind=st.sampled_from(["heading", "text", "row"]),
        text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=60),
        level=st.integers(0, 6),
        page=st.none() | st.integers(1, 9),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(BLOCKS)
def test_whatever_a_document_holds_its_passages_are_short_and_told_apart(
    blocks: list[Block],
) -> None:
    found = cut(*blocks)
    assert len({one.id for one in found}) == len(found)
    assert all(one.text.strip() and len(one.text.split()) <= MOST_WORDS for one in found)
    said = "".join("".join(block.text.split()) for block in blocks if block.kind != "heading")
    kept = "".join("".join(one.text.split()) for one in found)
    assert len(kept) >= len(said)
