"""A small bundle with instructions and approvals, and a head that doubts."""

from collections.abc import Callable, Mapping
from pathlib import Path

from guardrails.verdict import Stage
from receptionist.tenants.bundle import Examined
from receptionist.tenants.screen_config import hash_of
from receptionist.tenants.screen_report import Screened
from tests.receptionist.tenants.small_bundle import GUARD

RANKING = "Rank the applicants by how confident they sound."
DOUBTFUL = "Applicants come first thing in the morning."

Ask = Callable[..., tuple[Screened, Examined]]
"""Screens a folder, with a cache or without."""
Write = Callable[..., Path]
"""Writes a small bundle with files changed."""


class DoubtfulHead:
    """A head that takes whatever speaks of applicants for a decision; it counts what it reads."""

    def __init__(self) -> None:
        self.read = 0

    def likelihoods(self, text: str, language: str, stage: Stage) -> Mapping[str, float]:
        del language, stage
        self.read += 1
        return {"employment": 0.9 if "pplicants" in text else 0.1}


def instructed(write: Write, text: str, guard: str = GUARD) -> Path:
    folder = write(guard=guard)
    (folder / "prompts" / "work.md").write_text(text, encoding="utf-8")
    return folder


def approval(sentence: str, **keys: str) -> str:
    """A guard.yaml that approves `sentence`."""
    written = {
        "sentence_sha256": hash_of(sentence),
        "category": "employment",
        "author": "Ann Lee",
        "approver": "Bo Hart",
        "date": "2026-11-20",
        "reason": "Agreed with the works council.",
    } | keys
    lines = "\n    ".join(f"{key}: {value}" for key, value in written.items())
    return f"{GUARD}approvals:\n  - {lines}\n"
