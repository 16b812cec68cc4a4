import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from receptionist.calls.events import Disposition
from receptionist.calls.plan import CallRequest
from receptionist.calls.session import CallResult, CallSession
from receptionist.errors import BusyError
from receptionist.supervisor import Supervisor
from receptionist.telephony.memory import CallerAudio
from receptionist.telephony.recorded_call import RecordedCall, driven
from receptionist.tools.contract import TransferLine, TransferOutcome
from receptionist.tools.lines import ScriptedLine
from tests.receptionist.telephony.scripted_line import scripted

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="function")]


@pytest_asyncio.fixture
async def process(tmp_path: Path) -> AsyncGenerator[Supervisor]:
    async with scripted(tmp_path) as supervisor:
        yield supervisor


@asynccontextmanager
async def calling(
    process: Supervisor, line: TransferLine | None = None
) -> AsyncGenerator[tuple[asyncio.Task[CallResult], asyncio.Event]]:
    """Yields a call that has been greeted, and what makes its caller hang up."""
    greeted, bored = asyncio.Event(), asyncio.Event()

    async def wait(session: CallSession, caller: CallerAudio) -> None:
        del caller
        await session.conversation.when(lambda: session.conversation.callers_turn)
        greeted.set()
        await bored.wait()
        session.hang_up()

    call = asyncio.create_task(driven(process, 8000, wait, RecordedCall(turns=(), line=line), ()))
    async with asyncio.timeout(20):
        await greeted.wait()
    yield call, bored
    await call


async def test_who_is_left_when_the_time_is_up_is_put_through(process: Supervisor) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    async with calling(process, line) as (call, _):
        await process.drain(0)
        assert (await call).disposition is Disposition.TRANSFERRED
    assert line.rung == [process.snapshot.escalation.id]


async def test_who_cannot_be_put_through_hears_a_goodbye(process: Supervisor) -> None:
    async with calling(process) as (call, _):
        await process.drain(0)
        assert not call.done()
        await process.close()
        assert (await call).disposition is Disposition.SHUTDOWN


async def test_calls_go_on_and_no_new_one_is_taken(process: Supervisor) -> None:
    async with calling(process) as (call, bored):
        draining = asyncio.create_task(process.drain(600))
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="shutting down"):
            process.plan(CallRequest(call_id="late", channel="text"))
        assert not call.done()
        bored.set()
        await draining
        assert not process.active
        assert (await call).disposition is Disposition.CALLER_HUNG_UP
