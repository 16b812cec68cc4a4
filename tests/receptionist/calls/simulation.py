"""A whole call on the virtual clock: real pipeline, real voice activity, scripted engines."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from eval.clock import run_virtual
from eval.engines import load
from providers.spec import Slot
from receptionist.calls.conversation import Conversation
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import CallEvent, Channel, Disposition, TurnEnded
from receptionist.calls.language import Identify
from receptionist.calls.pipeline import CallEngines
from receptionist.calls.plan import CallPlan, CallRequest, resolve
from receptionist.calls.session import CallSession
from receptionist.calls.speech import EnginesIn
from receptionist.calls.timeline import Timeline
from receptionist.consent.call_consent import Consents
from receptionist.guard.call_guard import CallGuard
from receptionist.guard.contract import Guards
from receptionist.guard.gates import Gates, gates_of
from receptionist.messages.records import MessageRecord
from receptionist.telephony.memory import CallerAudio, MemoryTransport
from receptionist.telephony.recording import Manners, Recording, converse
from receptionist.tenants.config import Patience
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import NoLine, ToolContext, TransferLine
from receptionist.tools.registry import TOOLS, AnyTool, ToolRunner
from tests.receptionist.tools.desk import KeptCallbacks

RATE_HZ = 16_000
CALL_ID = "c1"
Ev = TypeVar("Ev")


def now() -> datetime:
    return datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the engines do and the caller says."""

    caller: Sequence[bytes] = ()
    heard: Sequence[str] = ()
    replies: Sequence[Any] = ()
    stt: dict[str, Any] = field(default_factory=dict[str, Any])
    llm: dict[str, Any] = field(default_factory=dict[str, Any])
    tts: dict[str, Any] = field(default_factory=dict[str, Any])
    patience: Patience = field(default_factory=lambda: Patience(max_call_s=120))
    """Nobody listens to a call for longer: two minutes of it take seconds."""
    barge_in_ms: int | None = None
    hang_up_s: float | None = None
    channel: Channel = "recording"
    """On the others callers have a keypad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What happened."""

    disposition: Disposition
    duration_s: float
    events: list[CallEvent]
    timeline: Timeline

    def all(self, kind: type[Ev]) -> list[Ev]:
        return [event for event in self.events if isinstance(event, kind)]

    def said(self) -> list[str]:
        return [turn.text for turn in self.all(TurnEnded) if turn.speaker == "assistant"]

    def digest(self) -> str:
        audio = self.timeline.stereo(RATE_HZ).tobytes()
        story = [event for event in self.events if not hasattr(event, "started_at")]
        return hashlib.sha256(audio + repr(story).encode()).hexdigest()


def simulate(snapshot: TenantSnapshot, script: Script, act: Any = None, **setting: Any) -> Outcome:
    """Runs one call to its end; `setting` is what `_set_scene` takes."""
    return run_virtual(_call(snapshot, script, act, **setting))


def scripted(script: Script) -> CallEngines:
    """Returns engines that do what the script says; voice activity and end of turn are real."""
    return CallEngines(
        stt=load(Slot.STT, "fake:stt", {"transcripts": script.heard, "delay_ms": 100} | script.stt),
        tts=load(Slot.TTS, "fake:tts", {"delay_ms": 30} | script.tts),
        llm=load(Slot.LLM, "fake:llm", {"replies": script.replies, "ttft_ms": 50} | script.llm),
        vad=load(Slot.VAD, "silero:default"),
        turn=load(Slot.TURN, "smart-turn:default"),
    )


class MemoryMessages:
    """Keeps messages for a test to look at."""

    def __init__(self) -> None:
        self.kept: list[MessageRecord] = []

    async def save(self, message: MessageRecord) -> str:
        self.kept.append(message)
        return message.id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """A call before it has begun, and where to look at it."""

    session: CallSession
    caller: CallerAudio
    runner: ToolRunner
    events: list[CallEvent]


def _set_scene(
    snapshot: TenantSnapshot,
    script: Script,
    *,
    engines: CallEngines | None = None,
    language: str | None = "en",
    line: TransferLine | None = None,
    rate_hz: int = RATE_HZ,
    engines_in: EnginesIn | None = None,
    identify: Identify | None = None,
    tools: Sequence[AnyTool] = TOOLS,
    guards: Guards | None = None,
    gates: Callable[[CallGuard, Conversation], Gates] = gates_of,
    consents: Consents | None = None,
) -> _Scene:
    engines = engines or scripted(script)
    events: list[CallEvent] = []

    async def gather(event: CallEvent) -> None:
        events.append(event)

    delivery = EventDelivery([gather])
    context = _tool_context(snapshot, snapshot.language(language or ""), line or NoLine())
    runner = ToolRunner(context, delivery.emit, tools=tools)
    caller = CallerAudio(rate_hz)
    session = CallSession(
        plan=_plan(snapshot, script, language),
        transport=MemoryTransport(caller, engines.tts.rate_hz),
        timeline=Timeline(rate_hz, engines.tts.rate_hz, keep=True),
        engines=engines,
        tools=runner,
        tool_context=context,
        delivery=delivery,
        engines_in=engines_in,
        identify=identify,
        guards=guards,
        gates=gates,
        consents=consents,
    )
    return _Scene(session=session, caller=caller, runner=runner, events=events)


def _plan(snapshot: TenantSnapshot, script: Script, language: str | None) -> CallPlan:
    request = CallRequest(call_id=CALL_ID, channel=script.channel, language=language)
    return replace(resolve(snapshot, request), patience=script.patience)


def _tool_context(snapshot: TenantSnapshot, language: str, line: TransferLine) -> ToolContext:
    return ToolContext(
        snapshot=snapshot,
        language=language,
        now=now,
        line=line,
        messages=MemoryMessages(),
        callbacks=KeptCallbacks(),
        call_id=CALL_ID,
    )


async def _call(
    snapshot: TenantSnapshot, script: Script, act: Any = None, **setting: Any
) -> Outcome:
    scene = _set_scene(snapshot, script, **setting)
    async with asyncio.TaskGroup() as group:
        driving = group.create_task(_drive(scene.session, script, scene.caller, act))
        result = await scene.session.run()
        driving.cancel()
    await scene.runner.close()
    return Outcome(
        disposition=result.disposition,
        duration_s=result.duration_s,
        events=scene.events,
        timeline=result.timeline,
    )


async def _drive(session: CallSession, script: Script, caller: CallerAudio, act: Any) -> None:
    if act is not None:
        await act(session, caller)
    if script.hang_up_s is not None:
        await asyncio.sleep(script.hang_up_s)
        session.hang_up()
    if script.caller:
        turns = [Recording(path=Path("caller"), rate_hz=0, pcm=pcm) for pcm in script.caller]
        manners = Manners(barge_in_ms=script.barge_in_ms)
        await converse(turns, caller, session.conversation, manners)
        session.hang_up()
