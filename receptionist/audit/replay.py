"""Judges again what was judged on calls: the same policy comes to the same verdict."""

from collections import Counter
from collections.abc import AsyncIterable, Mapping, Sequence
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from guardrails.verdict import Action, Detector, Stage, Verdict
from receptionist.audit.records import AuditRecord

SHOWN = 100
_SCORE = 0.01
"""Embeddings differ that much between processors."""
_REPLAYED = {Stage.INTERIM, Stage.TURN, Stage.OUTPUT, Stage.CONFIG}
_OF_TEXTS = {"", Detector.RULES, Detector.HEAD}
_OF_CALLS = {"leak.instructions", "emergency.dials"}
"""Rules that compare with what one call was told and with its tenant's answers."""
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
        other_policy: Those that another release of the product has judged.
        version_gone: Those of a version of the tenant that is gone: what it made stricter is not
            kept.
        erased: Those whose text is gone.
        not_of_text: Those that came of a count, a state or a fault, not of the text.
        differences: The first that came out otherwise.
    """

    model_config = ConfigDict(frozen=True)

    judged: int
    same: int
    other_policy: int
    version_gone: int
    erased: int
    not_of_text: int
    differences: tuple[Difference, ...]


async def replay(rows: AsyncIterable[AuditRecord], judges: Mapping[str, Judge | None]) -> Replay:
    """Judges the verdicts among `rows` again.

    Args:
        rows: Of one tenant.
        judges: Who judged them, by the hash of the policy; see `judges_of`.
    """
    counts: Counter[str] = Counter()
    differences: list[Difference] = []
    async for row in rows:
        judge = judges.get(row.policy_hash)
        if judge is None:
            came_to = "other_policy" if row.policy_hash in judges else "version_gone"
        elif not _of_text(row):
            came_to = "not_of_text"
        elif row.text is None:
            came_to = "erased"
        elif _alike(row, verdict := _again(row, judge)):
            came_to = "same"
        else:
            came_to = "other"
            differences.append(Difference(seq=row.seq, then=_then(row), now=_now(verdict)))
        counts[came_to] += 1
    return Replay(
        judged=counts.total(),
        same=counts["same"],
        other_policy=counts["other_policy"],
        version_gone=counts["version_gone"],
        erased=counts["erased"],
        not_of_text=counts["not_of_text"],
        differences=tuple(differences[:SHOWN]),
    )


def _of_text(row: AuditRecord) -> bool:
    known = row.detector in _OF_TEXTS and row.rule not in _OF_CALLS
    return known and row.stage in _REPLAYED


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
