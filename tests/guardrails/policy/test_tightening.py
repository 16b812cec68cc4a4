from pathlib import Path
from typing import Any

import pytest

from guardrails.guard import Guard
from guardrails.policy.models import Policy
from guardrails.policy.problem import PolicyError
from guardrails.policy.tightening import Tightening, tightened
from guardrails.verdict import Action, Stage
from tests.guardrails.policies import small_policy

pytestmark = pytest.mark.unit


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    return small_policy(tmp_path)


def stricter(policy: Policy, **changes: Any) -> Policy:
    return tightened(policy, Tightening.model_validate(changes), "guardrails.yaml")


def test_nothing_stricter_is_the_same_policy(policy: Policy) -> None:
    assert stricter(policy) == policy


def test_an_action_may_be_severer(policy: Policy) -> None:
    strict = stricter(policy, categories={"anger": {"actions": {"turn": "handoff"}}})
    assert Guard(policy).turn("you idiot", "en").action is Action.LOG
    assert Guard(strict).turn("you idiot", "en").action is Action.HANDOFF
    assert strict.hash != policy.hash


def test_a_threshold_may_be_lower(policy: Policy) -> None:
    strict = stricter(policy, categories={"employment": {"thresholds": {"turn": 0.4}}})
    assert strict.categories["employment"].thresholds[Stage.TURN] == 0.4
    assert strict.categories["employment"].thresholds[Stage.CONFIG] == 0.5


def test_a_rule_may_be_added_with_the_words_of_the_product(policy: Policy) -> None:
    rule = {"id": "tenant.no-interns", "any": ["<decide> ... intern*"]}
    strict = stricter(policy, rules={"en": {"employment": [rule]}})
    verdict = Guard(strict).turn("rank the interns", "en")
    assert (verdict.rule, verdict.action) == ("employment.en.tenant.no-interns", Action.REFUSE)
    assert Guard(strict).turn("rank the applicants", "en").action is Action.REFUSE
    assert Guard(policy).turn("rank the interns", "en").passes


def test_the_hash_is_of_what_was_tightened(policy: Policy) -> None:
    lower = {"categories": {"employment": {"thresholds": {"turn": 0.4}}}}
    lowest = {"categories": {"employment": {"thresholds": {"turn": 0.3}}}}
    assert stricter(policy, **lower).hash == stricter(policy, **lower).hash
    assert len({policy.hash, stricter(policy, **lower).hash, stricter(policy, **lowest).hash}) == 3


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        (
            {"categories": {"employment": {"actions": {"turn": "handoff"}}}},
            "categories.employment.actions.turn",
        ),
        (
            {"categories": {"employment": {"unsure": {"config": "log"}}}},
            "categories.employment.unsure.config",
        ),
        (
            {"categories": {"employment": {"thresholds": {"turn": 0.61}}}},
            "categories.employment.thresholds.turn",
        ),
        (
            {"categories": {"employment": {"actions": {"turn": "emergency"}}}},
            "categories.employment.actions.turn",
        ),
        ({"categories": {"anger": {"unsure": {"turn": "log"}}}}, "categories.anger"),
        ({"categories": {"anger": {"actions": {"turn": "ask"}}}}, "categories.anger"),
        ({"categories": {"cooking": {}}}, "categories.cooking"),
        ({"rules": {"xx": {}}}, "rules.xx"),
        ({"rules": {"en": {"cooking": []}}}, "rules.en.cooking"),
        (
            {"rules": {"en": {"anger": [{"id": "mine", "any": ["x"]}]}}},
            "rules.en.anger.0.id",
        ),
        (
            {"rules": {"en": {"anger": [{"id": "tenant.x", "any": ["("]}]}}},
            "rules.en.anger",
        ),
        (
            {"rules": {"en": {"anger": [{"id": "tenant.x", "any": ["x"]}] * 2}}},
            "rules.en.anger.1.id",
        ),
        (
            {"rules": {"en": {"anger": [{"id": "tenant.x", "any": ["x"], "stages": ["output"]}]}}},
            "rules.en.anger.0.stages",
        ),
    ],
)
def test_anything_looser_or_wrong_is_refused_with_its_place(
    policy: Policy, changes: dict[str, Any], place: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        stricter(policy, **changes)
    assert any(
        str(found).startswith(f"guardrails.yaml: {place}") for found in caught.value.problems
    )


def test_every_loosening_is_named_at_once(policy: Policy) -> None:
    loose = {"actions": {"turn": "pass", "config": "log"}, "thresholds": {"turn": 0.9}}
    with pytest.raises(PolicyError) as caught:
        stricter(policy, categories={"employment": loose})
    assert len(caught.value.problems) == 3


def test_the_policy_of_the_product_stays_as_it_was(policy: Policy) -> None:
    before = Guard(policy)
    rule = {"id": "tenant.flag", "any": ["purple"]}
    Guard(stricter(policy, rules={"en": {"anger": [rule]}}))
    assert policy.languages["en"].grammar.vocabulary.look_at(["purple"]).at == {}
    assert before.turn("purple idiot", "en").excerpt == "idiot"
    assert [found.rule for found in policy.languages["en"].rules if "tenant" in found.rule] == []
