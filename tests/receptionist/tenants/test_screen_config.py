"""`guard.yaml` names who is responsible, and holds approvals that are complete or none at all."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.tenants.bundle import examine
from receptionist.tenants.config import TenantConfig
from receptionist.tenants.screen_config import hash_of
from tests.receptionist.tenants.small_bundle import CONTACTS, GUARD, write_bundle

pytestmark = pytest.mark.unit

Said = Callable[..., list[str]]
APPROVAL = """\
approvals:
  - sentence: Applicants come first.
    category: employment
    author: Ann Lee
    approver: Bo Hart
    date: 2026-11-20
    reason: Agreed with the works council.
"""


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """Tells what is wrong with a small bundle whose files are changed."""

    def told(**changed: str | None) -> list[str]:
        return [str(problem) for problem in examine(write_bundle(tmp_path, **changed)).problems]

    return told


def test_without_the_file_nobody_is_responsible(said: Said) -> None:
    assert said(guard=None) == ["guard.yaml:1: is missing"]


@pytest.mark.parametrize(
    ("party", "article"), [("provider", "Art. 3(3)"), ("deployer", "Art. 3(4)")]
)
def test_provider_and_deployer_have_to_be_named(said: Said, party: str, article: str) -> None:
    kept = "\n".join(line for line in GUARD.splitlines() if not line.startswith(party))
    [problem] = said(guard=kept + "\n")
    assert problem.startswith(f"guard.yaml:1: guard.{party}: '{party}' is missing")
    assert article in problem


def test_a_party_needs_a_contact(said: Said) -> None:
    [problem] = said(guard=GUARD.replace(", contact: law@mill.example", ""))
    assert problem == "guard.yaml:2: guard.deployer.contact: 'contact' is missing"


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("approver: Bo Hart", "approver: ann  lee", "must be different people"),
        (
            "approver: Bo Hart",
            "approver: Bo Hart\n    second_approver: BO HART",
            "different people",
        ),
        ("    approver: Bo Hart\n", "", "'approver' is missing"),
        ("    author: Ann Lee\n", "", "'author' is missing"),
        ("    reason: Agreed with the works council.\n", "", "'reason' is missing"),
        ("date: 2026-11-20", "date: soon", "date"),
        ("sentence: Applicants come first.", "sentence: ''", "give the sentence"),
        ("category: employment", "category: employment\n    addendum: yes please", "addendum"),
        (
            "category: employment",
            f"category: employment\n    sentence_sha256: {'0' * 64}",
            "is not the hash of the sentence",
        ),
    ],
)
def test_an_incomplete_approval_is_a_problem_of_its_line(
    said: Said, before: str, after: str, problem: str
) -> None:
    assert before in APPROVAL
    [found] = said(guard=GUARD + APPROVAL.replace(before, after))
    assert found.startswith("guard.yaml:")
    assert int(found.split(":")[1]) >= 4
    assert problem in found


def test_a_complete_approval_is_no_problem(said: Said) -> None:
    assert said(guard=GUARD + APPROVAL) == []


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_how_words_are_spaced_does_not_change_a_hash(words: list[str]) -> None:
    sentence = " ".join(words)
    assert hash_of(sentence) == hash_of(f"  {sentence}\n") == hash_of("\n ".join(sentence.split()))


def test_there_is_no_place_to_write_an_emotion_of_anybody() -> None:
    schema = json.dumps(TenantConfig.model_json_schema()["$defs"]).lower()
    properties = {
        name
        for model in json.loads(schema).values()
        for name in (*model.get("properties", {}), *model.get("enum", ()))
    }
    assert "provider" in properties
    words = ("emotion", "mood", "sentiment", "feeling", "stress")
    assert [name for name in properties if any(word in str(name) for word in words)] == []


@pytest.mark.parametrize(
    ("number", "dear"),
    [("+49 900 1234567", True), ("899123456", True), ("0612345678", False), ("1", False)],
)
def test_people_are_not_reached_over_a_premium_rate_number(
    said: Said, number: str, dear: bool
) -> None:
    problems = said(contacts=CONTACTS.replace('extension: "1"', f'extension: "{number}"'))
    assert [line for line in problems if "premium-rate" in line] == problems
    assert bool(problems) is dear
    assert all(line.startswith("contacts.yaml:4: ") for line in problems)


@pytest.mark.parametrize(
    ("greeting", "warned"),
    [
        ("Hello, this is Anna. How can I help?", True),
        ("My name is Sophie.", True),
        ("Hello, this is Anna, your virtual assistant.", False),
        ("This is your chance to ask.", False),
        ("How can I help you?", False),
    ],
)
def test_a_greeting_with_the_name_of_a_person_is_worth_a_warning(
    said: Said, tmp_path: Path, greeting: str, warned: bool
) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "greeting.en.md").write_text(greeting)
    problems = said()
    assert bool(problems) is warned
    assert all(line.startswith("prompts/greeting.en.md:1: warning: a name") for line in problems)


@pytest.mark.parametrize(
    ("language", "greeting"),
    [
        ("it", "Buongiorno, sono Giulia."),
        ("es", "Hola, soy Carmen."),
        ("fr", "Bonjour, je m'appelle Claire."),
        ("de", "Guten Tag, mein Name ist Petra."),
        ("pt", "Bom dia, fala a Marta."),
    ],
)
def test_names_are_noticed_in_every_language(
    said: Said, tmp_path: Path, language: str, greeting: str
) -> None:
    (tmp_path / "prompts").mkdir()
    file = tmp_path / "prompts" / f"greeting.{language}.md"
    file.write_text(greeting)
    assert any("a name as of a person" in line for line in said())
    file.write_text(greeting.replace(".", ", l'assistente virtuale."))
    assert not any("a name as of a person" in line for line in said())
