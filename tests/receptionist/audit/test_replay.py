"""Judging again comes to the same verdict, and tells where it does not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guardrails.chain import End
from guardrails.guard import Guard
from guardrails.verdict import Action, Detector, Stage, Verdict
from receptionist.audit.records import AuditEntry, AuditRecord, chained
from receptionist.audit.replay import Replay, replay
from tests.guardrails.policies import small_policy
from tests.receptionist.audit.guarded import entry

pytestmark = pytest.mark.unit

TURNS = ("There is a fire here", "When do you open?", "Rank the applicants", "You idiot")
HISTORY = ("It is about my application",)
HASH = "shipped"
ELSEWHERE = "of another release"
LEAK = Verdict(
    action=Action.REFUSE,
    stage=Stage.OUTPUT,
    category="leak",
    rule="leak.instructions",
    detector=Detector.RULES,
    score=1.0,
)


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    return Guard(replace(small_policy(tmp_path), hash=HASH))


def judged(text: str, verdict: Verdict, **changes: Any) -> AuditEntry:
    told: dict[str, Any] = {
        "text": text,
        "history": (),
        "stage": verdict.stage,
        "verdict": verdict.action,
        "category": verdict.category,
        "rule": verdict.rule,
        "detector": verdict.detector or "",
        "score": verdict.score,
        "language": verdict.language,
        "policy_hash": HASH,
    }
    return entry(**(told | changes))


def rows(guard: Guard) -> list[AuditEntry]:
    turns = [judged(text, guard.classify(text, Stage.TURN, "en")) for text in TURNS]
    split = guard.classify("So did I get it?", Stage.TURN, "en", HISTORY)
    clause = "I will rank the applicants."
    return [
        *turns,
        judged("So did I get it?", split, history=HISTORY),
        judged(TURNS[0], guard.interim(TURNS[0], "en")),
        judged(clause, guard.output(clause, "en")),
    ]


async def replayed(guard: Guard, *entries: AuditEntry) -> Replay:
    async def written() -> AsyncIterator[AuditRecord]:
        last = End()
        for one in entries:
            record = chained(one, "demo", last)
            last = End(seq=record.seq, digest=record.hash)
            yield record

    return await replay(written(), {HASH: guard, ELSEWHERE: None})


async def test_what_was_judged_is_judged_the_same_again(guard: Guard) -> None:
    entries = rows(guard)
    assert [entry.verdict for entry in entries] == [
        "emergency",
        "pass",
        "refuse",
        "log",
        "refuse",
        "emergency",
        "refuse",
    ]
    found = await replayed(guard, *entries)
    assert (found.judged, found.same, found.differences) == (7, 7, ())


async def test_what_the_rules_refused_is_not_weighed_again(tmp_path: Path) -> None:
    class Alarmed:
        def likelihoods(self, text: str, language: str, stage: Stage) -> dict[str, float]:
            return {"emergency": 1.0}

    guard = Guard(replace(small_policy(tmp_path), hash=HASH), Alarmed())
    refused = judged(TURNS[2], guard.turn(TURNS[2], "en"))
    held = judged(TURNS[1], guard.turn(TURNS[1], "en"), action="held")
    found = await replayed(guard, refused, held, judged(TURNS[1], guard.turn(TURNS[1], "en")))
    assert (found.same, [one.seq for one in found.differences]) == (2, [3])


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": "refuse"},
        {"category": "credit"},
        {"rule": "credit.en.other"},
        {"score": 0.4},
        {"text": "There is a fire"},
    ],
)
async def test_a_row_that_is_judged_otherwise_is_named(
    guard: Guard, changes: dict[str, Any]
) -> None:
    good = judged(TURNS[1], guard.classify(TURNS[1], Stage.TURN, "en"))
    found = await replayed(guard, good, good.model_copy(update=changes))
    assert (found.same, [one.seq for one in found.differences]) == (1, [2])


async def test_what_cannot_be_compared_is_counted_and_not_taken_for_a_difference(
    guard: Guard,
) -> None:
    found = await replayed(
        guard,
        entry(policy_hash=ELSEWHERE),
        entry(policy_hash="of a version nobody kept"),
        judged("x", Verdict(stage=Stage.TURN)).model_copy(update={"text": None}),
        judged("x", Verdict(stage=Stage.TURN, detector=Detector.STATE, action=Action.HANDOFF)),
        judged("x", Verdict(stage=Stage.TOOL)),
        judged("My orders are", LEAK),
    )
    assert (found.judged, found.other_policy, found.version_gone) == (6, 1, 1)
    assert (found.erased, found.not_of_text) == (1, 3)
    assert (found.same, found.differences) == (0, ())
