"""A kept call as it is handed out: to commands, to pages, to anyone who asks for JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from receptionist.calls.events import Channel, Direction, Disposition, Speaker

CallState = Disposition | Literal["in_progress", "interrupted"]
"""How a call ended. Without an end it is `in_progress`, or `interrupted` once its process has
shown no sign of life for a while: it was killed, or the machine stopped."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class TurnRecord(_Record):
    """What one side said; times are seconds since the call began."""

    index: int
    speaker: Speaker
    text: str
    start_s: float
    end_s: float
    interrupted: bool


class ToolRecord(_Record):
    """A tool that ran during caller turn `turn`; see ToolFinished."""

    id: str
    key: str
    turn: int
    name: str
    arguments: Mapping[str, Any]
    outcome: str
    result: Mapping[str, Any]
    duration_ms: float
    at: datetime


class LatencyRecord(_Record):
    """How long the caller waited for the answer to turn `turn`."""

    turn: int
    voice_to_voice_ms: float
    stages: Mapping[str, float]


class EngineChangeRecord(_Record):
    """An engine that failed and the one that took over, `at_s` into the call."""

    at_s: float
    slot: str
    failed: str
    instead: str
    reason: str


class TransferRecord(_Record):
    """A telephone that was rung for the caller; see TransferEnded."""

    at_s: float
    target: str
    rung: str
    mode: str
    outcome: str
    reason: str
    ring_s: float


class CallSummary(_Record):
    """One line of a list of calls."""

    call_id: str
    tenant: str
    version: str
    language: str
    channel: Channel
    started_at: datetime
    ended_at: datetime | None
    duration_s: float | None
    disposition: CallState
    called: str = ""
    """Number or name that was called."""
    caller: str = ""
    """E.164, or an extension; "" when it is withheld or none."""
    caller_name: str = ""
    """What his telephone calls him."""
    caller_verdict: str = ""
    """Whether the number can be believed; `withheld` when he does not give it, "" when nobody
    says."""
    direction: Direction = "inbound"
    """Of an `outbound` call, `caller` is who was called."""


class CallRecord(CallSummary):
    """A call with everything that happened on it."""

    turns: tuple[TurnRecord, ...]
    latency: tuple[LatencyRecord, ...]
    tools: tuple[ToolRecord, ...]
    engine_changes: tuple[EngineChangeRecord, ...] = ()
    transfers: tuple[TransferRecord, ...] = ()
    languages: tuple[str, ...] = ()
    """Those it was in, in order."""
