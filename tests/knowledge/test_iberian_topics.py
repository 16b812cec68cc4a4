"""Spanish and Portuguese questions find their topic in the demo tenant; foreign ones find none."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
import yaml

from receptionist.tenants.snapshot import TenantSnapshot

pytestmark = pytest.mark.integration

TODAY = date(2026, 11, 23)
QUESTIONS: Mapping[str, Mapping[str, Sequence[str]]] = yaml.load(
    (Path(__file__).parent / "data" / "iberian.yaml").read_text(encoding="utf-8"),
    Loader=yaml.CBaseLoader,
)


@pytest.mark.parametrize("language", ["es", "pt"])
def test_questions_find_their_topic_and_foreign_ones_none(
    demo: TenantSnapshot, language: str
) -> None:
    found = {
        question: (best.topic.id if best else "unknown") == topic
        for topic, questions in QUESTIONS[language].items()
        for question in questions
        for best in [demo.topics.search(question, language, today=TODAY).best]
    }
    foreign = QUESTIONS[language]["unknown"]
    known = [right for question, right in found.items() if question not in foreign]
    assert sum(known) >= 0.88 * len(known), [q for q, right in found.items() if not right]
    assert sum(found[question] for question in foreign) >= 0.8 * len(foreign)


@pytest.mark.parametrize("language", ["es", "pt"])
def test_no_tested_question_stands_in_the_bundle(demo: TenantSnapshot, language: str) -> None:
    written = {q for topic in demo.config.topics for q in topic.languages[language].questions}
    tested = {q for questions in QUESTIONS[language].values() for q in questions}
    assert not written & tested
