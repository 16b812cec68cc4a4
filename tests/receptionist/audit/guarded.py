"""Rows for tests of the audit log."""

from datetime import UTC, datetime, timedelta
from typing import Any

from receptionist.audit.records import AuditEntry, Kind

BEGAN_AT = datetime(2026, 11, 23, 9, 0, 0, 250, tzinfo=UTC)


def entry(number: int = 0, **changes: Any) -> AuditEntry:
    facts: dict[str, Any] = {
        "at": BEGAN_AT + timedelta(minutes=number),
        "kind": Kind.GUARDED,
        "call_id": "c1",
        "turn": number,
        "stage": "turn",
        "verdict": "refuse",
        "category": "credit",
        "rule": "credit.en.approve",
        "detector": "rules",
        "score": 0.1 + number / 3,
        "language": "en",
        "law": "AI Act Annex III(5)(b)",
        "policy_hash": "p1",
        "latency_us": 120,
        "action": "refused",
        "details": {"at_s": 1.5, "names": ["città", "東京"]},
        "text": f"Do I get loan {number}?",
        "history": ("I earn a lot", "città"),
    }
    return AuditEntry(**(facts | changes))
