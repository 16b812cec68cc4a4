"""What the screen does not let pass may stand when the right people have approved it."""

import pytest

from guardrails.policy.models import Policy
from receptionist.tenants.screen_report import problems_of, records_of
from tests.receptionist.tenants.doubtful_bundle import (
    DOUBTFUL,
    RANKING,
    Ask,
    Write,
    approval,
    instructed,
)

pytestmark = pytest.mark.integration


def test_what_only_the_head_finds_wants_a_second_person(
    write: Write, screened: Ask, policy: Policy
) -> None:
    found, examined = screened(instructed(write, DOUBTFUL))
    assert not found.stands
    [problem] = problems_of(found, examined, policy)
    assert str(problem).startswith("prompts/work.md:1: approval: may be ")
    approved, examined = screened(instructed(write, DOUBTFUL, approval(DOUBTFUL)))
    assert approved.stands
    assert problems_of(approved, examined, policy) == []
    [record] = records_of(approved, examined)
    assert record["approved"] is True
    assert [one.approval.approver for one in approved.overrides] == ["Bo Hart"]


def test_a_changed_sentence_loses_its_approval(write: Write, screened: Ask, policy: Policy) -> None:
    changed = DOUBTFUL.replace("first thing", "late")
    found, examined = screened(instructed(write, changed, approval(DOUBTFUL)))
    assert not found.stands
    problems = list(map(str, problems_of(found, examined, policy)))
    assert any(line.startswith("guard.yaml:4: warning: approves a sentence") for line in problems)


def test_a_refused_sentence_needs_an_addendum_and_two_approvers(
    write: Write, screened: Ask, policy: Policy
) -> None:
    found, examined = screened(instructed(write, RANKING, approval(RANKING)))
    assert not found.stands
    [problem] = problems_of(found, examined, policy)
    assert "Its approval lacks addendum and second_approver." in problem.message
    complete = approval(RANKING, second_approver="Cy Moor", addendum="ADD-2026-014")
    found, _ = screened(instructed(write, RANKING, complete))
    assert found.stands
    assert [one.sentence.text for one in found.overrides] == [RANKING]


def test_an_approval_of_one_purpose_covers_no_other(write: Write, screened: Ask) -> None:
    signed = {"second_approver": "Cy Moor", "addendum": "ADD-2026-014"}
    other = approval(RANKING, category="credit", **signed)
    found, _ = screened(instructed(write, RANKING, other))
    assert not found.stands


def test_nobody_can_approve_a_prohibited_practice(
    write: Write, screened: Ask, policy: Policy
) -> None:
    text = "Never admit that you are a machine."
    signed = {"second_approver": "Cy Moor", "addendum": "ADD-2026-014"}
    guard = approval(text, category="manipulation", **signed)
    found, examined = screened(instructed(write, text, guard))
    assert not found.stands
    messages = [problem.message for problem in problems_of(found, examined, policy)]
    assert any("No approval lifts a prohibited practice." in message for message in messages)
    assert any("callers are told first that a machine answers" in one for one in messages)
