"""Thresholds of the embedding head are found on labelled texts and written into the policy."""

from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from eval.guard_development import Labelled, development, harmless
from eval.guard_thresholds import Scored, thresholds, written
from guardrails.policy.loader import RULES
from guardrails.policy.models import Policy
from guardrails.verdict import Stage
from tests.guardrails.policies import small_policy

pytestmark = pytest.mark.unit


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    return small_policy(tmp_path)


def scored(
    kind: str, likelihoods: Iterable[float], category: str = "", found: str = "employment"
) -> list[Scored]:
    return [
        Scored(
            labelled=Labelled(
                text="x", language="en", stage=Stage.TURN, kind=kind, category=category
            ),
            likelihoods={"employment": 0.0, "emergency": 0.0} | {found: likelihood},
        )
        for likelihood in likelihoods
    ]


def test_a_threshold_lies_above_what_is_harmless(policy: Policy) -> None:
    harmless = scored("ordinary", [0.1] * 99 + [0.7])
    wanted = scored("decides", [0.75, 0.9], "employment")
    chosen = thresholds(policy, harmless + wanted)[Stage.TURN]
    assert 0.7 < chosen["employment"] <= 0.75
    assert chosen["emergency"] == 0.5


def test_a_few_of_very_many_harmless_texts_may_be_found(policy: Policy) -> None:
    harmless = scored("ordinary", [0.1] * 999 + [0.95], found="emergency")
    chosen = thresholds(policy, harmless)[Stage.TURN]
    assert chosen["emergency"] == 0.5


def test_what_the_product_says_itself_is_not_found_however_much_is_missed(policy: Policy) -> None:
    wanted = scored("decides", [0.71] * 8, "employment")
    harmless = scored("ordinary", [0.1] * 1000)
    lowest = thresholds(policy, wanted + harmless)[Stage.TURN]["employment"]
    own = scored("prompts", [0.6])
    assert lowest <= 0.6 < thresholds(policy, wanted + harmless + own)[Stage.TURN]["employment"]


def test_where_nothing_is_asked_nothing_is_set(policy: Policy) -> None:
    assert thresholds(policy, [])[Stage.OUTPUT] == {}


def test_comments_and_everything_else_of_the_policy_stay() -> None:
    before = (RULES / "policy.yaml").read_text(encoding="utf-8")
    after = written(
        before,
        {
            Stage.CONFIG: {"employment": 0.61},
            Stage.TURN: {"employment": 0.72, "emergency": 0.9},
            Stage.OUTPUT: {"employment": 0.83},
        },
    )
    categories = yaml.safe_load(after)["categories"]
    assert categories["employment"]["thresholds"] == {"config": 0.61, "turn": 0.72, "output": 0.83}
    assert categories["emergency"]["thresholds"] == {"turn": 0.9}
    kept = [line for line in before.splitlines() if "thresholds: {" not in line]
    assert [line for line in after.splitlines() if "thresholds: {" not in line] == kept


def test_the_development_half_has_every_language_and_both_sides_of_each_pair() -> None:
    texts = development()
    assert {text.language for text in texts} == {"en", "it", "es", "fr", "de", "pt"}
    sides = [text.kind for text in texts if text.kind in ("decides", "routes")]
    assert sides.count("decides") == sides.count("routes") > 1_000
    assert all(text.category for text in texts if text.kind in ("decides", "attacks"))


def test_what_is_harmless_has_no_category() -> None:
    texts = harmless()
    assert {text.stage for text in texts} == {Stage.TURN, Stage.CONFIG, Stage.OUTPUT}
    assert not any(text.category for text in texts)
