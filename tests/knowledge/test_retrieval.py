"""Follow-ups, other languages, documents, departments and misheard words find what they mean."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.engines import load
from knowledge.index_cache import IndexCache
from knowledge.passages import Passage
from knowledge.people import Department
from knowledge.topic_index import Embed, TopicIndex
from knowledge.topics import Topic
from providers.spec import Slot

pytestmark = pytest.mark.integration

TODAY = date(2026, 11, 23)


def topic(identifier: str, title: str, department: str | None = None, **languages: object) -> Topic:
    blocks = {
        language: {"questions": questions, "answer": f"{identifier} in {language}."}
        for language, questions in languages.items()
    }
    return Topic.model_validate(
        {"id": identifier, "title": title, "department": department, "languages": blocks}
    )


TOPICS = (
    topic(
        "parking",
        "Parking",
        en=["is there parking", "where can I leave my car", "do you have a car park"],
        it=["c'è un parcheggio", "dove posso lasciare la macchina"],
    ),
    topic(
        "boiler-price",
        "Boiler service",
        en=["how much is a boiler service", "what does it cost to service the boiler"],
    ),
    topic(
        "boiler-time",
        "How long a boiler service takes",
        en=["how long does a boiler service take", "when is the boiler service done"],
    ),
    topic(
        "cards",
        "Paying by card",
        en=["can I pay by card", "do you take credit cards"],
        it=["posso pagare con la carta", "accettate carte di credito"],
    ),
    topic("sales-post", "Writing to sales", "sales", en=["the address for papers"]),
    topic("repairs-post", "Writing to repairs", "repairs", en=["an address for papers"]),
)
DEPARTMENTS = (
    Department.model_validate({"id": "sales", "names": "sales", "extension": "1"}),
    Department.model_validate({"id": "repairs", "names": "repairs", "extension": "2"}),
)
PASSAGES = (
    Passage(
        id="warranty:0",
        text="Every new boiler comes with a warranty of seven years. It begins on the day of "
        "installation. Keep the registration certificate in a safe place.",
        source="Warranty terms, p. 2",
        heading="Warranty > How long it lasts",
        language="en",
    ),
    Passage(
        id="frost:0",
        text="In a hard frost leave the heating on at twelve degrees. Open the doors of cupboards "
        "under sinks so that warm air reaches the pipes.",
        source="Winter leaflet",
        heading="Frozen pipes",
        language="en",
    ),
)


@pytest.fixture(scope="module")
def embed() -> Embed:
    function: Embed = load(Slot.EMBEDDINGS, "use-multilingual:default").embed
    return function


@pytest.fixture(scope="module")
def index(embed: Embed) -> TopicIndex:
    return TopicIndex(TOPICS, embed, passages=PASSAGES, departments=DEPARTMENTS)


def found(index: TopicIndex, question: str, language: str = "en", after: str = "") -> str:
    search = index.search(question, language, today=TODAY, after=after)
    if search.best is not None:
        return search.best.topic.id
    return search.passages[0].passage.id if search.passages else ""


@pytest.mark.parametrize(
    ("after", "question", "language", "meant"),
    [
        ("boiler-price", "how much is that one", "en", "boiler-price"),
        ("boiler-price", "and how long does it take", "en", "boiler-time"),
        ("parking", "and where is it", "en", "parking"),
        ("parking", "what about on Sunday", "en", "parking"),
        ("parking", "e di domenica", "it", "parking"),
    ],
)
def test_a_question_that_leaves_something_out_asks_on_about_the_last_topic(
    index: TopicIndex, after: str, question: str, language: str, meant: str
) -> None:
    assert found(index, question, language, after) == meant


@pytest.mark.parametrize(
    ("after", "question", "language", "meant"),
    [
        ("parking", "can I pay by card", "en", "cards"),
        ("parking", "and do you take credit cards", "en", "cards"),
        ("boiler-price", "and where can I leave my car", "en", "parking"),
        ("boiler-price", "e posso pagare con la carta", "it", "cards"),
        ("parking", "what will the weather be like this weekend", "en", ""),
        ("boiler-price", "and who won the football match yesterday", "en", ""),
        ("cards", "can you sing me a song", "en", ""),
    ],
)
def test_a_new_question_is_not_dragged_to_the_last_topic(
    index: TopicIndex, after: str, question: str, language: str, meant: str
) -> None:
    assert found(index, question, language, after) == meant


def test_a_topic_that_is_not_known_any_more_changes_nothing(index: TopicIndex) -> None:
    with_it = index.search("and where is it", "en", today=TODAY, after="gone")
    assert with_it == index.search("and where is it", "en", today=TODAY)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("quanto costa la manutenzione della caldaia", "boiler-price"),
        ("quanto tempo ci vuole per la revisione della caldaia", "boiler-time"),
    ],
)
def test_what_is_known_in_another_language_only_is_found_and_says_so(
    index: TopicIndex, question: str, meant: str
) -> None:
    best = index.search(question, "it", today=TODAY).best
    assert best is not None
    assert (best.topic.id, best.language) == (meant, "en")


def test_an_answer_in_the_language_of_the_question_is_given_in_it(index: TopicIndex) -> None:
    best = index.search("dove si parcheggia la macchina", "it", today=TODAY).best
    assert best is not None
    assert (best.topic.id, best.language) == ("parking", "it")


@pytest.mark.parametrize(
    ("question", "language", "passage"),
    [
        ("how many years of warranty does a new boiler have", "en", "warranty:0"),
        ("what should I do with the heating in a hard frost", "en", "frost:0"),
        ("quanti anni di garanzia ha una caldaia nuova", "it", "warranty:0"),
    ],
)
def test_a_document_answers_what_no_topic_does(
    index: TopicIndex, question: str, language: str, passage: str
) -> None:
    assert found(index, question, language) == passage


@pytest.mark.parametrize(
    "question",
    ["what is the capital of France", "can you book me a table for two", "tell me a joke"],
)
def test_what_is_foreign_is_found_neither_in_topics_nor_in_documents(
    index: TopicIndex, question: str
) -> None:
    assert found(index, question) == ""


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("what address is there for papers for sales", "sales-post"),
        ("what address is there for papers for repairs", "repairs-post"),
    ],
)
def test_a_question_that_names_a_department_prefers_its_topics(
    index: TopicIndex, question: str, meant: str
) -> None:
    assert found(index, question) == meant


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("how much is a boyler service", "boiler-price"),
        ("how much is a boi ler service", "boiler-price"),
        ("do you take kredit cards", "cards"),
    ],
)
def test_a_misheard_word_is_taken_for_the_word_it_is_nearly(
    index: TopicIndex, heard: str, meant: str
) -> None:
    assert found(index, heard) == meant


@pytest.mark.parametrize(
    ("changed", "times"),
    [("nothing", 0), ("answer", 0), ("question", 1), ("embedder", 1), ("passage", 1)],
)
def test_the_index_is_built_again_only_for_what_it_is_made_from(
    embed: Embed, tmp_path: Path, changed: str, times: int
) -> None:
    cache = IndexCache(tmp_path)
    texts: list[str] = []

    def counting(asked: Sequence[str]) -> NDArray[np.float32]:
        texts.extend(asked)
        return embed(asked)

    def build(name: str, changes: Mapping[str, bool]) -> TopicIndex:
        questions = (
            ["is there parking", "may I park"] if changes.get("question") else ["is there parking"]
        )
        block = {"questions": questions, "answer": "No." if changes.get("answer") else "Yes."}
        one = Topic.model_validate({"id": "p", "title": "P", "languages": {"en": block}})
        passages = PASSAGES[:1] if changes.get("passage") else ()
        return TopicIndex([one], counting, passages=passages, embedder=name, cache=cache)

    build("one", {})
    texts.clear()
    build("two" if changed == "embedder" else "one", {changed: True})
    assert (len(texts) > 1) == bool(times)


def test_a_kept_index_finds_the_same(embed: Embed, index: TopicIndex, tmp_path: Path) -> None:
    first, kept = (
        TopicIndex(
            TOPICS, embed, passages=PASSAGES, departments=DEPARTMENTS, cache=IndexCache(tmp_path)
        )
        for _ in range(2)
    )
    assert first is not kept
    questions = ("is there parking", "how many years of warranty", "tell me a joke")
    for question in questions:
        assert kept.search(question, "en", today=TODAY) == index.search(question, "en", today=TODAY)
