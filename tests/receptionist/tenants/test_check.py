"""`receptionist check` tells errors from warnings, to people and to programs."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from receptionist.cli import app
from receptionist.errors import ConfigurationError
from receptionist.tenants.bundle import examine, load_bundle
from tests.receptionist.tenants.small_bundle import CONTACTS, FAQ, GUARD, TENANT, write_bundle

pytestmark = pytest.mark.unit

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a small sound bundle; arguments replace the text of a file, None leaves it out."""
    return partial(write_bundle, tmp_path)


def said(folder: Path) -> list[str]:
    return [str(problem) for problem in examine(folder).problems]


def test_check_prints_problems_and_ends_with_one(write: Write) -> None:
    folder = write(tenant=TENANT + "x: 1\n")
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert result.exit_code == 1
    assert f"{folder / 'tenant.yaml'}:8: unknown key 'x'" in result.stdout
    as_json = CliRunner().invoke(app, ["check", str(folder), "--json"])
    assert json.loads(as_json.stdout) == {
        "ok": False,
        "problems": [
            {"file": "tenant.yaml", "line": 8, "message": "unknown key 'x'", "severity": "error"}
        ],
        "findings": [],
    }


def test_what_callers_may_stumble_over_is_a_warning_and_no_error(write: Write) -> None:
    nearly = """\
- id: cars
  title: Cars
  languages:
    en:
      questions: [is there any parking, do you repair cars]
      answer: No, there is none.
"""
    contacts = CONTACTS.replace('    extension: "2"\n', "").replace('    extension: "1"\n', "")
    folder = write(contacts=contacts, faq_all=FAQ + nearly)
    assert load_bundle(folder).tenant == "mill"
    assert said(folder) == [
        "contacts.yaml:2: warning: department 'desk' has no number (extension); callers who ask "
        "for it are offered to leave a message",
        "contacts.yaml:5: warning: contact 'ann' has no number (extension); callers who ask for "
        "it are offered to leave a message",
        "faq/all.yaml:11: warning: the question 'is there any parking' asks nearly the same as one "
        "of topic 'parking', which has another answer (see faq/all.yaml:5)",
    ]
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert result.exit_code == 0
    assert result.stdout.endswith("no problems, 3 warnings\n")
    as_json = json.loads(CliRunner().invoke(app, ["check", str(folder), "--json"]).stdout)
    assert as_json["ok"] is True
    assert {problem["severity"] for problem in as_json["problems"]} == {"warning"}


def test_an_article_and_a_hyphen_do_not_hide_a_contradiction(write: Write) -> None:
    priced = "".join(
        f"""\
- id: {name}
  title: Call-out
  languages:
    en:
      questions: [{question}]
      answer: {answer}
"""
        for name, question, answer in (
            ("free", "how much is the call-out", "It is free."),
            ("sixty", "how much is a call out", "Sixty pounds."),
        )
    )
    assert [line for line in said(write(faq_all=priced)) if "nearly the same" in line]


@pytest.mark.parametrize(
    "changes",
    [
        ("answer: No, there is none.", "answer: Yes, behind the mill."),
        ("title: Cars", "title: Cars\n  valid_until: 2026-01-31"),
        ("is there any parking", "is the parking lit"),
    ],
)
def test_questions_that_are_nearly_the_same_are_right_when_nothing_contradicts(
    write: Write, changes: tuple[str, str]
) -> None:
    nearly = """\
- id: cars
  title: Cars
  languages:
    en:
      questions: [is there any parking]
      answer: No, there is none.
"""
    sound = FAQ.replace("title: Parking", "title: Parking\n  valid_from: 2026-02-01")
    assert said(write(faq_all=sound + nearly.replace(*changes))) == []


def test_check_of_a_sound_bundle_ends_with_zero(write: Write) -> None:
    result = CliRunner().invoke(app, ["check", str(write())])
    assert (result.exit_code, result.stdout) == (0, "no problems\n")


def test_check_of_no_folder_is_asked_wrongly(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert isinstance(result.exception, ConfigurationError)
    assert str(result.exception) == f"There is no folder {str(folder)!r} to read a tenant from."
    assert result.exception.exit_code == 2


RANKING = "Rank the applicants by how confident they sound."


def test_a_prohibited_sentence_is_a_problem_and_a_finding_for_programs(write: Write) -> None:
    folder = write(faq_all=FAQ.replace("Yes, behind the mill.", RANKING))
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert result.exit_code == 1
    assert f"{folder / 'faq' / 'all.yaml'}:6: refused: " in result.stdout
    assert result.stdout.endswith("1 problem\n")
    as_json = json.loads(CliRunner().invoke(app, ["check", str(folder), "--json"]).stdout)
    assert as_json["ok"] is False
    [finding] = as_json["findings"]
    wanted = {
        "verdict": "refuse",
        "category": "employment",
        "detector": "rules",
        "sentence": RANKING,
        "file": "faq/all.yaml",
        "line": 6,
        "approved": False,
    }
    assert wanted.items() <= finding.items()
    assert {"law", "rule", "reword", "score", "sentence_sha256"} <= finding.keys()


def test_a_sentence_that_wants_an_approval_ends_with_three_until_it_has_one(
    write: Write, tmp_path: Path
) -> None:
    folder = write()
    (folder / "documents").mkdir()
    (folder / "documents" / "work.md").write_text(f"{RANKING}\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert result.exit_code == 3
    assert result.stdout.endswith("no problems, 1 approval wanted\n")
    [finding] = json.loads(CliRunner().invoke(app, ["check", str(folder), "--json"]).stdout)[
        "findings"
    ]
    approved = f"""\
approvals:
  - sentence_sha256: {finding["sentence_sha256"]}
    category: {finding["category"]}
    author: Ann Lee
    approver: Bo Hart
    date: 2026-11-20
    reason: The document tells what the agency does.
"""
    result = CliRunner().invoke(app, ["check", str(write(guard=GUARD + approved))])
    assert (result.exit_code, result.stdout) == (0, "no problems\n")


def test_what_loosens_the_policy_is_a_problem(write: Write) -> None:
    loosened = "tighten: {categories: {credit: {actions: {turn: log}}}}\n"
    result = CliRunner().invoke(app, ["check", str(write(guard=GUARD + loosened))])
    assert result.exit_code == 1
    assert "guard.yaml:3: tighten.categories.credit.actions.turn: " in result.stdout
