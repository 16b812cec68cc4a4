"""Callers over SIP, from INVITE to BYE, with scripted engines; all else is real."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from receptionist.calls.events import Disposition, TurnEnded
from receptionist.calls.session import CallSession
from receptionist.supervisor import Supervisor
from receptionist.telephony.sip.calls import SipCalls
from receptionist.telephony.sip.contract import EndpointOptions
from receptionist.telephony.sip.endpoint import BaresipEndpoint, opened
from receptionist.telephony.sip.listening import Listening
from tests.e2e import product
from tests.receptionist.telephony.scripted_line import scripted
from tests.receptionist.telephony.sip.phone import Phone, Sound, free_port, needs_pjsua, plugged
from tests.receptionist.telephony.sip.wire import SDP, Dialog, wired

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module"), needs_pjsua]

REPLY = "We are in Mill Lane, " + "behind the old mill, " * 15 + "on the left."
"""A scripted voice takes 5 ms for a character: 1.7 s."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Supervisor]:
    folder = tmp_path_factory.mktemp("line")
    async with scripted(
        folder, heard=["Where are you?"], replies=[REPLY] * 20, media_lost_ms=1500
    ) as supervisor:
        yield supervisor


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(line: Supervisor) -> AsyncGenerator[tuple[SipCalls, BaresipEndpoint]]:
    listening = Listening(port=free_port(), rtp_first=34000, rtp_last=34998)
    async with (
        opened(EndpointOptions(listening=listening, max_calls=20)) as endpoint,
        asyncio.TaskGroup() as group,
    ):
        calls = SipCalls(line, endpoint)
        running = group.create_task(calls.run())
        yield calls, endpoint
        running.cancel()


Served = tuple[SipCalls, BaresipEndpoint]


@asynccontextmanager
async def calling(served: Served, folder: Path, **how: str) -> AsyncGenerator[Phone]:
    async with plugged(folder, codec=how.get("codec", "PCMU")) as phone:
        await phone.call(served[1].options.listening.uri(how.get("user", "demo")))
        yield phone


async def until(holds: Callable[[], object]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{holds} does not come true")


async def session_of(line: Supervisor) -> CallSession:
    await until(lambda: line.active)
    return next(iter(line.active.values()))


def turns(session: CallSession, speaker: str) -> list[TurnEnded]:
    return [t for t in session.conversation.transcript.turns if t.speaker == speaker]


@pytest.mark.parametrize("codec", ["PCMU", "G722"])
async def test_a_caller_is_greeted_hears_it_and_the_call_is_kept(
    line: Supervisor, served: Served, tmp_path: Path, codec: str
) -> None:
    async with calling(served, tmp_path, codec=codec) as phone:
        await phone.connected()
        session = await session_of(line)
        await until(lambda: len(turns(session, "assistant")) >= 2)
        said = turns(session, "assistant")
        await phone.do("hang_up")
        await phone.over()
        await until(lambda: not len(served[0]))
    kept = await product.kept(line.settings, session.plan.call_id)
    heard = Sound.recorded(phone.recording)
    assert (kept.channel, kept.disposition) == ("sip", "caller_hung_up")
    assert "automated assistant" in said[0].text
    # Scripted voices take 5 ms for a character; what is told as heard was heard.
    assert heard.active_s == pytest.approx(sum(len(t.text) for t in said) * 0.005, abs=0.3)


async def test_a_key_is_a_turn_of_the_caller_and_is_answered(
    line: Supervisor, served: Served, tmp_path: Path
) -> None:
    async with calling(served, tmp_path) as phone:
        await phone.connected()
        session = await session_of(line)
        await until(lambda: len(turns(session, "assistant")) >= 2)
        await phone.do("keys", keys="5#")
        await until(lambda: any(t.text == REPLY for t in turns(session, "assistant")))
        assert turns(session, "caller")
        await phone.do("hang_up")
        await until(lambda: not len(served[0]))


async def test_an_answer_that_is_interrupted_stops_and_only_what_was_heard_is_told(
    line: Supervisor, served: Served, tmp_path: Path
) -> None:
    async with calling(served, tmp_path) as phone:
        await phone.connected()
        session = await session_of(line)
        await until(lambda: len(turns(session, "assistant")) >= 2)
        await phone.do("keys", keys="5#")
        await until(lambda: session.conversation.assistant_speaking)
        began_s = session.conversation.timeline.now_s
        await until(lambda: session.conversation.timeline.now_s > began_s + 0.5)
        await session.keys.take("6")
        await until(lambda: any(t.text == REPLY for t in turns(session, "assistant")))
        said = turns(session, "assistant")
        await phone.do("hang_up")
        await phone.over()
        await until(lambda: not len(served[0]))
    cut = next(turn for turn in said if turn.interrupted)
    assert 0 < len(cut.text) < len(REPLY) * 0.8
    told_s = sum(turn.end_s - turn.start_s for turn in said)
    assert Sound.recorded(phone.recording).active_s == pytest.approx(told_s, abs=0.35)


async def test_a_caller_who_vanishes_is_missed_and_the_line_is_free(
    line: Supervisor, served: Served, tmp_path: Path
) -> None:
    async with calling(served, tmp_path) as phone:
        await phone.connected()
        session = await session_of(line)
        await until(lambda: session.conversation.timeline.now_s > 0.5)
        phone.process.kill()
        await until(lambda: not len(served[0]))
    kept = await product.kept(line.settings, session.plan.call_id)
    assert kept.disposition == "media_lost"


async def test_the_assistant_hangs_up_after_its_last_words(
    line: Supervisor, served: Served, tmp_path: Path
) -> None:
    async with calling(served, tmp_path) as phone:
        await phone.connected()
        session = await session_of(line)
        await until(lambda: len(turns(session, "assistant")) >= 2)
        await session.close_with("shutdown", Disposition.COMPLETED)
        await phone.over()
        await until(lambda: not len(served[0]))
    last = turns(session, "assistant")[-1]
    assert not last.interrupted
    assert Sound.recorded(phone.recording).active_s > len(last.text) * 0.005


async def test_nobody_is_called_so_is_said(served: Served, tmp_path: Path) -> None:
    async with calling(served, tmp_path, user="nobody-here") as phone:
        assert (await phone.over())["code"] == 404


async def test_callers_beyond_the_lines_are_told_when_to_call_again(
    line: Supervisor, served: Served
) -> None:
    port = served[1].options.listening.port
    async with wired(port) as wire:
        dialogs = [Dialog(wire=wire) for _ in range(3)]
        replies = [await dialog.invite() for dialog in dialogs]
        for dialog in dialogs[:2]:
            dialog.acknowledge()
        assert [reply.status for reply in replies] == [200, 200, 503]
        assert int(replies[2].headers["retry-after"]) > 0
        await until(lambda: len(line.active) == 2)
        for dialog in dialogs[:2]:
            dialog.again()
            wire.send(dialog.request("BYE"))
        await until(lambda: not len(served[0]))


async def test_a_canary_is_answered_and_nothing_of_it_is_kept(
    line: Supervisor, served: Served
) -> None:
    async with wired(served[1].options.listening.port) as wire:
        dialog = Dialog(wire=wire, user="canary")
        assert (await dialog.invite()).status == 200
        dialog.acknowledge()
        dialog.again()
        assert not line.active
        wire.send(dialog.request("BYE"))
        assert (await wire.final()).status == 200
        await until(lambda: not len(served[0]))


async def test_callers_are_answered_within_50_ms(line: Supervisor, served: Served) -> None:
    loop = asyncio.get_running_loop()
    waits_s: list[float] = []
    async with wired(served[1].options.listening.port) as wire:
        for _ in range(30):
            dialog = Dialog(wire=wire)
            began_s = loop.time()
            wire.send(dialog.request("INVITE", SDP))
            reply = await wire.final()
            waits_s.append(loop.time() - began_s)
            assert reply.status == 200
            dialog.answered(reply)
            dialog.acknowledge()
            dialog.again()
            wire.send(dialog.request("BYE"))
            await wire.final()
            await until(lambda: not len(served[0]))
    assert sorted(waits_s)[len(waits_s) // 2] < 0.05
