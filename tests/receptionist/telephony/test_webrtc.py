import asyncio
import gc
import os
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from eval.speech import CallerVoices
from receptionist.errors import BusyError, OfferError
from receptionist.supervisor import Supervisor
from receptionist.telephony.browser import BrowserCalls
from receptionist.telephony.webrtc import BrowserConnection
from tests.e2e import product
from tests.receptionist.telephony.browser_peer import BrowserPeer
from tests.receptionist.telephony.scripted_line import scripted
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

REPLY = "We are in Mill Lane."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("line")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(folder: Path) -> AsyncGenerator[Supervisor]:
    async with scripted(
        folder, heard=["Where are you?"], replies=[REPLY], media_lost_ms=1500
    ) as supervisor:
        yield supervisor


@asynccontextmanager
async def serving(supervisor: Supervisor, connect_s: float = 10) -> AsyncGenerator[BrowserCalls]:
    async with asyncio.TaskGroup() as group:
        calls = BrowserCalls(supervisor, group, connect_s=connect_s)
        yield calls
        calls.close()


@asynccontextmanager
async def calling(calls: BrowserCalls) -> AsyncGenerator[BrowserPeer]:
    async with BrowserPeer() as browser:
        answer = await calls.answer(await browser.offer(), "en")
        await browser.connect(answer.sdp)
        yield browser


async def ended(calls: BrowserCalls, browser: BrowserPeer) -> str:
    disposition: str = (await browser.told("call_ended"))["disposition"]
    await nothing_left(calls)
    return disposition


async def kept_disposition(line: Supervisor, call_id: str) -> str:
    """Returns how a call ended, once that is written: it is, beside the call that is over."""
    return (await product.kept(line.settings, call_id)).disposition


async def nothing_left(calls: BrowserCalls) -> None:
    await until(lambda: not len(calls), 5)


async def test_caller_is_greeted_and_hears_it(line: Supervisor) -> None:
    async with serving(line) as calls, calling(calls) as browser:
        started = await browser.told("call_started", tenant="demo", channel="browser")
        disclosure = await browser.told("turn_ended", speaker="assistant", index=0)
        await browser.told("turn_ended", speaker="assistant", index=1)
        browser.send({"type": "hang_up"})
        assert await ended(calls, browser) == "caller_hung_up"
    assert started["language"] == "en"
    assert "automated assistant" in disclosure["text"]
    said_s = sum(len(m["text"]) for m in browser.messages if m["type"] == "turn_ended") * 0.005
    assert browser.loud_s == pytest.approx(said_s, abs=0.25)


async def test_spoken_question_is_heard_and_answered_and_the_wait_is_told(
    line: Supervisor, voices: CallerVoices
) -> None:
    question = voices.say("hibari:default", "Where are you?", rate_hz=16_000)
    async with (
        serving(line) as calls,
        calling(calls) as browser,
    ):
        await browser.told("turn_ended", index=1)
        browser.microphone.say(question)
        asked = await browser.told("turn_ended", speaker="caller")
        waited = await browser.told("latency_measured", turn=asked["index"])
        answered = await browser.told("turn_ended", index=asked["index"] + 1)
        browser.send({"type": "hang_up"})
        await ended(calls, browser)
    assert asked["text"] == "Where are you?"
    assert answered["text"] == REPLY
    assert 100 < waited["voice_to_voice_ms"] < 4000


async def test_written_words_are_a_turn_of_the_caller(line: Supervisor) -> None:
    async with (
        serving(line) as calls,
        calling(calls) as browser,
    ):
        await browser.told("turn_ended", index=1)
        browser.send({"type": "text", "text": " Where are you? "})
        asked = await browser.told("turn_ended", speaker="caller")
        answered = await browser.told("turn_ended", index=asked["index"] + 1)
        browser.send({"type": "hang_up"})
        await ended(calls, browser)
    assert (asked["text"], answered["text"]) == ("Where are you?", REPLY)


async def test_keys_are_heard_as_digits(line: Supervisor) -> None:
    async with (
        serving(line) as calls,
        calling(calls) as browser,
    ):
        await browser.told("turn_ended", index=1)
        for key in "472#":
            browser.send({"type": "dtmf", "digit": key})
        typed = await browser.told("turn_ended", speaker="caller")
        answered = await browser.told("turn_ended", index=typed["index"] + 1)
        browser.send({"type": "hang_up"})
        await ended(calls, browser)
    assert (typed["text"], answered["text"]) == ("4 7 2", REPLY)


async def test_lone_zero_asks_for_a_person(line: Supervisor) -> None:
    async with (
        serving(line) as calls,
        calling(calls) as browser,
    ):
        await browser.told("turn_ended", index=1)
        browser.send({"type": "dtmf", "digit": "0"})
        browser.send({"type": "dtmf", "digit": "#"})
        asked = await browser.told("turn_ended", speaker="caller")
        browser.send({"type": "hang_up"})
        await ended(calls, browser)
    assert "person" in asked["text"]


async def test_messages_that_are_none_change_nothing(line: Supervisor) -> None:
    async with serving(line) as calls, calling(calls) as browser:
        await browser.told("turn_ended", index=0)
        for message in (
            "not json",
            "[1]",
            {"type": "dtmf", "digit": "12"},
            {"type": "text", "text": " "},
            {"type": "text", "text": "x" * 501},
            {"type": "hang_up", "now": True},
            {"type": "reboot"},
        ):
            browser.send(message)
        for _ in range(200):
            browser.send({"type": "dtmf", "digit": "#"})
        await browser.told("turn_ended", index=1)
        assert len(calls) == 1
        browser.send({"type": "hang_up"})
        await ended(calls, browser)
    assert not any(m["type"] == "turn_ended" and m["speaker"] == "caller" for m in browser.messages)


async def test_closed_tab_is_a_caller_who_hung_up(line: Supervisor) -> None:
    async with serving(line) as calls:
        async with calling(calls) as browser:
            await browser.told("assistant_speaks")
            call_id = (await browser.told("call_started"))["call_id"]
        await nothing_left(calls)
        assert not line.active
    assert await kept_disposition(line, call_id) == "caller_hung_up"


async def test_browser_that_falls_silent_is_given_up(line: Supervisor) -> None:
    async with (
        serving(line) as calls,
        calling(calls) as browser,
    ):
        await browser.told("assistant_speaks")
        browser.stop_sending()
        assert await ended(calls, browser) == "media_lost"


async def test_browser_that_vanishes_is_missed_within_five_seconds(tmp_path: Path) -> None:
    async with scripted(tmp_path) as own, serving(own) as calls, calling(calls) as browser:
        await browser.told("assistant_speaks")
        call_id = (await browser.told("call_started"))["call_id"]
        browser.vanish()
        await nothing_left(calls)
        assert await kept_disposition(own, call_id) == "media_lost"


async def test_browser_that_never_connects_is_forgotten(line: Supervisor) -> None:
    async with (
        serving(line, connect_s=0.05) as calls,
        BrowserPeer() as browser,
    ):
        await calls.answer(await browser.offer(), None)
        assert len(calls) == 1
        await nothing_left(calls)
        assert not line.active


async def test_further_caller_is_told_that_all_lines_are_busy(line: Supervisor) -> None:
    async with serving(line) as calls, BrowserPeer() as browser:
        offer = await browser.offer()
        outcomes = await asyncio.gather(
            *(calls.answer(offer, None) for _ in range(3)), return_exceptions=True
        )
        refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        assert [type(refusal) for refusal in refused] == [BusyError]


async def test_shutdown_says_its_line_and_tells_the_page(tmp_path: Path) -> None:
    async with scripted(tmp_path) as own, serving(own) as calls, calling(calls) as browser:
        await browser.told("turn_ended", index=1)
        await own.close()
        assert (await browser.told("call_ended"))["disposition"] == "shutdown"
        with pytest.raises(BusyError):
            await calls.answer("v=0", None)
    assert "close" in [m["text"] for m in browser.messages if m["type"] == "assistant_speaks"][-1]


async def test_ten_calls_two_at_a_time_leave_nothing_behind(line: Supervisor) -> None:
    async with serving(line) as calls:

        async def call() -> None:
            async with calling(calls) as browser:
                await browser.told("assistant_speaks")
            await nothing_left(calls)

        await call()
        async with nothing_kept():
            for _ in range(5):
                await asyncio.gather(call(), call())


@asynccontextmanager
async def nothing_kept() -> AsyncGenerator[None]:
    """Once the loop has finished what was begun in the block, no more is held than before."""
    busy, connections = held(), connected()
    yield
    await until(lambda: all(now <= then for now, then in zip(held(), busy, strict=True)), 5)
    assert connected() <= connections


def held() -> tuple[int, int, int]:
    """Tasks, threads that decode and open files."""
    decoders = [thread for thread in threading.enumerate() if "decoder" in thread.name]
    return len(asyncio.all_tasks()), len(decoders), len(os.listdir("/proc/self/fd"))


def connected() -> int:
    """Live connections; looking for them takes seconds where much else lives."""
    gc.collect()
    return sum(type(found) is BrowserConnection for found in gc.get_objects())


@pytest.mark.parametrize(
    "sdp",
    [
        "garbage",
        "v=0",
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio x y z\r\na=rtpmap:\r\n",
        "m=" * 20_000,
        "\0\ud7ff€" * 100,
    ],
)
async def test_offer_that_cannot_be_read_is_refused_and_freed(sdp: str) -> None:
    async with nothing_kept():
        with pytest.raises(OfferError):
            await BrowserConnection.answering(sdp)
