"""Calls that nobody confirms with an ACK give their lines to whoever calls."""

import asyncio
from pathlib import Path

import pytest

from receptionist.telephony.sip.calls import SipCalls
from receptionist.telephony.sip.contract import EndpointOptions, SipCall
from receptionist.telephony.sip.endpoint import opened
from receptionist.telephony.sip.listening import Listening
from tests.receptionist.telephony.scripted_line import scripted
from tests.receptionist.telephony.sip.answers_all import answering, is_answered
from tests.receptionist.telephony.sip.on_the_line import until
from tests.receptionist.telephony.sip.phone import free_port
from tests.receptionist.telephony.sip.wire import SDP, Dialog, Wire, wired

pytestmark = pytest.mark.integration

LINES = 16
LATE_ACK_S = "receptionist.telephony.sip.lines.LATE_ACK_S"


async def unconfirmed(wire: Wire, count: int) -> list[Dialog]:
    """Places calls that are answered, and sends no ACK for them."""
    dialogs = [Dialog(wire=wire) for _ in range(count)]
    for dialog in dialogs:
        assert (await dialog.invite()).status == 200
    return dialogs


def unfinished(calls: list[SipCall]) -> list[SipCall]:
    return [call for call in calls if not call.closed.is_set()]


async def test_a_caller_is_answered_who_comes_when_nobody_has_confirmed_the_calls_on_all_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LATE_ACK_S, 0.2)
    loop = asyncio.get_running_loop()
    async with answering(LINES) as (endpoint, wire, calls):
        await unconfirmed(wire, LINES)
        assert (await Dialog(wire=wire).invite()).status == 486
        async with wired(endpoint.options.listening.port) as another:
            began_s = loop.time()
            while not await is_answered(another):
                assert loop.time() - began_s < 2, "they are given up after 8 s in any case"
        assert calls[0].closed.is_set()
        assert not calls[LINES - 1].closed.is_set()


async def test_a_flood_of_calls_that_nobody_confirms_keeps_no_caller_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LATE_ACK_S, 0.05)
    loop = asyncio.get_running_loop()
    async with (
        answering(LINES) as (endpoint, wire, _),
        wired(endpoint.options.listening.port) as another,
    ):
        for _ in range(10):
            await unconfirmed(wire, 5)
            began_s = loop.time()
            assert await is_answered(another)
            assert loop.time() - began_s < 2, "they are given up after 8 s in any case"
            await until(endpoint.make_room)


async def test_the_call_that_has_waited_longest_goes_first_and_none_before_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with answering() as (endpoint, wire, calls):
        await unconfirmed(wire, 3)
        assert not endpoint.make_room()
        monkeypatch.setattr(LATE_ACK_S, 0.0)
        for oldest in calls:
            assert unfinished(calls)[0] is oldest
            assert endpoint.make_room()
            await until(oldest.closed.is_set)
        assert not endpoint.make_room()
        assert (await endpoint.health()).calls == 0


async def test_a_caller_whose_ack_comes_late_keeps_his_line_however_many_call() -> None:
    async with answering(LINES) as (endpoint, wire, calls):
        slow = Dialog(wire=wire)
        assert (await slow.invite()).status == 200
        async with wired(endpoint.options.listening.port) as others:
            loop = asyncio.get_running_loop()
            until_s = loop.time() + 0.3
            while loop.time() < until_s:
                others.send(Dialog(wire=others).request("INVITE"))
                await others.final()
            assert not calls[0].closed.is_set()
            slow.acknowledge()
            await until(lambda: bool(calls[0].rate_hz))
            while not await is_answered(others):
                pass
        assert not calls[0].closed.is_set()


async def test_a_caller_who_does_not_confirm_that_it_rings_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LATE_ACK_S, 0.0)
    async with answering() as (endpoint, wire, calls):
        text = Dialog(wire=wire).request("INVITE", SDP)
        wire.send(text.replace("Max-Forwards", "Require: 100rel\r\nMax-Forwards"))
        await until(lambda: bool(calls))  # our 180 waits for his PRACK, and the answer for that
        await until(endpoint.make_room)
        await asyncio.wait_for(calls[0].closed.wait(), 2)
        assert (await endpoint.health()).calls == 0


async def test_a_confirmed_call_never_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LATE_ACK_S, 0.0)
    async with answering() as (endpoint, wire, calls):
        (dialog,) = await unconfirmed(wire, 1)
        dialog.acknowledge()
        await until(lambda: bool(calls[0].rate_hz))
        assert not endpoint.make_room()
        assert not calls[0].closed.is_set()


async def test_an_unconfirmed_call_on_the_only_line_of_the_assistant_gives_way_to_a_caller(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(LATE_ACK_S, 0.2)
    listening = Listening(port=free_port(), rtp_first=34000, rtp_last=34998)
    loop = asyncio.get_running_loop()
    async with (
        scripted(tmp_path, max_calls=1) as supervisor,
        opened(EndpointOptions(listening=listening, max_calls=20)) as endpoint,
        asyncio.TaskGroup() as group,
        wired(listening.port) as wire,
    ):
        running = group.create_task(SipCalls(supervisor, endpoint).run())
        await unconfirmed(wire, 1)
        async with wired(listening.port) as another:
            assert (await Dialog(wire=another).invite()).status == 503
            began_s = loop.time()
            while not await is_answered(another):
                assert loop.time() - began_s < 2, "it is given up after 8 s in any case"
        running.cancel()
