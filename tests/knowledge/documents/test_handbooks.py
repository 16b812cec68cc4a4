"""What a document answers is answered rightly, and what none answers is not answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from eval.engines import load
from knowledge.documents.spoken_extract import spoken_extract
from knowledge.passages import Passage
from knowledge.topic_index import TopicIndex
from providers.contracts import Embedder
from providers.spec import Slot
from receptionist.tenants.snapshot import TenantSnapshot

pytestmark = pytest.mark.integration

TODAY = date(2026, 11, 23)
HANDBOOKS: Mapping[str, Any] = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "handbooks.yaml").read_text(encoding="utf-8")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Of the questions a document answers, of the answers given, and of what none answers."""

    answered: float
    right: float
    refused: float


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return cast("Embedder", load(Slot.EMBEDDINGS, "use-multilingual:default"))


def handbook(name: str, language: str) -> list[Passage]:
    return [
        Passage(
            id=f"handbook:{number}",
            text=section["text"],
            source="Handbook",
            heading=section["heading"],
            language=language,
        )
        for number, section in enumerate(HANDBOOKS[name][language])
    ]


def answer(index: TopicIndex, question: str, language: str) -> str:
    found = index.search(question, language, today=TODAY).passages
    return spoken_extract(found[0].passage, question, found[0].likenesses) if found else ""


def shares(index: TopicIndex, name: str, language: str) -> Shares:
    asked = HANDBOOKS["questions"][name][language]
    known: Mapping[str, str] = asked["known"]
    answers = {question: said for question in known if (said := answer(index, question, language))}
    vain: Sequence[str] = [*asked["beside"], *asked["foreign"]]
    right = sum(known[question] in said for question, said in answers.items())
    return Shares(
        answered=len(answers) / len(known),
        right=right / len(answers),
        refused=sum(not answer(index, question, language) for question in vain) / len(vain),
    )


@pytest.mark.parametrize(
    ("name", "language", "answered"),
    [
        ("calibration", "en", 0.7),
        ("calibration", "it", 0.8),
        ("check", "en", 0.45),
        ("check", "it", 0.6),
    ],
)
def test_a_handbook_answers_what_it_says_and_nothing_else(
    embedder: Embedder, name: str, language: str, answered: float
) -> None:
    index = TopicIndex((), embedder.embed, passages=handbook(name, language))
    measured = shares(index, name, language)
    assert measured.right >= 0.9
    assert measured.refused >= 0.9
    assert measured.answered >= answered


@pytest.mark.parametrize("language", ["en", "it"])
def test_where_every_passage_speaks_of_the_same_trade_most_of_what_is_answered_is_right(
    demo: TenantSnapshot, embedder: Embedder, language: str
) -> None:
    passages = [
        Passage(
            id=topic.id,
            text=topic.languages[language].answer,
            source="Answers",
            heading="",
            language=language,
        )
        for topic in demo.config.topics
    ]
    index = TopicIndex((), embedder.embed, passages=passages)
    right = [
        found[0].passage.id == topic.id
        for topic in demo.config.topics
        for question in topic.languages[language].questions
        if (found := index.search(question, language, today=TODAY).passages)
    ]
    assert sum(right) >= 0.84 * len(right)
    assert len(right) >= 80


def test_nothing_is_embedded_but_the_question_when_a_document_answers(embedder: Embedder) -> None:
    asked: list[str] = []

    def counting(texts: Sequence[str]) -> Any:
        asked.extend(texts)
        return embedder.embed(texts)

    index = TopicIndex((), counting, passages=handbook("check", "en"))
    asked.clear()
    assert "Mill Lane" in answer(index, "is there a car park near the library", "en")
    assert len(asked) <= 2
