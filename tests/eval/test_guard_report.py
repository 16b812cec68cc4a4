"""The guard is measured as it judges; what is sealed stays unseen; times are told."""

import pytest

from eval import guard_speed
from eval.guard_report import Guards, guards, judged, open_to_view
from eval.guard_sets import Half, Labelled, texts
from guardrails.verdict import Action, Stage

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def by_rules() -> Guards:
    return guards(None)


def labelled(text: str, file: str = "emergencies", stage: Stage = Stage.TURN) -> Labelled:
    return Labelled(text=text, language="en", stage=stage, kind=file, file=file)


def test_danger_is_found_in_mid_sentence_and_at_the_end(by_rules: Guards) -> None:
    (found,) = judged(by_rules, [labelled("help, my house is on fire")])
    assert found.findings["both"].verdict.action is Action.EMERGENCY
    assert found.findings["both"].person
    assert found.interim is not None
    assert found.interim.action is Action.EMERGENCY


def test_an_ordinary_question_is_left_alone(by_rules: Guards) -> None:
    (found,) = judged(by_rules, [labelled("when are you open on saturday", "ordinary")])
    assert not found.findings["both"].flagged
    assert not found.findings["both"].person


def test_a_claim_is_looked_for_where_the_assistant_speaks(by_rules: Guards) -> None:
    text = "I have booked your appointment for Friday."
    (said,) = judged(by_rules, [labelled(text, "claims", Stage.OUTPUT)])
    (heard,) = judged(by_rules, [labelled(text, "ordinary")])
    assert "appointment_booked" in said.deeds
    assert not heard.deeds


def test_nothing_of_the_sealed_half_is_shown(by_rules: Guards) -> None:
    known = [labelled("x"), labelled("y", "product"), labelled("z", "public")]
    found = list(judged(by_rules, known))
    assert [one.labelled.text for one in open_to_view(Half.SEALED, found)] == ["y", "z"]
    assert len(open_to_view(Half.DEVELOPMENT, found)) == 3


def test_times_of_rules_are_told_for_every_language(by_rules: Guards) -> None:
    turns = [one for one in texts(Half.DEVELOPMENT) if one.file == "ordinary"]
    times = guard_speed.measure(by_rules.by_detectors["rules"], turns, meaning=False)
    for kind in ("turn_ms", "interim_ms", "turn_of_20000_characters_ms"):
        assert times[kind].keys() == by_rules.policy.languages.keys()
        assert all(one["p50"] <= one["p99"] <= one["max"] for one in times[kind].values())
