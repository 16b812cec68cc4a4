"""Judges again what was judged on calls: the same policy comes to the same verdict."""

from collections.abc import AsyncIterable, Sequence
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from guardrails.verdict import Action, Detector, Stage, Verdict
from receptionist.audit.records import AuditRecord

SHOWN = 100
_SCORE = 0.01
"""Embeddings differ that much between processors."""
_REPLAYED = {Stage.INTERIM, Stage.TURN, Stage.OUTPUT, Stage.CONFIG}
_OF_TEXTS = {"", Detector.RULES, Detector.HEAD}
_HELD = "held"


class Judge(Protocol):
    """Judges as calls were judged."""

    @property
    def policy_hash(self) -> str:
        """Identifies the policy."""
        ...

    def interim(self, text: str, language: str) -> Verdict:
        """Judges by the rules for emergencies."""
        ...

    def turn(self, text: str, language: str, history: Sequence[str] = ()) -> Verdict:
        """Judges a turn by the rules."""
        ...

    def classify(
        self, text: str, stage: Stage, language: str, history: Sequence[str] = ()
    ) -> Verdict:
        """Judges by every detector of a stage."""
        ...


class Difference(BaseModel):
    """A row that is judged otherwise now."""

    model_config = ConfigDict(frozen=True)

    seq: int
    then: str
    now: str


class Replay(BaseModel):
    """What judging again came to.

    Attributes:
        judged: Rows with a verdict.
        same: Those that were judged again and came out the same.
        other_policy: Those of another policy, which cannot be compared.
        erased: Those whose text is gone.
        not_of_text: Those that came of a count, a state or a fault, not of the text.
        differences: The first that came out otherwise.
    """

    model_config = ConfigDict(frozen=True)

    judged: int
    same: int
    other_policy: int
    erased: int
    not_of_text: int
    differences: tuple[Difference, ...]


async def replay(rows: AsyncIterable[AuditRecord], judge: Judge) -> Replay:
    """Judges the verdicts among `rows` again."""
    judged = same = other_policy = erased = not_of_text = 0
    differences: list[Difference] = []
    async for row in rows:
        judged += 1
        if row.policy_hash != judge.policy_hash:
            other_policy += 1
        elif row.detector not in _OF_TEXTS or row.stage not in _REPLAYED:
            not_of_text += 1
        elif row.text is None:
            erased += 1
        elif _alike(row, verdict := _again(row, judge)):
            same += 1
        else:
            differences.append(Difference(seq=row.seq, then=_then(row), now=_now(verdict)))
    return Replay(
        judged=judged,
        same=same,
        other_policy=other_policy,
        erased=erased,
        not_of_text=not_of_text,
        differences=tuple(differences[:SHOWN]),
    )


def _again(row: AuditRecord, judge: Judge) -> Verdict:
    """Returns the verdict of the detectors that were asked: what rules refuse is not weighed."""
    text, stage, history = row.text or "", Stage(row.stage), row.history or ()
    if stage is Stage.INTERIM:
        return judge.interim(text, row.language)
    by_rules = row.detector == Detector.RULES and row.verdict not in (Action.PASS, Action.LOG)
    if stage is Stage.TURN and (by_rules or row.action == _HELD):
        return judge.turn(text, row.language, history)
    return judge.classify(text, stage, row.language, history)


def _alike(row: AuditRecord, now: Verdict) -> bool:
    detector = now.detector.value if now.detector else ""
    then = (row.verdict, row.category, row.rule, row.detector)
    return then == (now.action, now.category, now.rule, detector) and (
        abs(row.score - now.score) <= _SCORE
    )


def _then(row: AuditRecord) -> str:
    return _shown(row.verdict, row.category, row.rule or row.detector, row.score)


def _now(verdict: Verdict) -> str:
    return _shown(verdict.action, verdict.category, verdict.rule or "", verdict.score)


def _shown(action: str, category: str, by: str, score: float) -> str:
    return " ".join(part for part in (action, category, by, f"{score:.2f}") if part)
