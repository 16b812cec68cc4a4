"""Callers over TCP: they hear and are heard, and a broken connection leaves nothing behind."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from receptionist.telephony.sip.endpoint import BaresipEndpoint
from tests.receptionist.telephony.sip.answers_all import (
    Speaking,
    answering,
    files,
    final_of,
    speaking,
)
from tests.receptionist.telephony.sip.on_the_line import invited, listened, until
from tests.receptionist.telephony.sip.phone import Sound, needs_pjsua, plugged, tone, write
from tests.receptionist.telephony.sip.wire import Dialog, TcpWire, connected

pytestmark = pytest.mark.integration


@needs_pjsua
async def test_a_telephone_over_tcp_hears_and_is_heard(
    endpoint: BaresipEndpoint, tmp_path: Path
) -> None:
    says = write(tmp_path / "says.wav", tone(440, 60))
    async with plugged(tmp_path, says=says) as phone:
        await phone.call(f"{endpoint.options.listening.uri('demo')};transport=tcp")
        call = await invited(endpoint)
        assert "SIP/2.0/TCP" in call.inbound.headers["via"]
        await call.answer()
        await phone.connected()
        heard = await listened(call, 1.5, tone(1000, 1).tobytes())
        await call.hang_up()
        await phone.over()
    here = Sound.of(np.frombuffer(heard, np.int16), call.rate_hz)
    assert here.peak_hz == pytest.approx(440, abs=2)
    assert here.holes == 0
    there = Sound.recorded(phone.recording)
    assert there.peak_hz == pytest.approx(1000, abs=3)
    assert there.active_s == pytest.approx(1, abs=0.1)


@asynccontextmanager
async def over_tcp() -> AsyncGenerator[tuple[TcpWire, Speaking]]:
    """Yields a caller over TCP; neither files nor calls are left of him."""
    async with answering() as (endpoint, _, calls):
        before = files()
        async with (
            connected(endpoint.options.listening.port) as wire,
            speaking(wire, calls) as caller,
        ):
            yield wire, caller
        assert (await endpoint.health()).calls == 0
        await until(lambda: files() <= before)


async def test_a_call_goes_on_when_its_connection_breaks_and_ends_when_we_hang_up() -> None:
    async with over_tcp() as (wire, caller):
        wire.cut()
        await listened(caller.call, 0.3)
        heard = await listened(caller.call, 0.7)
        assert not caller.call.closed.is_set()
        await caller.call.hang_up()
        await asyncio.wait_for(caller.call.closed.wait(), 5)
        assert not caller.call.media_lost
    sound = Sound.of(np.frombuffer(heard, np.int16), 8000)
    assert (sound.peak_hz, sound.holes) == (pytest.approx(440, abs=3), 0)


async def test_a_caller_whose_connection_broke_hangs_up_by_another() -> None:
    async with over_tcp() as (wire, caller):
        wire.cut()
        async with connected(wire.target[1]) as another:
            caller.dialog.wire = another
            caller.dialog.again()
            another.send(caller.dialog.request("BYE"))
            assert (await final_of(caller.dialog)).status == 200
        await asyncio.wait_for(caller.call.closed.wait(), 5)
        assert not caller.call.media_lost


async def test_a_caller_who_breaks_off_with_his_connection_is_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("receptionist.telephony.sip.configuration.RTP_TIMEOUT_S", 2)
    async with over_tcp() as (wire, caller):
        wire.cut()
        caller.stream.close()
        await asyncio.wait_for(caller.call.closed.wait(), 8)
        assert caller.call.media_lost


async def test_connections_that_say_nothing_or_half_of_it_keep_nobody_from_being_answered() -> None:
    async with answering() as (endpoint, _, _):
        before, port = files(), endpoint.options.listening.port
        for said in (b"", b"INVITE sip:demo@127.0.0.1 SIP/2.0\r\nVia: SIP/", b"\x00" * 9000):
            async with connected(port) as silent, connected(port) as wire:
                silent.send(said)
                dialog = Dialog(wire=wire)
                assert (await dialog.invite()).status == 200
                dialog.acknowledge()
                dialog.again()
                wire.send(dialog.request("BYE"))
                assert (await final_of(dialog)).status == 200
        await until(lambda: files() <= before)
