"""One scripted voice call through the whole product, to be run on a virtual clock.

Real are the pipeline, voice activity, end of turn, the recogniser, the brain and its tools; a call
takes no time but what is said, so it comes out the same on a fast machine and on a loaded one. The
caller's voice crosses an 8 kHz mu-law line. What is kept is kept in memory.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from eval.voice_calls_script import MOST_TURNS, Caller, ScriptedCall, Scripts
from receptionist.appointments.calendar import MemoryCalendar
from receptionist.appointments.diary import Diary
from receptionist.callbacks.records import CallbackRecord
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import (
    CallEvent,
    Disposition,
    LanguageSwitched,
    LatencyMeasured,
    ToolFinished,
    TurnEnded,
)
from receptionist.calls.language import Identify
from receptionist.calls.pipeline import CallEngines
from receptionist.calls.plan import CallRequest, resolve
from receptionist.calls.session import CallSession
from receptionist.calls.speech import EnginesIn
from receptionist.calls.timeline import Timeline
from receptionist.guard.contract import Guards
from receptionist.messages.records import MessageRecord
from receptionist.telephony.memory import CallerAudio, MemoryTransport
from receptionist.telephony.recording import Manners, Recording, converse
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import ToolContext, TransferOutcome
from receptionist.tools.lines import ScriptedLine
from receptionist.tools.registry import ToolRunner, offered

RATE_HZ = 8000
Voice = Callable[[str], bytes]
"""Returns what the caller says as s16le @ RATE_HZ."""


class KeptMessages:
    """Keeps messages in memory."""

    def __init__(self) -> None:
        self.kept: list[MessageRecord] = []

    async def save(self, message: MessageRecord) -> str:
        """Keeps `message`."""
        self.kept.append(message)
        return message.id


class KeptCallbacks:
    """Keeps callbacks in memory."""

    def __init__(self) -> None:
        self.kept: list[CallbackRecord] = []

    async def save(self, callback: CallbackRecord) -> str:
        """Keeps `callback`."""
        self.kept.append(callback)
        return callback.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the calls of one language share.

    Attributes:
        snapshot: The tenant.
        engines: Loaded for the language.
        engines_in: Returns those of another language, should a call go over to it.
        identify: Tells the language of a text.
        language: Of the calls.
        now: The moment every call begins.
        guards: Judge what is said; None lets everything through.
    """

    snapshot: TenantSnapshot
    engines: CallEngines
    engines_in: EnginesIn
    identify: Identify
    language: str
    now: datetime
    guards: Guards | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A call that is over.

    Attributes:
        call: The script.
        said: What the caller said, turn by turn.
        turns: What both sides were heard to say, as the record of the call has it.
        tools: What the assistant did.
        rung: Ids of those who were rung.
        messages: Kept.
        callbacks: Kept.
        calendars: By id.
        switches: Languages the call went over to.
        disposition: How it ended.
        duration_s: How long it lasted.
        waits: How long the caller waited for each answer.
    """

    call: ScriptedCall
    said: Sequence[str]
    turns: Sequence[TurnEnded]
    tools: Sequence[ToolFinished]
    rung: Sequence[str]
    messages: Sequence[MessageRecord]
    callbacks: Sequence[CallbackRecord]
    calendars: Mapping[str, MemoryCalendar]
    switches: Sequence[str]
    disposition: Disposition
    duration_s: float
    waits: Sequence[LatencyMeasured] = ()


async def place(office: Office, scripts: Scripts, call: ScriptedCall, voice: Voice) -> Placed:
    """Returns what came of `call`. Run it on a virtual clock."""
    snapshot = office.snapshot
    messages, callbacks = KeptMessages(), KeptCallbacks()
    outcome = TransferOutcome(call.line) if call.line else TransferOutcome.UNREACHABLE
    line = ScriptedLine(outcome)
    calendars = {one.id: MemoryCalendar() for one in snapshot.config.appointments.calendars}
    context = ToolContext(
        snapshot=snapshot,
        language=office.language,
        now=lambda: office.now,
        line=line,
        messages=messages,
        callbacks=callbacks,
        diary=_diary(snapshot, calendars),
        call_id=f"{office.language}-{call.id}",
    )
    events: list[CallEvent] = []
    result, said = await _talk(office, context, events, Caller(scripts, call), voice)
    return Placed(
        call=call,
        said=said,
        turns=[event for event in events if isinstance(event, TurnEnded)],
        tools=[event for event in events if isinstance(event, ToolFinished)],
        rung=line.rung,
        messages=messages.kept,
        callbacks=callbacks.kept,
        calendars=calendars,
        switches=[event.language for event in events if isinstance(event, LanguageSwitched)],
        waits=[event for event in events if isinstance(event, LatencyMeasured)],
        disposition=result[0],
        duration_s=round(result[1], 1),
    )


def _diary(snapshot: TenantSnapshot, calendars: Mapping[str, MemoryCalendar]) -> Diary:
    appointments = snapshot.config.appointments
    return Diary(
        calendars,
        lambda calendar: snapshot.hours_of(
            snapshot.destination(appointments.calendar(calendar).of or "")
        ),
    )


async def _talk(
    office: Office,
    context: ToolContext,
    events: list[CallEvent],
    person: Caller,
    voice: Voice,
) -> tuple[tuple[Disposition, float], list[str]]:
    async def gather(event: CallEvent) -> None:
        events.append(event)

    delivery = EventDelivery([gather])
    runner = ToolRunner(context, delivery.emit, tools=offered(office.snapshot))
    request = CallRequest(call_id=context.call_id, channel="recording", language=office.language)
    audio = CallerAudio(RATE_HZ)
    rate_out_hz = office.engines.tts.rate_hz
    session = CallSession(
        plan=resolve(office.snapshot, request),
        transport=MemoryTransport(audio, rate_out_hz),
        timeline=Timeline(RATE_HZ, rate_out_hz),
        engines=office.engines,
        tools=runner,
        tool_context=context,
        delivery=delivery,
        engines_in=office.engines_in,
        identify=office.identify,
        guards=office.guards,
    )
    said: list[str] = []
    async with asyncio.TaskGroup() as group:
        driving = group.create_task(_drive(session, audio, person, voice, events, said))
        result = await session.run()
        driving.cancel()
    await runner.close()
    return (result.disposition, result.duration_s), said


async def _drive(
    session: CallSession,
    audio: CallerAudio,
    person: Caller,
    voice: Voice,
    events: Sequence[CallEvent],
    said: list[str],
) -> None:
    """Speaks whenever it is the caller's turn, and hangs up when he has nothing more to say."""
    seen = 0
    text = person.says("", ())
    while text and len(said) < MOST_TURNS:
        said.append(text)
        turn = Recording(path=Path("caller"), rate_hz=RATE_HZ, pcm=voice(text))
        await converse([turn], audio, session.conversation, Manners())
        new, seen = events[seen:], len(events)
        heard = [
            event.text
            for event in new
            if isinstance(event, TurnEnded) and event.speaker == "assistant"
        ]
        done = [event for event in new if isinstance(event, ToolFinished)]
        text = person.says(" ".join(heard[1:] if len(said) == 1 else heard), done)
    session.hang_up()
