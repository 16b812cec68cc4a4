"""Packets of strangers, and re-INVITEs without end, amid a call that is heard."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from eval.telephony_audio import FRAME_S, FRAME_SAMPLES, mulaw
from tests.receptionist.telephony.sip.answers_all import (
    Speaking,
    answering,
    files,
    final_of,
    is_answered,
    speaking,
)
from tests.receptionist.telephony.sip.on_the_line import listened
from tests.receptionist.telephony.sip.phone import Sound, tone
from tests.receptionist.telephony.sip.wire import SDP, Wire, wired

pytestmark = pytest.mark.integration

STRANGER_HZ = 1100
INVITES = 300


@asynccontextmanager
async def a_call() -> AsyncGenerator[tuple[Speaking, Wire]]:
    """Yields a caller who is heard, and another way to the stack."""
    async with (
        answering() as (endpoint, wire, calls),
        wired(endpoint.options.listening.port) as another,
        speaking(wire, calls) as caller,
    ):
        await listened(caller.call, 0.5)
        yield caller, another


async def still_heard(caller: Speaking) -> None:
    await listened(caller.call, 0.3)
    heard = np.frombuffer(await listened(caller.call, 1), np.int16)
    sound = Sound.of(heard, caller.call.rate_hz)
    assert sound.peak_hz == pytest.approx(440, abs=3)
    assert sound.purity > 0.95
    assert sound.holes == 0


async def test_packets_from_a_third_address_get_nothing_and_the_caller_is_heard_after_them() -> (
    None
):
    coded = mulaw(tone(STRANGER_HZ, 1).astype(float))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.9", 0))
        stranger.setblocking(False)
        async with a_call() as (caller, _):
            caller.stream.forget()
            for number in range(50):
                said = coded[number * FRAME_SAMPLES : (number + 1) * FRAME_SAMPLES]
                head = b"\x80\x00" + number.to_bytes(2) + (number * FRAME_SAMPLES).to_bytes(4)
                stranger.sendto(head + b"STRA" + said, caller.media)
                caller.call.write(tone(700, FRAME_S).tobytes())
                await listened(caller.call, FRAME_S)
            with pytest.raises(BlockingIOError):
                stranger.recv(2048)
            assert len(caller.stream.arrivals_s) > 40
            await still_heard(caller)
            assert not caller.call.closed.is_set()


@pytest.mark.parametrize(
    "packet", [b"", b"\x80", b"\xff" * 200, b"\x80\x00" + bytes(1400), b"\x80\xc8" + bytes(60)]
)
async def test_spoiled_packets_of_audio_leave_the_caller_heard(packet: bytes) -> None:
    async with a_call() as (caller, _):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for _ in range(200):
                stranger.sendto(packet, caller.media)
                stranger.sendto(packet, (caller.media[0], caller.media[1] + 1))
        await still_heard(caller)


async def test_a_storm_of_re_invites_leaves_the_caller_heard_and_others_answered() -> None:
    async with a_call() as (caller, another):
        dialog, before = caller.dialog, files()
        offer = SDP.replace("40404", str(caller.stream.port))
        for number in range(INVITES):
            dialog.again()
            dialog.wire.send(dialog.request("INVITE", offer))
            if number % 50 == 0:
                assert await is_answered(another)
        async with asyncio.timeout(10):
            while (reply := await final_of(dialog)).headers["cseq"] != f"{dialog.sequence} INVITE":
                pass
        dialog.acknowledge()
        assert reply.status in (200, 491, 500)  # one at a time
        await still_heard(caller)
        assert files() <= before


@pytest.mark.parametrize("offer", [SDP.replace("m=audio", "m=image"), "v=0\r\nnonsense"])
async def test_a_re_invite_that_cannot_be_met_is_refused_and_the_call_goes_on(offer: str) -> None:
    async with a_call() as (caller, _):
        dialog = caller.dialog
        dialog.again()
        dialog.wire.send(dialog.request("INVITE", offer))
        reply = await final_of(dialog)
        dialog.wire.send(dialog.request("ACK"))
        assert reply.status == 488
        await still_heard(caller)
        caller.stream.forget()
        caller.call.write(tone(700, 0.5).tobytes())
        await listened(caller.call, 0.5)
        assert len(caller.stream.arrivals_s) > 20
