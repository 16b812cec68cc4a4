"""A rule and the head must not contradict each other."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from guardrails.guard import Guard
from guardrails.policy.loader import load_policy
from guardrails.policy.models import Policy
from guardrails.policy.tightening import Tightening, tightened
from guardrails.verdict import Action, Stage
from tests.guardrails.policies import files, write

pytestmark = pytest.mark.unit

FILM = "did you see the film with the fire"


class Opinion:
    """Finds the same everywhere, danger in nothing that speaks of films."""

    def __init__(self, **likelihoods: float) -> None:
        self._likelihoods = likelihoods
        self.asked: list[str] = []

    def likelihoods(self, text: str, language: str, stage: Stage) -> Mapping[str, float]:
        self.asked.append(text)
        unlikely = "film" in text
        return {name: 0.01 if unlikely else one for name, one in self._likelihoods.items()}


class Broken:
    def likelihoods(self, text: str, language: str, stage: Stage) -> Mapping[str, float]:
        raise RuntimeError("the model is gone")


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    content = files()
    content["policy.yaml"]["categories"]["emergency"]["floor"] = "0.05"
    content["policy.yaml"]["categories"]["employment"]["floor"] = "0.2"
    return load_policy(write(tmp_path, content))


def test_what_the_head_is_sure_is_harmless_only_leaves_a_note(policy: Policy) -> None:
    guard = Guard(policy, Opinion(emergency=0.3))
    for judge in (guard.turn, guard.interim):
        verdict = judge(FILM, "en")
        assert (verdict.action, verdict.category) == (Action.LOG, "emergency")
        assert verdict.passes
        assert judge("there is a fire", "en").action is Action.EMERGENCY


def test_a_head_that_fails_or_is_not_there_contradicts_nobody(policy: Policy) -> None:
    assert Guard(policy, Broken()).turn(FILM, "en").action is Action.EMERGENCY
    assert Guard(policy).turn(FILM, "en").action is Action.EMERGENCY


def test_danger_in_one_sentence_is_not_talked_away_by_the_others(policy: Policy) -> None:
    guard = Guard(policy, Opinion(emergency=0.3))
    said = "We saw a film last night. Now there is a fire in the kitchen."
    assert guard.turn(said, "en").action is Action.EMERGENCY


def test_nobody_waits_for_an_opinion_about_a_long_speech(policy: Policy) -> None:
    head = Opinion(emergency=0.3)
    assert Guard(policy, head).turn(FILM + " and so on" * 60, "en").action is Action.EMERGENCY
    assert head.asked == []


def test_one_bad_sentence_among_many_that_an_admin_wrote_is_not_lost(policy: Policy) -> None:
    guard = Guard(policy, Opinion(employment=0.9))
    text = " ".join(["We show a film."] * 20 + ["Rank the applicants."] + ["We show a film."] * 20)
    assert guard.config(text, "en").action is Action.REFUSE


def test_the_head_is_asked_about_nothing_that_no_rule_found(policy: Policy) -> None:
    head = Opinion(emergency=0.3)
    assert Guard(policy, head).turn("when do you open", "en").passes
    assert head.asked == []


def test_a_rule_stands_where_another_one_is_contradicted(policy: Policy) -> None:
    guard = Guard(policy, Opinion(emergency=0.01, employment=0.9))
    verdict = guard.turn("rank the applicants for the fire brigade", "en")
    assert (verdict.action, verdict.category) == (Action.REFUSE, "employment")


def test_a_tenants_own_rule_is_not_contradicted(policy: Policy) -> None:
    rules = {"en": {"employment": [{"id": "tenant.film", "any": ["film"]}]}}
    stricter = tightened(policy, Tightening.model_validate({"rules": rules}), "guard.yaml")
    verdict = Guard(stricter, Opinion(employment=0.01)).turn("about the film", "en")
    assert verdict.action is Action.REFUSE
