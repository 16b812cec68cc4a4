"""A whole call made of recordings."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from receptionist.calls.events import CallSink
from receptionist.calls.plan import CallRequest
from receptionist.calls.session import CallResult, CallSession
from receptionist.calls.timeline import Timeline
from receptionist.supervisor import Supervisor, new_call_id
from receptionist.telephony.memory import CallerAudio, MemoryTransport
from receptionist.telephony.recording import Manners, Recording, converse
from receptionist.tools.contract import TransferLine

Drive = Callable[[CallSession, CallerAudio], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """What is said on a call, and how.

    Attributes:
        turns: The caller's turns; all at one rate.
        language: ISO 639-1 language asked for; None is the tenant's first.
        manners: When the caller speaks.
        line: The way to a person.
        keep: Keep the audio of both sides.
    """

    turns: Sequence[Recording]
    language: str | None = None
    manners: Manners = field(default_factory=Manners)
    line: TransferLine | None = None
    keep: bool = False


async def place(
    supervisor: Supervisor, call: RecordedCall, sinks: Sequence[CallSink]
) -> CallResult:
    """Calls, says every turn when the last was answered, and hangs up.

    Raises:
        BusyError: all lines are taken.
    """

    async def talk(session: CallSession, caller: CallerAudio) -> None:
        await converse(call.turns, caller, session.conversation, call.manners)
        session.hang_up()

    return await driven(supervisor, call.turns[0].rate_hz, talk, call, sinks)


async def driven(
    supervisor: Supervisor,
    rate_hz: int,
    drive: Drive,
    call: RecordedCall,
    sinks: Sequence[CallSink] = (),
) -> CallResult:
    """Runs a call whose caller is `drive`, at `rate_hz`."""
    request = CallRequest(call_id=new_call_id(), channel="recording", language=call.language)
    plan = supervisor.plan(request)
    caller = CallerAudio(rate_hz)
    timeline = Timeline(rate_hz, supervisor.rate_out_hz(plan), keep=call.keep)
    transport = MemoryTransport(caller, timeline.rate_out_hz)
    async with asyncio.TaskGroup() as group:
        driving: list[asyncio.Task[None]] = []

        def ready(session: CallSession) -> None:
            driving.append(group.create_task(drive(session, caller), name="caller"))

        result = await supervisor.answer(
            plan, transport, timeline, sinks=sinks, line=call.line, ready=ready
        )
        for task in driving:
            task.cancel()
    return result
