"""The instructions for use say what the policy is and what was measured of it."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from eval import guard_figures
from eval.guard_instructions import PAGE, PROSE, page
from guardrails.policy.loader import load_policy
from guardrails.policy.models import Policy
from guardrails.verdict import Action

pytestmark = pytest.mark.integration

REFRESH = "run: python -m eval.guard_instructions"


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy()


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return guard_figures.read()


def test_the_page_is_current(policy: Policy, figures: dict[str, Any]) -> None:
    prose = PROSE.read_text(encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(policy, figures, prose), REFRESH


def test_every_place_of_the_prose_is_filled(policy: Policy, figures: dict[str, Any]) -> None:
    shown = page(policy, figures, PROSE.read_text(encoding="utf-8"))
    assert "{{" not in shown


def test_figures_of_another_policy_are_marked(policy: Policy, figures: dict[str, Any]) -> None:
    of_another = dict(figures["text"], policy={"version": "1", "hash": "0" * 64})
    shown = page(policy, {"text": of_another}, "{{measured}} {{audio}}")
    assert "an earlier one" in shown
    assert "Not measured yet." in shown
    own = dict(figures["text"], policy={"version": policy.version, "hash": policy.hash})
    assert "the policy was the same" in page(policy, {"text": own}, "{{measured}}")


def test_whatever_is_refused_is_told_with_its_law(policy: Policy, figures: dict[str, Any]) -> None:
    shown = page(policy, figures, "{{purposes}}")
    for category in policy.categories.values():
        refused = Action.REFUSE in category.actions.values()
        assert (f"| {category.title} | {category.law} |" in shown) == refused


def test_figures_that_are_not_given_stay_as_they_are(tmp_path: Path) -> None:
    printed = tmp_path / "speed.json"
    printed.write_text(json.dumps({"turn_ms": {}}))
    asked = argparse.Namespace(text=None, audio=None, speed=printed)
    found = guard_figures.taken({"audio": {"half": "sealed"}}, asked, "2026-11-26")
    assert found == {
        "audio": {"half": "sealed"},
        "speed": {"measured_on": "2026-11-26", "turn_ms": {}},
    }


def test_only_what_is_shown_is_kept_of_the_figures_of_texts(tmp_path: Path) -> None:
    share = {"percent": 50.0, "count": 1, "of": 2}
    both = {"all": share, "by_part": {"sent": share}, "by_language_and_part": {"en": {}}}
    measures = {
        name: {"catch": True, "rules": {"all": share, "by_language": {}}, "both": both}
        for name in ("decides: stopped", "claims: found")
    }
    printed = tmp_path / "text.json"
    printed.write_text(json.dumps({"guard": {"half": "sealed", "measures": measures}}))
    asked = argparse.Namespace(text=printed, audio=None, speed=None)
    kept = guard_figures.taken({}, asked, "2026-11-26")["text"]["measures"]
    assert kept["claims: found"]["rules"] == {"all": share}
    assert "by_language_and_part" not in kept["claims: found"]["both"]
    assert "by_language_and_part" in kept["decides: stopped"]["both"]
