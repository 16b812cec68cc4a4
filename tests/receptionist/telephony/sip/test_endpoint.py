"""The SIP stack against telephones that nobody here wrote: callers."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from receptionist.telephony.sip.contract import CallGoneError
from receptionist.telephony.sip.endpoint import BaresipEndpoint
from tests.receptionist.telephony.sip.on_the_line import answered, invited, listened, until
from tests.receptionist.telephony.sip.phone import Sound, needs_pjsua, plugged, tone, write

pytestmark = [pytest.mark.integration, needs_pjsua]


@pytest.mark.parametrize(
    ("codec", "rate_hz", "caller_hz", "own_hz"),
    [("PCMU", 8000, 440, 1000), ("PCMA", 8000, 440, 1000), ("G722", 16000, 440, 5000)],
)
async def test_both_sides_hear_each_other_without_a_hole_at_the_rate_of_the_codec(
    endpoint: BaresipEndpoint,
    tmp_path: Path,
    codec: str,
    rate_hz: int,
    caller_hz: float,
    own_hz: float,
) -> None:
    says = write(tmp_path / "says.wav", tone(caller_hz, 60, rate_hz), rate_hz)
    async with plugged(tmp_path, says=says, codec=codec) as phone:
        call = await answered(endpoint, phone)
        assert call.rate_hz == rate_hz
        heard = await listened(call, 2.5, tone(own_hz, 2, rate_hz).tobytes())
        await call.hang_up()
        await phone.over()
    here = Sound.of(np.frombuffer(heard, np.int16), rate_hz)
    there = Sound.recorded(phone.recording)
    assert here.peak_hz == pytest.approx(caller_hz, abs=2)
    assert here.purity > 0.95
    assert here.holes == 0
    assert there.peak_hz == pytest.approx(own_hz, abs=3)
    assert there.holes == 0
    assert there.active_s == pytest.approx(2, abs=0.1)


async def test_an_invitation_says_who_calls_whom(endpoint: BaresipEndpoint, tmp_path: Path) -> None:
    async with plugged(tmp_path) as phone:
        await phone.call(endpoint.options.listening.uri("+442079460958"))
        call = await invited(endpoint)
        says = call.inbound
        await call.reject(486)
        await phone.over()
    assert (says.called, says.caller) == ("+442079460958", "phone")
    assert says.source.startswith("127.0.0.1:")
    assert says.headers["max-forwards"] == "70"


@pytest.mark.parametrize(
    ("code", "retry_after_s"), [(503, 7), (486, None), (404, None), (603, None)]
)
async def test_a_caller_who_is_not_answered_is_told_why(
    endpoint: BaresipEndpoint, tmp_path: Path, code: int, retry_after_s: int | None
) -> None:
    async with plugged(tmp_path) as phone:
        await phone.call(endpoint.options.listening.uri("demo"))
        call = await invited(endpoint)
        await call.reject(code, retry_after_s=retry_after_s)
        assert (await phone.over())["code"] == code
    assert call.closed.is_set()


async def test_keys_arrive_by_rtp_and_by_info_and_are_sent(
    endpoint: BaresipEndpoint, tmp_path: Path
) -> None:
    async with plugged(tmp_path) as phone:
        call = await answered(endpoint, phone)
        await listened(call, 0.3)
        await phone.do("keys", keys="15*")
        pressed = [await asyncio.wait_for(call.keys.get(), 5) for _ in range(3)]
        for key in "7#":
            await phone.do("info", keys=key)
            pressed.append(await asyncio.wait_for(call.keys.get(), 5))
        assert pressed == list("15*7#")
        await call.send_key("9")
        assert (await phone.told("key"))["digit"] == "9"
        await call.hang_up()


async def test_a_caller_who_gives_up_while_it_rings_is_not_answered(
    endpoint: BaresipEndpoint, tmp_path: Path
) -> None:
    async with plugged(tmp_path) as phone:
        await phone.call(endpoint.options.listening.uri("demo"))
        call = await invited(endpoint)
        await phone.do("hang_up")
        assert (await phone.over())["code"] == 487
        await asyncio.wait_for(call.closed.wait(), 5)
        with pytest.raises(CallGoneError):
            await call.answer()
        await call.reject(486)
        await call.hang_up()


async def test_a_caller_who_hangs_up_ends_the_call_on_both_sides(
    endpoint: BaresipEndpoint, tmp_path: Path
) -> None:
    async with plugged(tmp_path) as phone:
        call = await answered(endpoint, phone)
        await phone.do("hang_up")
        # We hang up at the same moment: both BYEs cross.
        await call.hang_up()
        await phone.over()
        await asyncio.wait_for(call.closed.wait(), 5)
        assert not call.media_lost
    assert (await endpoint.health()).calls == 0


async def test_a_caller_holds_the_line_and_comes_back(
    endpoint: BaresipEndpoint, tmp_path: Path
) -> None:
    says = write(tmp_path / "says.wav", tone(440, 60))
    async with plugged(tmp_path, says=says) as phone:
        call = await answered(endpoint, phone)
        await listened(call, 0.5)
        await phone.do("hold")
        await until(lambda: call.held)
        silence = await listened(call, 0.6, tone(1000, 0.5).tobytes())
        await phone.do("resume")
        await until(lambda: not call.held)
        await listened(call, 0.4)
        back = await listened(call, 1, tone(700, 0.5).tobytes())
        await call.hang_up()
        await phone.over()
    # The clock of the call goes on while it is held.
    assert len(silence) / 2 / 8000 == pytest.approx(0.6, abs=0.1)
    assert Sound.of(np.frombuffer(back, np.int16), 8000).peak_hz == pytest.approx(440, abs=3)
    assert Sound.recorded(phone.recording).peak_hz == pytest.approx(700, abs=5)


async def test_we_hold_a_caller_and_come_back(endpoint: BaresipEndpoint, tmp_path: Path) -> None:
    async with plugged(tmp_path) as phone:
        call = await answered(endpoint, phone)
        await call.hold()
        await phone.told("held")
        await call.resume()
        await phone.told("media")
        await call.hang_up()


async def test_what_is_queued_is_dropped_within_two_packets_and_what_follows_is_heard(
    endpoint: BaresipEndpoint, tmp_path: Path
) -> None:
    async with plugged(tmp_path) as phone:
        call = await answered(endpoint, phone)
        call.write(tone(1000, 0.6).tobytes())
        await listened(call, 0.2)
        call.flush()
        call.write(tone(2000, 0.4).tobytes())
        await listened(call, 0.8)
        await call.hang_up()
        await phone.over()
    samples = np.frombuffer(phone.recording.read_bytes()[44:], np.int16)
    parts = [Sound.of(samples[at : at + 1600], 16000) for at in range(0, samples.size, 1600)]
    first = [part for part in parts if abs(part.peak_hz - 1000) < 60]
    second = [part for part in parts if abs(part.peak_hz - 2000) < 60]
    assert sum(part.active_s for part in first) < 0.2 + 0.04 + 0.1
    assert sum(part.active_s for part in second) == pytest.approx(0.4, abs=0.1)


async def test_a_stall_of_this_process_makes_no_hole(
    endpoint: BaresipEndpoint, tmp_path: Path
) -> None:
    async with plugged(tmp_path) as phone:
        call = await answered(endpoint, phone)
        said, at = tone(1000, 2.5).tobytes(), 0
        loop = asyncio.get_running_loop()
        end_s, stall_s = loop.time() + 3, loop.time() + 1
        while loop.time() < end_s:
            while at < len(said) and call.queued_ms < 600:
                call.write(said[at : at + 320])
                at += 320
            if loop.time() > stall_s:
                stall_s = end_s
                busy_until_s = loop.time() + 0.4
                while loop.time() < busy_until_s:  # holds the interpreter
                    pass
            await asyncio.sleep(0.02)
        await call.hang_up()
        await phone.over()
    heard = Sound.recorded(phone.recording)
    assert heard.holes == 0
    assert heard.active_s == pytest.approx(2.5, abs=0.1)
