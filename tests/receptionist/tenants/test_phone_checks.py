"""`receptionist check` finds wrong numbers, unknown people and circles in `phone.yaml`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.people import Contact, Department
from receptionist.handoff.config import RingGroup
from receptionist.tenants.bundle import examine, load_bundle
from receptionist.tenants.draft import draft_of
from receptionist.tenants.phone_checks import phone_findings
from tests.receptionist.tenants.small_bundle import CONTACTS, TENANT, write_bundle

pytestmark = pytest.mark.unit

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return partial(write_bundle, tmp_path)


def said(folder: Path) -> list[str]:
    return [str(problem) for problem in examine(folder).problems]


def test_a_bundle_without_the_file_answers_everybody(write: Write) -> None:
    config = load_bundle(write())
    assert config.phone.block == ()
    assert config.phone.transfer.mode == "blind"


def test_what_is_written_is_what_is_set(write: Write) -> None:
    phone = """\
users: [welcome]
block: ["+4490*", "0612345678"]
anonymous: refuse
transfer:
  mode: warm
  groups: {desk: {members: [ann, desk], order: simultaneous}}
  next: {ann: [desk]}
"""
    config = load_bundle(write(phone=phone))
    assert config.phone.users == ("welcome",)
    assert config.phone.transfer.groups["desk"].order == "simultaneous"


@pytest.mark.parametrize(
    ("extension", "message"),
    [
        ("abc", "'abc' is no number"),
        ("899123456", "'899123456' costs extra"),
        ("+881612345678", "'+881612345678' is a satellite telephone"),
        ("118", "'118' is an emergency number"),
        ("+441632960100", "'+441632960100' is not in IT"),
        ("0612345678", "'0612345678' is answered by the assistant itself"),
    ],
)
def test_a_number_nobody_is_put_through_to_is_found_where_it_stands(
    write: Write, extension: str, message: str
) -> None:
    contacts = CONTACTS.replace('extension: "2"', f'extension: "{extension}"')
    folder = write(contacts=contacts, tenant=TENANT + 'numbers: {"0612345678": en}\n')
    [problem] = said(folder)
    assert problem.startswith("contacts.yaml:9")
    assert message in problem


def test_callbacks_nobody_could_be_put_through_to_are_found(write: Write) -> None:
    contacts = CONTACTS.replace('    extension: "2"\n', "").replace('    extension: "1"\n', "")
    folder = write(contacts=contacts, phone="callbacks: {dial: true}\n")
    found = [problem for problem in said(folder) if problem.startswith("phone.yaml")]
    assert found == [
        "phone.yaml:1: nobody has an extension: whoever is called back could not be put through"
    ]


def test_callbacks_that_are_not_dialled_need_nobody(write: Write) -> None:
    contacts = CONTACTS.replace('    extension: "2"\n', "").replace('    extension: "1"\n', "")
    problems = said(write(contacts=contacts, phone="callbacks: {dial: false}\n"))
    assert not any(problem.startswith("phone.yaml") for problem in problems)


def test_tries_that_outlast_the_promise_are_found(write: Write) -> None:
    [problem] = said(write(phone="callbacks: {dial: true, tries: 5, pause_min: 600}\n"))
    assert "take longer than a day" in problem


def test_a_number_abroad_is_right_once_its_country_is_named(write: Write) -> None:
    contacts = CONTACTS.replace('extension: "2"', 'extension: "+441632960100"')
    assert said(write(contacts=contacts, phone="transfer: {countries: [IT, GB]}\n")) == []


@pytest.mark.parametrize(
    ("phone", "message"),
    [
        ("transfer: {next: {ann: [bob]}}", "no department or person 'bob'"),
        ("transfer: {modes: {bob: warm}}", "no department or person 'bob'"),
        ("transfer: {languages: {ann: xx}}", "'xx' is not among the languages"),
        ("transfer: {groups: {desk: {members: [bob, ann]}}}", "no department or person 'bob'"),
        ("transfer: {next: {ann: [ann]}}", "'ann' has just been rung"),
        (
            "transfer: {groups: {desk: {members: [ann]}, ann: {members: [desk]}}}",
            "rings itself: ann → desk → ann",
        ),
        ("users: [a, a]", "'a' is given twice"),
        ('block: ["+391*"]\nallow: ["+391*"]', "'+391*' is allowed too"),
        ('overflow: "899123456"', "'899123456' costs extra"),
        ('block: ["06*"]', "phone.yaml:1"),
        ("surprise: 1", "unknown key 'surprise'"),
        ("transfer: {ring_s: 400}", "phone.yaml:1"),
    ],
)
def test_what_does_not_fit_together_is_found(write: Write, phone: str, message: str) -> None:
    problems = said(write(phone=phone + "\n"))
    assert any(message in problem for problem in problems), problems
    assert all(problem.startswith("phone.yaml") for problem in problems)


def test_a_group_in_which_nobody_has_a_telephone_is_found(write: Write) -> None:
    contacts = CONTACTS.replace('    extension: "2"\n', "")
    phone = "transfer: {groups: {desk: {members: [ann]}}}\n"
    problems = said(write(contacts=contacts, phone=phone))
    assert any("nobody in it has an extension" in text for text in problems)


IDS = ("a", "b", "c", "d")
GROUPS = st.dictionaries(
    st.sampled_from(IDS), st.lists(st.sampled_from(IDS), min_size=1, max_size=4), max_size=4
)


@given(groups=GROUPS)
def test_circles_are_found_whatever_the_groups_are(groups: dict[str, list[str]]) -> None:
    draft = draft_of(
        {
            "country": "IT",
            "languages": ["en"],
            "escalation": "a",
            "departments": [Department(id="a", names={"en": "a"}, extension="1").model_dump()],
            "contacts": [
                Contact(id=name, name=name, department="a", extension="2").model_dump()
                for name in IDS[1:]
            ],
            "phone": {"transfer": {"groups": {k: {"members": v} for k, v in groups.items()}}},
        }
    )
    found = {
        str(finding.location[-1])
        for finding in phone_findings(draft)
        if "rings itself" in finding.message
    }
    parsed = {key: RingGroup(members=tuple(value)) for key, value in groups.items()}
    assert found == {key for key in groups if _reaches_itself(key, parsed)}


def _reaches_itself(start: str, groups: dict[str, RingGroup]) -> bool:
    reached = {member for member in groups[start].members if member != start}
    while True:
        more = {
            member
            for name in reached - {start}
            if name in groups
            for member in groups[name].members
            if member != name
        }
        if more <= reached:
            return start in reached
        reached |= more
