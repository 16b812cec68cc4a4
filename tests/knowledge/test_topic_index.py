"""The real embeddings find what callers ask, and refuse what is foreign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge.language_data import examples_of_others
from knowledge.phrasing import point_of
from knowledge.topic_index import TopicIndex
from knowledge.topics import Topic
from receptionist.tenants.snapshot import TenantSnapshot

pytestmark = pytest.mark.integration

TODAY = date(2026, 11, 23)
DATA = Path(__file__).parent / "data"
SETS: Mapping[str, Any] = {
    name: groups
    for file in ("paraphrases.yaml", "sealed.yaml")
    for name, groups in yaml.load(
        (DATA / file).read_text(encoding="utf-8"), Loader=yaml.CBaseLoader
    ).items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    answered: float
    refused: float


def shares(topics: TopicIndex, name: str, language: str) -> Shares:
    groups: Mapping[str, Sequence[str]] = SETS[name][language]
    right = [
        (found := topics.search(question, language, today=TODAY).best) is not None
        and found.topic.id == topic
        for topic, questions in groups.items()
        for question in questions
    ]
    foreign: Sequence[str] = SETS[name]["unknown"][language]
    refused = [topics.search(text, language, today=TODAY).best is None for text in foreign]
    return Shares(answered=sum(right) / len(right), refused=sum(refused) / len(refused))


@pytest.mark.parametrize(
    ("name", "language", "answered", "refused"),
    [
        ("calibration", "en", 0.95, 0.92),
        ("calibration", "it", 0.95, 0.92),
        ("rehearsal", "en", 0.94, 0.89),
        ("rehearsal", "it", 0.94, 0.92),
        ("selection", "en", 0.90, 0.88),
        ("selection", "it", 0.90, 0.88),
        # What to expect of callers: no word, weight or question was chosen by these. The
        # bundle in English and Italian alone reaches 0.88 (fresh) and 0.87, 0.82 (sealed) in
        # English; with its examples in six languages four questions fewer.
        ("fresh", "en", 0.90, 0.83),
        ("fresh", "it", 0.90, 0.88),
        ("sealed", "en", 0.85, 0.80),
        ("sealed", "it", 0.87, 0.85),
    ],
)
def test_questions_find_their_topic_and_foreign_ones_none(
    demo: TenantSnapshot, name: str, language: str, answered: float, refused: float
) -> None:
    measured = shares(demo.topics, name, language)
    assert measured.answered >= answered
    assert measured.refused >= refused


@pytest.mark.parametrize("language", ["en", "it"])
def test_no_tested_question_stands_in_the_bundle_or_the_background(
    demo: TenantSnapshot, language: str
) -> None:
    written = {
        point_of(question, language)
        for topic in demo.config.topics
        for question in topic.languages[language].questions
    }
    written |= {point_of(text, language) for text in examples_of_others(language)}
    tested = {
        point_of(question, language)
        for name in SETS
        for group in (*SETS[name][language].values(), SETS[name]["unknown"][language])
        for question in group
    }
    assert not written & tested


def test_every_question_of_the_bundle_finds_its_own_topic(demo: TenantSnapshot) -> None:
    lost = [
        question
        for topic in demo.config.topics
        for language, wordings in topic.languages.items()
        for question in wordings.questions
        if (found := demo.topics.search(question, language, today=TODAY).best) is None
        or found.topic.id != topic.id
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("plain", "spoken"),
    [
        ("is there parking", "Uh, hi, yeah, I was wondering, is there parking, please?"),
        ("how much is a call out", "good morning um could you tell me how much is a call out"),
    ],
)
def test_courtesy_and_hesitation_change_nothing(
    demo: TenantSnapshot, plain: str, spoken: str
) -> None:
    first = demo.topics.search(plain, "en", today=TODAY)
    second = demo.topics.search(spoken, "en", today=TODAY)
    assert first == second
    assert first.best is not None


@pytest.mark.parametrize(
    ("language", "question", "topic"),
    [
        ("en", "What's your phone number?", "telephone-email"),
        ("en", "My boiler is broken, can somebody come today?", "book-visit"),
        ("en", "do you speak Italian?", "languages"),
        ("it", "qual è il numero di telefono", "telephone-email"),
        ("it", "La mia caldaia è rotta, può venire qualcuno oggi?", "book-visit"),
        ("it", "lei parla inglese?", "languages"),
    ],
)
def test_what_was_once_answered_wrongly_is_answered(
    demo: TenantSnapshot, language: str, question: str, topic: str
) -> None:
    best = demo.topics.search(question, language, today=TODAY).best
    assert best is not None
    assert best.topic.id == topic


@pytest.mark.parametrize("nothing", ["", "   ", "?!", "…", "\x00"])
def test_nothing_said_is_unknown(demo: TenantSnapshot, nothing: str) -> None:
    assert demo.topics.search(nothing, "en", today=TODAY).best is None


def test_a_question_in_a_language_without_topics_finds_the_answer_in_another(
    demo: TenantSnapshot,
) -> None:
    best = demo.topics.search("est-ce qu'on peut se garer", "sv", today=TODAY).best
    assert best is not None
    assert (best.topic.id, best.language) == ("parking", "en")


def test_alternatives_come_after_the_best_in_order(demo: TenantSnapshot) -> None:
    found = demo.topics.search("how much is a boiler service", "en", today=TODAY)
    assert found.best is not None
    scores = [found.best.score, *(match.score for match in found.alternatives)]
    assert scores == sorted(scores, reverse=True)
    assert found.best.topic.id not in {match.topic.id for match in found.alternatives}
    assert len(found.alternatives) == 3


def test_an_answer_is_given_only_while_it_holds(demo: TenantSnapshot) -> None:
    wordings = {"en": {"questions": ["do you have an offer"], "answer": "Yes."}}
    topic = Topic.model_validate(
        {
            "id": "offer",
            "title": "Offer",
            "languages": wordings,
            "valid_from": date(2026, 11, 1),
            "valid_until": date(2026, 11, 30),
        }
    )
    index = TopicIndex([topic], demo.topics.embed)
    asked = "do you have an offer"
    assert index.search(asked, "en", today=date(2026, 11, 1)).best is not None
    assert index.search(asked, "en", today=date(2026, 11, 30)).best is not None
    assert index.search(asked, "en", today=date(2026, 10, 31)).best is None
    assert index.search(asked, "en", today=date(2026, 12, 1)).best is None


def test_a_tenant_without_topics_knows_nothing(demo: TenantSnapshot) -> None:
    found = TopicIndex([], demo.topics.embed).search("is there parking", "en", today=TODAY)
    assert (found.best, found.score, found.alternatives) == (None, 0.0, ())
