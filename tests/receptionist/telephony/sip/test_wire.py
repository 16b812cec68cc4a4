"""What is wrong on the wire ends with an answer, and the next caller is answered."""

import asyncio
import random

import pytest

from tests.receptionist.telephony.sip.answers_all import answering, files, final_of, is_answered
from tests.receptionist.telephony.sip.node import node
from tests.receptionist.telephony.sip.on_the_line import until
from tests.receptionist.telephony.sip.wire import SDP, Dialog, wired

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("sdp", "status"),
    [
        (SDP.replace("RTP/AVP 0", "RTP/AVP 18").replace("0 PCMU", "18 G729"), 488),
        (SDP.replace("m=audio", "m=image"), 488),
        (SDP.replace("RTP/AVP", "RTP/SAVP"), 488),
        ("v=0\r\nnonsense", 0),
        ("\x00\xff" * 200, 0),
        ("v=0\r\n" * 2000, 0),
    ],
)
async def test_an_offer_that_cannot_be_met_is_refused_and_the_next_caller_answered(
    sdp: str, status: int
) -> None:
    async with answering() as (_, wire, calls):
        reply = await Dialog(wire=wire).invite(sdp)
        assert reply.status == status or (not status and 400 <= reply.status < 600)
        assert calls == []
        assert await is_answered(wire)


async def test_an_invite_that_is_sent_again_is_one_call() -> None:
    async with answering() as (_, wire, calls):
        dialog = Dialog(wire=wire)
        for _ in range(3):
            wire.send(dialog.request("INVITE", SDP))
        reply = await wire.final()
        dialog.answered(reply)
        wire.send(dialog.request("INVITE", SDP))
        dialog.acknowledge()
        assert reply.status == 200
        assert await is_answered(wire)
        assert len(calls) == 2


async def test_an_answer_is_sent_again_until_it_is_acknowledged() -> None:
    async with answering() as (_, wire, calls):
        dialog = Dialog(wire=wire)
        first = await dialog.invite()
        second = await wire.final(3)
        assert (first.status, second.status) == (200, 200)
        assert first.headers["to"] == second.headers["to"]
        dialog.acknowledge()
        assert await wire.silent(1.5)
        assert len(calls) == 1


async def test_invites_without_end_within_a_call_leave_it_one_call() -> None:
    async with answering() as (endpoint, wire, calls):
        dialog = Dialog(wire=wire)
        await dialog.invite()
        dialog.acknowledge()
        for _ in range(100):
            dialog.again()
            wire.send(dialog.request("INVITE", SDP))
        assert (await endpoint.health()).alive
        assert await is_answered(wire)
        assert len(calls) == 2


async def test_a_re_invite_without_an_offer_gets_ours() -> None:
    async with answering() as (_, wire, calls):
        dialog = Dialog(wire=wire)
        await dialog.invite()
        dialog.acknowledge()
        await until(lambda: bool(calls[0].rate_hz))
        dialog.again()
        wire.send(dialog.request("INVITE"))
        offer = (await final_of(dialog)).body
        dialog.acknowledge(SDP)
        assert all(codec in offer for codec in ("PCMU/8000", "PCMA/8000", "G722/8000"))
        dialog.again()
        wire.send(dialog.request("INVITE", SDP))
        assert (await final_of(dialog)).status == 200
        assert not calls[0].closed.is_set()


async def test_a_re_invite_to_codecs_nobody_has_here_can_be_taken_back() -> None:
    async with answering() as (_, wire, calls):
        dialog = Dialog(wire=wire)
        await dialog.invite()
        dialog.acknowledge()
        await until(lambda: bool(calls[0].rate_hz))
        ports: list[int] = []
        for offer in (SDP.replace("RTP/AVP 0", "RTP/AVP 18").replace("0 PCMU", "18 G729"), SDP):
            dialog.again()
            wire.send(dialog.request("INVITE", offer))
            reply = await final_of(dialog)
            dialog.acknowledge()
            assert reply.status == 200
            ports.append(int(reply.body.partition("m=audio ")[2].split(" ")[0]))
        assert ports[0] == 0  # without audio
        assert ports[1] > 0
        assert not calls[0].closed.is_set()


async def test_a_bye_of_a_call_that_nobody_knows_is_answered() -> None:
    async with answering() as (_, wire, _calls):
        wire.send(Dialog(wire=wire, to_tag="x").request("BYE"))
        assert (await wire.final()).status == 481


async def test_more_callers_than_lines_are_told_that_it_is_busy() -> None:
    async with answering() as (_, wire, calls):
        replies = [(await Dialog(wire=wire).invite()).status for _ in range(41)]
        assert replies[0] == 200
        assert replies.count(486) >= 1
        assert len(calls) <= 40


async def test_an_options_ping_is_answered() -> None:
    async with answering() as (_, wire, _calls):
        wire.send(Dialog(wire=wire).request("OPTIONS"))
        assert (await wire.final()).status == 200


async def test_packets_with_faults_leave_a_process_that_answers_and_ends() -> None:
    chance = random.Random(5)
    async with node() as running, wired(running.port) as wire:
        assert await is_answered(wire)
        for number in range(2000):
            dialog = Dialog(wire=wire, call_id=f"m{number}")
            method = chance.choice(["INVITE", "OPTIONS", "INFO", "REFER", "NOTIFY", "CANCEL"])
            packet = bytearray(dialog.request(method, SDP).encode())
            for _ in range(chance.randint(1, 12)):
                packet[chance.randrange(len(packet))] = chance.randrange(256)
            wire.send(bytes(packet))
            if number % 20 == 0:
                await asyncio.sleep(0.002)
        assert await is_answered(wire)
        assert (await running.told())["alive"]
    assert running.process.returncode == 0  # it holds no call that it cannot end


async def test_calls_that_come_and_go_leave_no_file_open() -> None:
    async with answering() as (_, wire, _calls):
        for _ in range(10):
            assert await is_answered(wire)
        before = files()
        for _ in range(60):
            assert await is_answered(wire)
        assert files() <= before + 8  # those of the last few calls
