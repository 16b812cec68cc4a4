"""A group of questions becomes a topic that only lacks its answer."""

from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest
import yaml

from receptionist.questions.faq_draft import topic_draft
from receptionist.questions.records import GroupState, QuestionGroup
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import examine

pytestmark = pytest.mark.unit


def group(*examples: str, language: str = "en") -> QuestionGroup:
    return QuestionGroup(
        id="0a1b2c3d",
        tenant="demo",
        language=language,
        state=GroupState.OPEN,
        count=7,
        examples=examples,
        nearest_topic="parking",
        last_asked=datetime(2026, 11, 23, 12, tzinfo=UTC),
    )


def test_a_draft_is_a_topic_with_the_questions_as_asked() -> None:
    text = topic_draft(group("uh hi may I bring my dog please", "Are dogs: allowed?"))
    assert text.startswith("# Asked 7 times, last on 2026-11-23; nearest topic: parking.\n")
    assert yaml.safe_load(text) == [
        {
            "id": "may-bring-dog",
            "title": "uh hi may I bring my dog please",
            "languages": {
                "en": {"questions": ["may i bring my dog", "are dogs allowed"], "answer": ""}
            },
        }
    ]


def test_a_draft_goes_into_a_bundle_and_is_refused_until_it_is_answered(tmp_path: Path) -> None:
    bundle = Path(copytree(DEMO, tmp_path / "demo"))
    text = topic_draft(group("può venire anche il mio furetto", language="it"))
    english = "    en: {questions: [may my ferret come], answer: Yes.}\n"
    file = bundle / "faq" / "drafts.yaml"
    file.write_text(text + english, encoding="utf-8")
    problems = [
        problem for problem in examine(bundle).problems if problem.file == "faq/drafts.yaml"
    ]
    assert [problem.message.split(":")[0] for problem in problems] == [
        "topics.0.languages.it.answer".replace(".0.", f".{_last_topic(bundle)}.")
    ]
    file.write_text(file.read_text().replace("''", "Certo."), encoding="utf-8")
    assert examine(bundle).problems == ()


def _last_topic(bundle: Path) -> int:
    """Returns the number of the draft among all topics, by the order of the files."""
    files = sorted((bundle / "faq").glob("*.yaml"))
    before = files[: files.index(bundle / "faq" / "drafts.yaml")]
    return sum(len(yaml.safe_load(file.read_text())) for file in before)


def test_a_question_in_other_letters_still_makes_an_id() -> None:
    assert yaml.safe_load(topic_draft(group("犬は?")))[0]["id"] == "question-0a1b2c3d"
