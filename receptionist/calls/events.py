"""What happens on a call, as it happens: the one stream that records, pages and reports read.

Times are seconds since the call began, counted in samples of the call's audio.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

Speaker = Literal["caller", "assistant"]
Channel = Literal["browser", "recording", "text"]


class Disposition(StrEnum):
    """How a call ended."""

    CALLER_HUNG_UP = "caller_hung_up"
    COMPLETED = "completed"
    """The assistant ended it after a goodbye."""
    TRANSFERRED = "transferred"
    SILENT_CALLER = "silent_caller"
    MAX_DURATION = "max_duration"
    MEDIA_LOST = "media_lost"
    FAILED = "failed"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    """The call was answered."""

    call_id: str
    tenant: str
    version: str
    language: str
    channel: Channel
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded:
    """Somebody finished speaking. `text` holds only what was heard when it was interrupted."""

    index: int
    speaker: Speaker
    text: str
    start_s: float
    end_s: float
    interrupted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHeard:
    """A transcript of the caller's running turn; it may still change."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantSpeaks:
    """A clause the assistant has begun to say."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFinished:
    """A tool ran during caller turn `turn`.

    Attributes:
        turn: Index of the caller's turn.
        name: The tool.
        arguments: As the brain gave them, without those it left out.
        outcome: One of the tool's typed outcomes.
        result: What the brain was told.
        id: Of this run, in the ledger of all calls.
        key: Equal for runs that asked for the same on one call.
        duration_ms: How long it took.
    """

    turn: int
    name: str
    arguments: Mapping[str, Any]
    outcome: str
    result: Mapping[str, Any]
    id: str
    key: str
    duration_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyMeasured:
    """From the caller's last sound of turn `turn` to the first sound of the answer.

    Attributes:
        turn: Index of the caller's turn.
        voice_to_voice_ms: The whole wait, as the caller hears it.
        stages: Milliseconds by stage (`endpointing`, `stt`, `brain`, `tts`, `playout`).
    """

    turn: int
    voice_to_voice_ms: float
    stages: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChanged:
    """An engine failed, and another did its work over.

    Attributes:
        at_s: When.
        slot: `stt`, `llm` or `tts`.
        failed: The engine that failed, such as `openai:gpt-4.1`.
        instead: The engine that took over.
        reason: What went wrong.
    """

    at_s: float
    slot: str
    failed: str
    instead: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageSwitched:
    """The call goes on in another language.

    Attributes:
        at_s: When.
        language: ISO 639-1.
        before: The language until then.
    """

    at_s: float
    language: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """The call is over and its resources are freed."""

    disposition: Disposition
    duration_s: float


CallEvent = (
    CallStarted
    | TurnEnded
    | CallerHeard
    | AssistantSpeaks
    | ToolFinished
    | LatencyMeasured
    | EngineChanged
    | LanguageSwitched
    | CallEnded
)
CallSink = Callable[[CallEvent], Awaitable[None]]
"""Receives every event of one call, in order; an error in it never reaches the caller."""
