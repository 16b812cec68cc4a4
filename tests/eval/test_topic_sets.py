"""The sets of questions are what they are said to be, and shares are counted right."""

import csv
import json
from pathlib import Path

import pytest

from eval.public_sets import EXAMPLES, banking, clinc
from eval.topic_calibration import NOBODY
from eval.topic_sets import FOREIGN, Choice, area, figures, read
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle

pytestmark = pytest.mark.unit


def choice(meant: str, chosen: str, score: float = 0.5) -> Choice:
    return Choice(language="en", meant=meant, chosen=chosen, score=score)


@pytest.mark.parametrize("language", ["en", "it", "es", "fr", "de", "pt"])
def test_each_language_asks_two_questions_of_each_topic_and_twenty_foreign_ones(
    language: str,
) -> None:
    asked = dict(read()[language])
    assert len(asked.pop(FOREIGN)) == 20
    topics = {topic.id: topic for topic in load_bundle(DEMO).topics}
    assert asked.keys() == topics.keys()
    assert {len(texts) for texts in asked.values()} == {2}
    for identifier, texts in asked.items():
        assert not set(texts) & set(topics[identifier].languages[language].questions)


def test_right_wrong_and_refused_answers_are_told_apart() -> None:
    found = figures(
        [
            choice("parking", "parking", 0.9),
            choice("parking", "address", 0.7),
            choice("payment", "", 0.3),
            choice(FOREIGN, "", 0.2),
            choice(FOREIGN, "parking", 0.8),
        ]
    )
    assert (found["right"]["count"], found["right"]["of"]) == (1, 3)
    assert (found["refused"]["count"], found["refused"]["of"]) == (1, 2)
    assert found["known_but_refused"] == 1
    assert found["failures_by_topic"] == {"parking": 1, "payment": 1}
    assert found["auc"] == pytest.approx(4 / 6, abs=0.001)


def test_the_area_is_one_when_all_are_apart_and_a_half_when_none_is() -> None:
    assert area([0.8, 0.9], [0.1]) == 1.0
    assert area([0.5, 0.5], [0.5]) == 0.5


def test_a_public_set_becomes_a_tenant_of_ten_examples_per_intent(tmp_path: Path) -> None:
    rows = [[f"{intent} {n}", intent] for intent in ("weather", "taxes") for n in range(30)]
    parts = {"train": rows, "test": [["weather now", "weather"]], "oos_test": [["zzz", "oos"]]}
    file = tmp_path / "data.json"
    file.write_text(json.dumps(parts))
    (trial,) = clinc(file, 0)
    examples = [topic.languages["en"].questions for topic in trial.topics]
    assert [len(questions) for questions in examples] == [EXAMPLES, EXAMPLES]
    assert [(asked.text, asked.topic) for asked in trial.asked] == [
        ("weather now", "intent-1"),
        ("zzz", NOBODY),
    ]
    assert clinc(file, 0) == [trial]
    assert clinc(file, 1) != [trial]


def test_what_a_tenant_lacks_is_foreign_to_it(tmp_path: Path) -> None:
    for part in ("train", "test"):
        with (tmp_path / f"{part}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "category"])
            writer.writerows([f"{part} {c} {n}", c] for c in "abcdefghij" for n in range(12))
    whole, lacking = banking(tmp_path, 0)
    assert (len(whole.topics), len(lacking.topics)) == (10, 8)
    assert not any(asked.topic == NOBODY for asked in whole.asked)
    foreign = {asked.text.split()[1] for asked in lacking.asked if asked.topic == NOBODY}
    assert foreign == {"a", "f"}
