"""INVITEs that no call can come of take no line for longer than a moment."""

import asyncio
import re
from collections.abc import Callable

import pytest

from receptionist.telephony.sip.endpoint import BaresipEndpoint
from tests.receptionist.telephony.sip.answers_all import answering, files, is_answered
from tests.receptionist.telephony.sip.on_the_line import until
from tests.receptionist.telephony.sip.wire import SDP, Dialog

pytestmark = pytest.mark.integration

LINES = 16


def without_contact(text: str) -> str:
    return re.sub(r"Contact: .*?\r\n", "", text)


def without_tag(text: str) -> str:
    return re.sub(r"(From: [^;]*);tag=\w+", r"\1", text)


def with_odd_route(text: str) -> str:
    return text.replace("Contact:", "Record-Route: nonsense\r\nContact:", 1)


async def nothing_is_left(endpoint: BaresipEndpoint) -> None:
    for _ in range(100):
        if not (await endpoint.health()).leaked:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("calls that nobody knows of are left")


@pytest.mark.parametrize("spoiled", [without_contact, without_tag, with_odd_route])
async def test_what_no_call_can_come_of_is_refused_and_leaves_nothing_behind(
    spoiled: Callable[[str], str],
) -> None:
    async with answering(LINES) as (endpoint, wire, calls):
        assert await is_answered(wire)
        open_before = files()
        for _ in range(3 * LINES):
            wire.send(spoiled(Dialog(wire=wire).request("INVITE", SDP)))
            assert (await wire.final()).status in (486, 500)
        await nothing_is_left(endpoint)
        assert await is_answered(wire)
        await until(lambda: files() <= open_before + 2)
        assert len(calls) == 2
    assert not endpoint.stuck


async def test_those_that_come_last_do_not_keep_the_stack_from_ending(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("receptionist.telephony.sip.leaks.LOOKED_FOR_S", 60)
    async with answering(LINES) as (endpoint, wire, _):
        for _ in range(LINES):
            wire.send(without_contact(Dialog(wire=wire).request("INVITE", SDP)))
            assert (await wire.final()).status in (486, 500)
        assert (await endpoint.health()).leaked
    assert not endpoint.stuck


async def test_a_call_is_not_taken_for_a_forgotten_one_while_it_begins() -> None:
    async with answering() as (endpoint, wire, calls):
        for _ in range(20):
            wire.send(Dialog(wire=wire).request("INVITE", SDP))
            wire.send(without_tag(Dialog(wire=wire).request("INVITE", SDP)))
        await until(lambda: len(calls) == 20)
        await nothing_is_left(endpoint)
        assert not any(call.closed.is_set() for call in calls)
