"""The rules the product comes with."""

import pytest

from guardrails.guard import Guard
from guardrails.policy.loader import load_policy
from guardrails.policy.models import Policy
from guardrails.verdict import Action, Stage

pytestmark = pytest.mark.unit

HIGH_RISK = {
    *("biometrics", "critical_infrastructure", "education", "employment", "public_benefits"),
    *("credit", "insurance", "emergency_triage", "law_enforcement", "migration", "justice"),
    *("medical", "safety_critical"),
}
"""Annex III and the terms, clause 4.3: a person decides."""


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy()


def test_a_person_is_fetched_where_a_person_has_to_decide(policy: Policy) -> None:
    escalating = {name for name, category in policy.categories.items() if category.escalate}
    assert escalating == HIGH_RISK | {"emergency", "self_harm", "human_request"}


def test_whatever_is_high_risk_is_refused_at_every_stage(policy: Policy) -> None:
    for name in HIGH_RISK:
        actions = policy.categories[name].actions
        assert {actions[s] for s in (Stage.CONFIG, Stage.TURN, Stage.OUTPUT)} == {Action.REFUSE}


def test_an_interim_transcript_is_looked_at_for_emergencies_alone(policy: Policy) -> None:
    looking = [name for name, found in policy.categories.items() if Stage.INTERIM in found.actions]
    assert looking == ["emergency"]


def test_danger_persons_and_anger_are_of_the_newest_turn(policy: Policy) -> None:
    now = {name for name, category in policy.categories.items() if not category.window}
    assert now == {
        *("emergency", "self_harm", "human_request"),
        *("robot_question", "anger", "misunderstanding"),
    }


@pytest.mark.parametrize(
    ("country", "emergency", "hotline"),
    [
        ("GB", "999", "116 123"),
        ("IE", "112", "116 123"),
        ("US", "911", "988"),
        ("DE", "112", "0800 111 0 111"),
        ("FR", "112", "3114"),
        ("ES", "112", "024"),
        ("CH", "112", "143"),
        ("NO", "112", ""),
        ("ZZ", "112", ""),
    ],
)
def test_the_numbers_of_a_country(
    policy: Policy, country: str, emergency: str, hotline: str
) -> None:
    numbers = policy.numbers.of(country)
    assert (numbers.emergency, numbers.self_harm) == (emergency, hotline)


def test_every_country_of_the_european_union_has_the_european_number(policy: Policy) -> None:
    union = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
    named = policy.numbers.countries
    assert {named[country].emergency for country in union.split()} == {"112"}


def test_something_can_be_said_about_every_category_in_every_language(policy: Policy) -> None:
    guard = Guard(policy)
    for language in policy.languages:
        for name in policy.categories:
            for turn in range(4):
                sentence = guard.say(name, language, turn, number="999")
                assert sentence
                assert "{" not in sentence


def test_the_emergency_sentence_names_the_number_of_the_country(policy: Policy) -> None:
    for language in policy.languages:
        assert "999" in Guard(policy).say("emergency", language, number="999")
