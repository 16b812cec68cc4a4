"""A whole call on the virtual clock: real pipeline, real voice activity, scripted engines."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from eval.clock import run_virtual
from providers.contracts import Engine, LoadContext, TurnEngine, VADEngine
from providers.fakes import FakeLLM, FakeSTT, FakeTTS
from providers.spec import ProviderSpec
from providers.tts.cache import PhraseCache
from providers.turn.smart_turn import SmartTurn
from providers.vad.silero import SileroVAD
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import CallEvent, Disposition, TurnEnded
from receptionist.calls.pipeline import CallEngines
from receptionist.calls.plan import CallPlan, CallRequest, resolve
from receptionist.calls.session import CallSession
from receptionist.calls.timeline import Timeline
from receptionist.telephony.memory import CallerAudio, MemoryTransport
from receptionist.telephony.recording import Manners, Recording, converse
from receptionist.tenants.config import Patience
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import NoLine, ToolContext

RATE_HZ = 16_000
Ev = TypeVar("Ev")


class _NoModels:
    def folder(self, name: str) -> Any:
        raise AssertionError(f"a scripted call asked for model {name!r}")


def _no_embedder(spec: ProviderSpec) -> Any:
    raise AssertionError(f"a scripted call asked for {spec.id!r}")


def _loaded(engine: type[Engine], **script: Any) -> Any:
    context = LoadContext(
        models=_NoModels(),
        secret=lambda _provider, _reference: "",
        threads=1,
        phrases=PhraseCache(None, 0),
        embedder=_no_embedder,
    )
    return engine.load(ProviderSpec(id="fake:scripted", settings=script), context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the engines do and the caller says."""

    caller: Sequence[bytes] = ()
    heard: Sequence[str] = ()
    replies: Sequence[Any] = ()
    stt: dict[str, Any] | None = None
    llm: dict[str, Any] | None = None
    tts: dict[str, Any] | None = None
    patience: Patience = Patience()
    barge_in_ms: int | None = None
    hang_up_s: float | None = None


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


def simulate(snapshot: TenantSnapshot, script: Script, **session: Any) -> Outcome:
    """Runs one call to its end."""
    return run_virtual(_call(snapshot, script, **session))


async def _call(
    snapshot: TenantSnapshot, script: Script, act: Any = None, ending: bool = False
) -> Outcome:
    plan: CallPlan = resolve(snapshot, CallRequest(call_id="c1", channel="recording"))
    plan = replace(plan, patience=script.patience)
    vad: VADEngine = _loaded(SileroVAD)
    turn: TurnEngine = _loaded(SmartTurn)
    engines = CallEngines(
        stt=_loaded(FakeSTT, **({"transcripts": script.heard, "delay_ms": 100} | (script.stt or {}))),
        tts=_loaded(FakeTTS, **({"delay_ms": 30} | (script.tts or {}))),
        llm=_loaded(FakeLLM, **({"replies": script.replies, "ttft_ms": 50} | (script.llm or {}))),
        vad=vad,
        turn=turn,
    )
    events: list[CallEvent] = []

    async def gather(event: CallEvent) -> None:
        events.append(event)

    context = ToolContext(
        snapshot=snapshot, language="en", now=lambda: None, line=NoLine(), messages=None  # type: ignore[arg-type]
    )
    context.ending = ending
    caller = CallerAudio(RATE_HZ)
    session = CallSession(
        plan=plan,
        transport=MemoryTransport(caller, RATE_HZ),
        timeline=Timeline(RATE_HZ, RATE_HZ, keep=True),
        engines=engines,
        tools=[],
        tool_context=context,
        delivery=EventDelivery([gather]),
    )
    async with asyncio.TaskGroup() as group:
        driving = group.create_task(_drive(session, script, caller, act))
        result = await session.run()
        driving.cancel()
    return Outcome(
        disposition=result.disposition,
        duration_s=result.duration_s,
        events=events,
        timeline=result.timeline,
    )


async def _drive(session: CallSession, script: Script, caller: CallerAudio, act: Any) -> None:
    if act is not None:
        await act(session, caller)
    if script.hang_up_s is not None:
        await asyncio.sleep(script.hang_up_s)
        session.hang_up()
    if script.caller:
        turns = [Recording(path=None, rate_hz=RATE_HZ, pcm=pcm) for pcm in script.caller]  # type: ignore[arg-type]
        manners = Manners(barge_in_ms=script.barge_in_ms)
        await converse(turns, caller, session.conversation, manners)
        session.hang_up()
