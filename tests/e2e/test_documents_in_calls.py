"""A call is answered from a PDF of the tenant, and what no document answers is kept to be read."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from receptionist.tenants import DEMO
from tests.knowledge.documents import files

pytestmark = pytest.mark.e2e

TERMS = (
    (22, "Water softeners"),
    (11, "We rent out water softeners for twelve pounds a month."),
    (11, "The salt is refilled every six weeks by our driver."),
    (11, "A softener that is rented can be handed back after one year."),
    (22, "Tool hire"),
    (11, "A carpet dryer may be borrowed for three days against a deposit of fifty pounds."),
    (11, "Tools that are returned dirty are cleaned at the expense of the borrower."),
)


@pytest.fixture
def tenant(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(DEMO, tmp_path / "tenant"))
    (folder / "documents").mkdir(exist_ok=True)
    (folder / "documents" / "hire.pdf").write_bytes(files.pdf(TERMS, title="Hire terms"))
    return folder


def receptionist(tmp_path: Path, *arguments: str, said: Sequence[str] = ()) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "receptionist", *arguments],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("RECEPT")},
            "RECEPTIONIST_DATA_DIR": str(tmp_path / "data"),
        },
        input="\n".join(said),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_a_pdf_answers_with_its_source_and_a_foreign_question_is_listed(
    tenant: Path, tmp_path: Path
) -> None:
    lines = [
        "what deposit do I leave to borrow a carpet dryer",
        "who won the football last night",
        "no thanks, goodbye",
    ]
    written = receptionist(
        tmp_path, "chat", "--tenant", str(tenant), "--script", "-", "--json", said=lines
    )
    answered, refused, *_ = [json.loads(line) for line in written.splitlines()]
    assert "deposit of fifty pounds" in answered["text"]
    assert "Hire terms, page 1" in answered["text"]
    assert answered["tools"][0]["outcome"] == "answered"
    assert refused["tools"][0]["outcome"] == "unknown"
    (call,) = json.loads(receptionist(tmp_path, "calls", "list", "--json"))
    shown = json.loads(receptionist(tmp_path, "calls", "show", call["call_id"], "--json"))
    searched: list[dict[str, Any]] = [
        tool for tool in shown["tools"] if tool["name"] == "search_knowledge"
    ]
    assert searched[0]["result"]["source"] == {
        "title": "Hire terms, page 1",
        "heading": "Tool hire",
    }
    (group,) = json.loads(receptionist(tmp_path, "questions", "list", "--json"))
    assert group["examples"] == ["who won the football last night"]
