"""The SIP stack against telephones that nobody here wrote: who is rung, and handed over."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from receptionist.telephony.sip.contract import DialError, DialOutcome
from receptionist.telephony.sip.endpoint import BaresipEndpoint
from tests.receptionist.telephony.sip.on_the_line import answered, listened
from tests.receptionist.telephony.sip.phone import (
    Sound,
    free_port,
    needs_pjsua,
    plugged,
    tone,
    write,
)

pytestmark = [pytest.mark.integration, needs_pjsua]

RINGS = 180


async def test_whoever_is_dialled_answers(endpoint: BaresipEndpoint, tmp_path: Path) -> None:
    says = write(tmp_path / "says.wav", tone(600, 60))
    progress: list[str] = []
    async with plugged(tmp_path, says=says) as phone:
        call = await endpoint.dial(phone.uri, ring_s=5, progress=progress.append)
        heard = await listened(call, 1)
        await call.hang_up()
        await phone.over()
    assert Sound.of(np.frombuffer(heard, np.int16), call.rate_hz).peak_hz == pytest.approx(
        600, abs=3
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (486, DialOutcome.BUSY),
        (603, DialOutcome.DECLINED),
        (480, DialOutcome.NO_ANSWER),
        (404, DialOutcome.UNREACHABLE),
        (RINGS, DialOutcome.NO_ANSWER),
    ],
)
async def test_whoever_does_not_answer_is_known_why(
    endpoint: BaresipEndpoint, tmp_path: Path, status: int, outcome: DialOutcome
) -> None:
    async with plugged(tmp_path, answers=status) as phone:
        with pytest.raises(DialError) as error:
            await endpoint.dial(phone.uri, ring_s=1 if status == RINGS else 5)
    assert error.value.outcome is outcome


@pytest.mark.parametrize("state", ["placed", "INCOMING", "EARLY"])
async def test_ringing_that_is_given_up_stops_at_once(
    endpoint: BaresipEndpoint, tmp_path: Path, state: str
) -> None:
    async with plugged(tmp_path, answers=RINGS) as phone:
        ringing = asyncio.create_task(endpoint.dial(phone.uri, ring_s=20))
        if state == "placed":
            await asyncio.sleep(0)
        else:
            await phone.told("state", state=state)
        ringing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ringing
        assert (await phone.over())["code"] == 487


async def test_nobody_listens_where_is_dialled(endpoint: BaresipEndpoint) -> None:
    with pytest.raises(DialError) as error:
        await endpoint.dial(f"sip:x@127.0.0.1:{free_port()}", ring_s=1)
    assert error.value.outcome in (DialOutcome.UNREACHABLE, DialOutcome.NO_ANSWER)


async def test_a_caller_is_handed_over_by_refer(endpoint: BaresipEndpoint, tmp_path: Path) -> None:
    says = write(tmp_path / "says.wav", tone(440, 60))
    async with (
        plugged(tmp_path, says=says) as phone,
        plugged(tmp_path, name="person") as person,
    ):
        call = await answered(endpoint, phone)
        assert await call.refer(person.uri, ring_s=8) is DialOutcome.ANSWERED
        await person.connected()
        await person.has_recorded(1)
        await phone.do("hang_up")
        await person.over()
    assert Sound.recorded(person.recording).peak_hz == pytest.approx(440, abs=3)


@pytest.mark.parametrize(
    ("status", "outcome"), [(486, DialOutcome.BUSY), (603, DialOutcome.DECLINED)]
)
async def test_a_person_who_does_not_take_a_referred_call_leaves_the_caller_with_us(
    endpoint: BaresipEndpoint, tmp_path: Path, status: int, outcome: DialOutcome
) -> None:
    async with (
        plugged(tmp_path) as phone,
        plugged(tmp_path, name="person", answers=status) as person,
    ):
        call = await answered(endpoint, phone)
        assert await call.refer(person.uri, ring_s=8) is outcome
        assert not call.closed.is_set()
        await call.hang_up()


async def test_a_caller_takes_over_our_place_in_a_second_call(
    endpoint: BaresipEndpoint, tmp_path: Path
) -> None:
    says = write(tmp_path / "says.wav", tone(440, 60))
    async with (
        plugged(tmp_path, says=says) as phone,
        plugged(tmp_path, name="person") as person,
    ):
        call = await answered(endpoint, phone)
        second = await endpoint.dial(person.uri, ring_s=5)
        assert await call.refer_replacing(second, ring_s=8) is DialOutcome.ANSWERED
        await person.told("replaced")
        await person.has_recorded(1)
        await phone.do("hang_up")
    assert Sound.recorded(person.recording).peak_hz == pytest.approx(440, abs=3)


async def test_a_caller_cannot_make_us_call_somebody_else(
    endpoint: BaresipEndpoint, tmp_path: Path
) -> None:
    async with plugged(tmp_path) as phone, plugged(tmp_path, name="other") as other:
        call = await answered(endpoint, phone)
        await phone.do("refer", to=other.uri)
        assert (await phone.told("transfer", final=True))["code"] == 603
        assert not call.closed.is_set()
        assert [event["event"] for event in other.seen] == ["ready"]
        await call.hang_up()
