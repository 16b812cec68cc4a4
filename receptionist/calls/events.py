"""What happens on a call, as it happens: the one stream that records, pages and reports read.

Times are seconds since the call began, counted in samples of the call's audio.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from receptionist.handoff.events import TransferEnded
from receptionist.telephony.caller import CallerIdentity

Speaker = Literal["caller", "assistant"]
Direction = Literal["inbound", "outbound"]
Channel = Literal["browser", "carrier", "recording", "sip", "text"]


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
    """The call was answered.

    Attributes:
        call_id: Identifies it everywhere.
        tenant: Who answers.
        version: Of the tenant's snapshot.
        language: ISO 639-1 language it begins in.
        channel: How it arrived.
        started_at: When.
        called: Number or name that was called; "" where there is none.
        caller: Who calls, or of an outbound call who is called; None where nobody says so.
        direction: Who has called whom.
    """

    call_id: str
    tenant: str
    version: str
    language: str
    channel: Channel
    started_at: datetime
    called: str = ""
    caller: CallerIdentity | None = None
    direction: Direction = "inbound"


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
class Guarded:
    """A gate judged a text.

    Attributes:
        at_s: When.
        turn: Index of the caller's turn it belongs to; -1 before the first.
        stage: `interim`, `turn`, `output` or `tool`.
        verdict: `pass`, `log`, `handoff`, `refuse` or `emergency`.
        category: Of the policy; "" when nothing was found.
        rule: The rule that fired.
        detector: `rules`, `head`, `judge`, `state` or `fault`; "" when nothing was found.
        score: How sure it was.
        law: The provision behind the category.
        language: Language whose rules were used.
        text: What was judged, redacted.
        history: The turns judged with it, redacted.
        policy_hash: Of the policy in force.
        latency_us: Time the judgement took.
        action: What was done about it: `none`, `refused`, `replaced`, `handed_off`, `alarmed`, ...
    """

    at_s: float
    turn: int
    stage: str
    verdict: str
    category: str
    rule: str
    detector: str
    score: float
    law: str
    language: str
    text: str
    history: Sequence[str]
    policy_hash: str
    latency_us: int
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosurePlayed:
    """The caller has been told what he is talking to.

    Attributes:
        at_s: When its last word was played.
        from_sample: Position of its first sample in the assistant's track.
        to_sample: Position behind its last sample.
        rate_hz: Rate of the track.
        language: ISO 639-1.
        occasion: `opening`, `language`, `return` or `question`.
    """

    at_s: float
    from_sample: int
    to_sample: int
    rate_hz: int
    language: str
    occasion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """The product itself fetched a person.

    Attributes:
        at_s: When it ended.
        reason: What asked for it, such as `human_request`, `anger` or `gate_failure`.
        target: Id of who was rung.
        outcome: Of the transfer.
    """

    at_s: float
    reason: str
    target: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaised:
    """Something happened that a supervisor must know of now.

    Attributes:
        at_s: When.
        category: `emergency` or `self_harm`.
        language: Of the call.
    """

    at_s: float
    category: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentHeard:
    """The caller was asked whether the call may be recorded.

    Attributes:
        at_s: When he answered.
        asked: What he was asked.
        answer: What he said, redacted.
        consent: How it was understood; only `given` allows recording and analysis.
        policy_hash: Of the policy in force.
    """

    at_s: float
    asked: str
    answer: str
    consent: Literal["given", "refused", "unclear"]
    policy_hash: str


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
    | Guarded
    | DisclosurePlayed
    | Escalated
    | TransferEnded
    | AlarmRaised
    | ConsentHeard
    | CallEnded
)
CallSink = Callable[[CallEvent], Awaitable[None]]
"""Receives every event of one call, in order; an error in it never reaches the caller."""
