"""Keys of a PJSIP telephone, by RFC 4733 and INFO, on calls with scripted engines."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from receptionist.calls.events import TurnEnded
from receptionist.calls.session import CallSession
from receptionist.supervisor import Supervisor
from receptionist.telephony.sip.calls import SipCalls
from receptionist.telephony.sip.contract import EndpointOptions
from receptionist.telephony.sip.endpoint import BaresipEndpoint, opened
from receptionist.telephony.sip.listening import Listening
from tests.e2e import product
from tests.receptionist.telephony.scripted_line import scripted
from tests.receptionist.telephony.sip.phone import Phone, free_port, needs_pjsua, plugged
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module"), needs_pjsua]

REPLY = "We are in Mill Lane, " + "behind the old mill, " * 40 + "on the left."
"""4 s."""
MENU = {"1": "bookings", "9": "message"}
Served = tuple[SipCalls, BaresipEndpoint]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Supervisor]:
    folder = tmp_path_factory.mktemp("line")
    phone = {"menu": MENU}
    async with scripted(
        folder, replies=[REPLY, "Thank you."], reask_after_ms=2000, phone=phone
    ) as supervisor:
        yield supervisor


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(line: Supervisor) -> AsyncGenerator[Served]:
    listening = Listening(port=free_port(), rtp_first=34000, rtp_last=34998)
    async with (
        opened(EndpointOptions(listening=listening, max_calls=20)) as endpoint,
        asyncio.TaskGroup() as group,
    ):
        calls = SipCalls(line, endpoint)
        running = group.create_task(calls.run())
        yield calls, endpoint
        running.cancel()


@asynccontextmanager
async def calling(served: Served, folder: Path) -> AsyncGenerator[Phone]:
    async with plugged(folder, codec="PCMU") as phone:
        await phone.call(served[1].options.listening.uri("demo"))
        await phone.connected()
        yield phone


async def session_of(line: Supervisor) -> CallSession:
    await until(lambda: line.active, 10)
    return next(iter(line.active.values()))


def turns(session: CallSession, speaker: str) -> list[TurnEnded]:
    return [t for t in session.conversation.transcript.turns if t.speaker == speaker]


async def heard(session: CallSession, part: str) -> None:
    """Waits until the caller has been told something."""
    async with asyncio.timeout(25):
        await session.conversation.when(
            lambda: any(part in turn.text for turn in turns(session, "assistant"))
        )


async def test_the_first_key_stops_the_assistant_before_the_number_is_complete(
    line: Supervisor, served: Served, tmp_path: Path
) -> None:
    async with calling(served, tmp_path) as phone:
        session = await session_of(line)
        talk = session.conversation
        await until(lambda: len(turns(session, "assistant")) >= 2, 10)
        await phone.do("keys", keys="5#")
        await until(lambda: talk.assistant_speaking, 10)
        began_s = talk.timeline.now_s
        await until(lambda: talk.timeline.now_s > began_s + 0.5, 10)
        pressed_s = talk.timeline.now_s
        await phone.do("keys", keys="123")
        await heard(session, "Thank you.")
        said = talk.transcript.turns
        await phone.do("hang_up")
        await until(lambda: not len(served[0]), 10)
    cut = next(turn for turn in said if turn.interrupted)
    typed = turns(session, "caller")[-1]
    assert REPLY.startswith(cut.text)
    assert cut.end_s - pressed_s < 0.8
    assert typed.text == "1 2 3"
    assert typed.start_s - cut.end_s > 1.2  # the pause that ends a number


async def test_a_silent_caller_leaves_his_number_with_keys_of_both_kinds(
    line: Supervisor, served: Served, tmp_path: Path
) -> None:
    async with calling(served, tmp_path) as phone:
        session = await session_of(line)
        await heard(session, "be called back, press nine.")
        await phone.do("keys", keys="7")
        await heard(session, "not in the menu")
        await phone.do("info", keys="9")
        await heard(session, "Please type the number")
        for key in "01632960555#":
            await phone.do("info", keys=key)
        await heard(session, "Press one for yes")
        await phone.do("keys", keys="1")
        await phone.over()
        await until(lambda: not len(served[0]), 10)
    kept = await product.kept(line.settings, session.plan.call_id)
    assert (kept.channel, kept.disposition) == ("sip", "completed")
    assert kept.turns[-1].text.startswith("Thank you for calling")
    assert [run.outcome for run in kept.tools] == ["confirm", "noted"]
