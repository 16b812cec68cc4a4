"""An approval is added to guard.yaml, and nothing else in it is touched."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receptionist.tenants import DEMO
from receptionist.tenants.screen_config import Approval
from receptionist.versions.errors import NotApprovedError
from receptionist.versions.guard_file import approvals_in, with_approval
from tests.receptionist.tenants.small_bundle import GUARD

pytestmark = pytest.mark.unit

ENTRY = """\
  - sentence: It is so.
    category: credit
    author: Ann Lee
    approver: Bo Hart
    date: 2026-11-20
    reason: "It is, # really."
"""


def given_now(sentence: str = "Rank the applicants.") -> Approval:
    return Approval(
        sentence=sentence,
        category="employment",
        author="ann",
        approver="bo",
        date=date(2026, 11, 26),
        reason='Agreed: with "the" council, # and all.',
    )


@pytest.mark.parametrize(
    "before",
    [
        GUARD,
        GUARD.rstrip("\n"),
        f"{GUARD}approvals: []\n",
        f"{GUARD}approvals:\n",
        f"{GUARD}approvals:\n{ENTRY}",
        f"{GUARD}approvals:\n{ENTRY}".rstrip("\n"),
        f"{GUARD}approvals:\n{ENTRY}# A remark at the end.\n",
        f"{GUARD}approvals:  # people have read these\n{ENTRY}\n\ntighten: {{}}\n",
        f"approvals:\n{ENTRY.replace('  - ', '- ').replace('    ', '  ')}{GUARD}",
        f"approvals: []  # none yet\n{GUARD}",
        GUARD.replace("\n", "\r\n"),
        f"\ufeff{GUARD}",
    ],
)
def test_an_approval_is_added_to_any_ordinary_file(before: str) -> None:
    after = with_approval(before.encode(), given_now())
    assert approvals_in(after) == (*approvals_in(before.encode()), given_now())
    words = before.replace("[]", "").split()
    kept = iter(after.decode().split())
    assert all(word in kept for word in words)


def test_the_demo_gets_one_more_and_keeps_every_line() -> None:
    before = (DEMO / "guard.yaml").read_bytes()
    after = with_approval(before, given_now())
    assert after.startswith(before)
    assert approvals_in(after) == (*approvals_in(before), given_now())


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=("C",)), min_size=1).filter(str.strip))
def test_whatever_the_sentence_it_is_kept_as_it_is(sentence: str) -> None:
    approval = given_now(sentence)
    assert approvals_in(with_approval(GUARD.encode(), approval)) == (approval,)


@pytest.mark.parametrize(
    "before",
    ["{provider: {name: Voices}}", "- a list\n", "approvals: nonsense\n", "a: [1\n", "", "\xff"],
)
def test_a_file_only_a_person_can_add_to_is_left_alone(before: str) -> None:
    with pytest.raises(NotApprovedError, match="Mend the file"):
        with_approval(before.encode("latin-1"), given_now())


@settings(deadline=None)
@given(st.binary())
def test_whatever_the_file_holds_nothing_breaks(content: bytes) -> None:
    approvals_in(content)
    try:
        after = with_approval(content, given_now())
    except NotApprovedError:
        return
    assert given_now() in approvals_in(after)
