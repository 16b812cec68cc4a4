"""What the audit log says about the events of a call."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from receptionist.audit.records import AuditEntry, Kind
from receptionist.calls.events import (
    AlarmRaised,
    CallEnded,
    CallEvent,
    CallStarted,
    ConsentHeard,
    DisclosurePlayed,
    EngineChanged,
    Escalated,
    Guarded,
    ToolFinished,
)
from receptionist.calls.plan import CallPlan

_TRANSFER = "transfer_call"


def facts_of(plan: CallPlan, policy_hash: str) -> Mapping[str, Any]:
    """Returns what has to be known to judge a call again, and with what it was answered.

    What the tenant has made stricter is told whole: nobody else keeps it once it is changed.
    """
    config = plan.snapshot.config
    chains = {f"stt.{code}": chain for code, chain in config.engines.stt.items()}
    chains |= {f"tts.{code}": chain for code, chain in config.engines.tts.items()}
    engines = {slot: [spec.id for spec in chain] for slot, chain in chains.items()}
    return {
        "policy_hash": policy_hash,
        "tighten": config.guard.tighten.model_dump(mode="json", exclude_defaults=True),
        "prompts": {code: texts.sha256 for code, texts in plan.snapshot.texts.items()},
        "engines": engines
        | {
            "llm": [spec.id for spec in config.engines.llm],
            "embeddings": [config.engines.embeddings.id],
        },
    }


def override(
    *,
    at: datetime,
    category: str,
    law: str,
    policy_hash: str,
    sentence_sha256: str,
    approvers: Sequence[str],
    reason: str,
    addendum: str = "",
    version: str = "",
) -> AuditEntry:
    """Returns the row about a text of the configuration that is in force by approval alone.

    Args:
        at: When it came into force in this process.
        category: What the text was found to be.
        law: The provision behind it.
        policy_hash: Of the policy that found it.
        sentence_sha256: Of the text as it was approved.
        approvers: Who approved.
        reason: Why, in their words.
        addendum: Id of the signed addendum; "" where none is needed.
        version: Of the configuration.
    """
    details = {
        "sentence_sha256": sentence_sha256,
        "approvers": list(approvers),
        "reason": reason,
        "addendum": addendum,
        "version": version,
    }
    return AuditEntry(
        at=at,
        kind=Kind.OVERRIDE,
        stage="config",
        action="approved",
        category=category,
        law=law,
        policy_hash=policy_hash,
        details=details,
    )


def entry_of(
    event: CallEvent, call_id: str, at: datetime, facts: Mapping[str, Any]
) -> AuditEntry | None:
    """Returns the entry of `event`, which arrived at `at`; None when it leaves none.

    Args:
        event: What happened.
        call_id: On which call.
        at: When it arrived.
        facts: Of the call; see `facts_of`. They stand in its first row.
    """
    told = _of_call(event, facts) or _of_gates(event) or _of_product(event)
    return AuditEntry(at=at, call_id=call_id, **told) if told else None


def _of_call(event: CallEvent, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    match event:
        case CallStarted():
            told = {"version": event.version, "channel": event.channel}
            details = {**told, "direction": event.direction, **facts}
            return {
                "kind": Kind.CALL_STARTED,
                "language": event.language,
                "policy_hash": str(facts.get("policy_hash", "")),
                "details": details,
            }
        case CallEnded():
            details = {"disposition": event.disposition.value, "duration_s": event.duration_s}
            return {"kind": Kind.CALL_ENDED, "details": details}
        case EngineChanged():
            details = {
                "at_s": event.at_s,
                "slot": event.slot,
                "failed": event.failed,
                "instead": event.instead,
                "reason": event.reason,
            }
            return {"kind": Kind.ENGINE_CHANGED, "details": details}
        case _:
            return None


def _of_gates(event: CallEvent) -> dict[str, Any] | None:
    match event:
        case Guarded():
            same = ("turn", "stage", "verdict", "category", "rule", "detector", "score", "law")
            also = ("language", "text", "policy_hash", "latency_us", "action")
            told = {name: getattr(event, name) for name in (*same, *also)}
            history = tuple(event.history)
            return {"kind": Kind.GUARDED, "history": history, "details": _when(event), **told}
        case ConsentHeard():
            return {
                "kind": Kind.CONSENT,
                "action": event.consent,
                "policy_hash": event.policy_hash,
                "text": event.answer,
                "history": (event.asked,),
                "details": _when(event),
            }
        case AlarmRaised():
            return {
                "kind": Kind.ALARM,
                "category": event.category,
                "language": event.language,
                "action": "alarmed",
                "details": _when(event),
            }
        case _:
            return None


def _of_product(event: CallEvent) -> dict[str, Any] | None:
    match event:
        case DisclosurePlayed():
            details = {
                "from_sample": event.from_sample,
                "to_sample": event.to_sample,
                "rate_hz": event.rate_hz,
                "occasion": event.occasion,
            }
            return {
                "kind": Kind.DISCLOSURE,
                "language": event.language,
                "details": _when(event) | details,
            }
        case Escalated():
            return {
                "kind": Kind.ESCALATED,
                "action": event.outcome,
                "details": _when(event) | {"reason": event.reason, "target": event.target},
            }
        case ToolFinished(name=name) if name == _TRANSFER:
            contact = event.result.get("contact")
            target = str(contact.get("id", "")) if isinstance(contact, Mapping) else ""
            details = {"id": event.id, "target": target}
            return {
                "kind": Kind.TRANSFER,
                "turn": event.turn,
                "action": event.outcome,
                "details": details,
            }
        case _:
            return None


def _when(
    event: Guarded | ConsentHeard | AlarmRaised | DisclosurePlayed | Escalated,
) -> dict[str, Any]:
    return {"at_s": event.at_s}
