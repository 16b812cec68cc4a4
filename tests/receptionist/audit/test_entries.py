"""Every event that matters leaves its row."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from receptionist.audit.entries import override
from receptionist.audit.log import AuditLog
from receptionist.audit.records import Kind
from receptionist.calls.events import (
    AlarmRaised,
    CallEnded,
    CallerHeard,
    CallEvent,
    CallStarted,
    ConsentHeard,
    Direction,
    DisclosurePlayed,
    Disposition,
    EngineChanged,
    Escalated,
    Guarded,
    ToolFinished,
)
from receptionist.database import Database
from tests.receptionist.audit.kept_rows import rows

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GUARDED = Guarded(
    at_s=4.5,
    turn=1,
    stage="turn",
    verdict="refuse",
    category="credit",
    rule="credit.en.approve",
    detector="rules",
    score=1.0,
    law="AI Act Annex III(5)(b)",
    language="en",
    text="Do I get the loan?",
    history=("I earn a lot",),
    policy_hash="p1",
    latency_us=90,
    action="refused",
)
STARTED = CallStarted(
    call_id="c1",
    tenant="demo",
    version="v1",
    language="en",
    channel="text",
    started_at=NOW,
)
CALL: list[CallEvent] = [
    STARTED,
    DisclosurePlayed(
        at_s=2.0, from_sample=0, to_sample=48000, rate_hz=24000, language="en", occasion="opening"
    ),
    ConsentHeard(at_s=3.0, asked="May we?", answer="yes", consent="given", policy_hash="p1"),
    CallerHeard(text="do I"),
    GUARDED,
    Escalated(at_s=6.0, reason="credit", target="loans", outcome="answered"),
    ToolFinished(
        turn=1,
        name="transfer_call",
        arguments={"contact_id": "loans"},
        outcome="answered",
        result={"contact": {"id": "loans"}},
        id="t1",
        key="k",
        duration_ms=1.0,
    ),
    ToolFinished(
        turn=1,
        name="check_hours",
        arguments={},
        outcome="open",
        result={},
        id="t2",
        key="k",
        duration_ms=1.0,
    ),
    AlarmRaised(at_s=7.0, category="emergency", language="en"),
    EngineChanged(at_s=8.0, slot="stt", failed="a:b", instead="c:d", reason="gone"),
    CallEnded(disposition=Disposition.TRANSFERRED, duration_s=9.0),
]


async def test_every_event_that_matters_leaves_a_row_in_order(
    database: Database, tmp_path: Path
) -> None:
    audit = AuditLog(database, "demo", tmp_path, now=lambda: NOW)
    sink = audit.sink("c1", {"policy_hash": "p1", "prompts": {"en": "h1"}})
    for event in CALL:
        await sink(event)
    assert await audit.close() == 0
    kept = await rows(database)
    assert [row.kind for row in kept] == [
        Kind.CALL_STARTED,
        Kind.DISCLOSURE,
        Kind.CONSENT,
        Kind.GUARDED,
        Kind.ESCALATED,
        Kind.TRANSFER,
        Kind.ALARM,
        Kind.ENGINE_CHANGED,
        Kind.CALL_ENDED,
    ]
    assert {row.call_id for row in kept} == {"c1"}
    assert kept[0].details["prompts"] == {"en": "h1"}
    assert kept[0].policy_hash == "p1"
    judged = kept[3]
    for name in ("turn", "stage", "verdict", "category", "rule", "detector", "score", "law"):
        assert getattr(judged, name) == getattr(GUARDED, name)
    assert (judged.text, judged.history) == (GUARDED.text, ("I earn a lot",))
    assert kept[5].details == {"id": "t1", "target": "loans"}
    assert (kept[2].text, kept[2].history) == ("yes", ("May we?",))


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
async def test_the_first_row_says_who_has_called_whom(
    database: Database, tmp_path: Path, direction: Direction
) -> None:
    audit = AuditLog(database, "demo", tmp_path)
    await audit.sink("c1", {})(replace(STARTED, channel="sip", direction=direction))
    await audit.close()
    (row,) = await rows(database)
    assert row.details == {"version": "v1", "channel": "sip", "direction": direction}


async def test_a_text_in_force_by_approval_is_on_record(database: Database, tmp_path: Path) -> None:
    audit = AuditLog(database, "demo", tmp_path)
    approved = override(
        at=NOW,
        category="employment",
        law="AI Act Annex III(4)",
        policy_hash="p1",
        sentence_sha256="s1",
        approvers=["anna", "bruno"],
        reason="under contract",
        addendum="A-17",
    )
    audit.put(approved)
    await audit.close()
    (row,) = await rows(database)
    assert (row.kind, row.stage, row.category) == (Kind.OVERRIDE, "config", "employment")
    assert row.details["approvers"] == ["anna", "bruno"]
    assert row.details["addendum"] == "A-17"
