"""Keeps what the screen has said about sentences, so that a start does not judge them again.

A file belongs to one tenant and to one judge: a policy, with what is stricter for the tenant, and
the weights of the head. Within it a sentence is named by its hash.
"""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from loguru import logger
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from guardrails.verdict import Action, Detector

_PREFIX = "screen-"
_KEPT = 8


class Judged(BaseModel):
    """What was found in a sentence.

    Attributes:
        action: What is to be done.
        category: Of the policy.
        law: The provision behind it.
        rule: That fired; "" where the head alone found it.
        detector: Which of the two it was.
        score: Of the detector.
        reword: What may be written instead.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action
    category: str
    law: str = ""
    rule: str = ""
    detector: Detector = Detector.RULES
    score: float = 1.0
    reword: str = ""


Judgements = Mapping[str, tuple[Judged, ...]]
"""By the name of a sentence; nothing was found in those that have an empty one."""

_KEPT_FORM = TypeAdapter(dict[str, tuple[Judged, ...]])


def name_of(use: str, language: str, sentence: str) -> str:
    """Returns the name a sentence is kept by."""
    return hashlib.sha256(f"{use}\0{language}\0{sentence}".encode()).hexdigest()[:32]


class ScreenCache:
    """Judgements on disk.

    Args:
        folder: Where they are kept; it may not exist yet. None keeps nothing.
        tenant: Whose sentences they are about.
        judge: Identifies everything that decides.
    """

    def __init__(self, folder: Path | None, tenant: str, judge: str) -> None:
        hashed = hashlib.sha256(f"{tenant}\0{judge}".encode()).hexdigest()[:32]
        self._file = None if folder is None else folder / f"{_PREFIX}{hashed}.json"

    def read(self) -> Judgements:
        """Returns what is kept; nothing when it is damaged, which is logged."""
        if self._file is None or not self._file.exists():
            return {}
        try:
            found = _KEPT_FORM.validate_json(self._file.read_bytes())
            self._file.touch()
        except (OSError, ValidationError) as error:
            logger.warning(f"what was screened before, {self._file}, is damaged: {error!r}")
            return {}
        return found

    def write(self, judgements: Judgements) -> None:
        """Keeps `judgements` instead of what was kept; where that fails it is logged."""
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, new = tempfile.mkstemp(prefix=".new-", dir=self._file.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(_KEPT_FORM.dump_json(dict(judgements), exclude_defaults=True))
            Path(new).replace(self._file)
            _forget_old(self._file)
        except OSError as error:
            logger.warning(f"what was screened cannot be kept in {self._file.parent}: {error}")


def _forget_old(newest: Path) -> None:
    others = [file for file in newest.parent.glob(f"{_PREFIX}*.json") if file != newest]
    for file in sorted(others, key=lambda one: -one.stat().st_mtime)[_KEPT - 1 :]:
        file.unlink(missing_ok=True)
