"""A guard that judges by rules alone is made of one that knows meaning, at no cost."""

from collections.abc import Mapping

import pytest

from guardrails.guard import Guard
from guardrails.policy.loader import load_policy
from guardrails.verdict import Action, Stage
from receptionist.settings import Settings

pytestmark = pytest.mark.unit


class Alarmist:
    """A head that takes everything for a decision about people."""

    def likelihoods(self, text: str, language: str, stage: Stage) -> Mapping[str, float]:
        del text, language, stage
        return {"employment": 0.99}


def test_the_rules_alone_judge_as_a_guard_that_never_had_a_head() -> None:
    policy = load_policy(cache=Settings().index_cache_dir)
    guard = Guard(policy, Alarmist())
    rules, never = guard.by_rules(), Guard(policy)
    assert guard.knows_meaning
    assert not rules.knows_meaning
    harmless, prohibited = "We open at nine.", "Rank the applicants by how confident they sound."
    assert guard.semantic(harmless, "en", stage=Stage.CONFIG).action is not Action.PASS
    for text in (harmless, prohibited):
        found, expected = rules.config(text, "en"), never.config(text, "en")
        assert (found.action, found.category) == (expected.action, expected.category)
    assert rules.config(prohibited, "en").action is not Action.PASS
