"""A SIP caller is put through to a second telephone."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from receptionist.calls.speech import always
from receptionist.handoff.contract import Dialler, RingError
from receptionist.telephony.sip.call import BaresipCall
from receptionist.telephony.sip.contract import EndpointOptions, SipCall
from receptionist.telephony.sip.endpoint import BaresipEndpoint, opened
from receptionist.telephony.sip.leg import SipLeg
from receptionist.telephony.sip.line import OnCall, SipDialler
from receptionist.telephony.sip.listening import Listening
from receptionist.tools.contract import TransferOutcome
from tests.receptionist.calls.simulation import Script, scripted
from tests.receptionist.telephony.sip.phone import (
    RECORDED_HZ,
    Phone,
    Sound,
    free_port,
    needs_pjsua,
    plugged,
    samples_of,
    tone,
    write,
)

pytestmark = [pytest.mark.integration, needs_pjsua]

BRIEF = "Anna Rossi is calling about a leaking tap. Press one to take the call."


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A caller on the line, and the person who may be rung."""

    caller: Phone
    person: Phone
    call: SipCall
    dialler: Dialler[SipLeg]


@asynccontextmanager
async def scene(
    folder: Path, *, says: Path | None = None, answers: int = 200, codec: str = "PCMU"
) -> AsyncGenerator[Scene]:
    """Yields a caller who sounds like 440 Hz, and a person like 600 Hz unless `says`."""
    listening = Listening(port=free_port(), rtp_first=35000, rtp_last=35998)
    tones = [write(folder / f"{hz}.wav", tone(hz, 60)) for hz in (440, 600)]
    async with (
        opened(EndpointOptions(listening=listening, max_calls=8)) as endpoint,
        plugged(folder, says=tones[0], name="caller") as caller,
        plugged(
            folder, says=says or tones[1], name="person", answers=answers, codec=codec
        ) as person,
        asyncio.TaskGroup() as group,
    ):
        call = await _answered(endpoint, caller)
        engines = scripted(Script(heard=["Yes, put her through."]))
        dialler = SipDialler(endpoint, OnCall(call, group), always(engines), reaches_numbers=False)
        yield Scene(caller=caller, person=person, call=call, dialler=dialler)
        await call.hang_up()


async def _answered(endpoint: BaresipEndpoint, phone: Phone) -> BaresipCall:
    await phone.call(endpoint.options.listening.uri("demo"))
    async with asyncio.timeout(5):
        call = cast("BaresipCall", await anext(endpoint.incoming))
    await call.answer()
    await phone.connected()
    return call


@pytest.mark.parametrize("codec", ["PCMU", "G722"])
async def test_caller_and_person_hear_each_other_until_one_hangs_up(
    tmp_path: Path, codec: str
) -> None:
    async with scene(tmp_path, codec=codec) as here:
        leg = await here.dialler.ring(here.person.uri, ring_s=5)
        joined = asyncio.create_task(here.dialler.join(leg))
        await here.person.has_recorded(1.5)
        assert not joined.done()
        await here.person.do("hang_up")
        await asyncio.wait_for(joined, 5)
        assert not here.call.closed.is_set()
        await here.call.hang_up()
        await here.caller.over()
    there, back = Sound.recorded(here.person.recording), Sound.recorded(here.caller.recording)
    assert there.peak_hz == pytest.approx(440, abs=4)
    assert back.peak_hz == pytest.approx(600, abs=4)
    assert max(there.holes, back.holes) <= 2  # this process carries it, and others need the cores


async def test_the_callers_telephone_takes_our_place_and_we_leave(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        leg = await here.dialler.ring(here.person.uri, ring_s=5)
        await asyncio.wait_for(here.dialler.join(leg, leave=True), 8)
        await here.person.told("replaced")
        await leg.hang_up()
        await here.call.hang_up()
        recorded = here.person.recording.stat().st_size
        await here.person.has_recorded(recorded / RECORDED_HZ / 2 + 1.5)
        samples, rate_hz = samples_of(here.person.recording)
        await here.caller.do("hang_up")
    assert Sound.of(samples[-rate_hz:], rate_hz).peak_hz == pytest.approx(440, abs=4)
    assert here.call.closed.is_set()
    assert leg.closed.is_set()


async def test_a_caller_whose_telephone_refuses_is_joined_here(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.caller.do("refuse refers")
        leg = await here.dialler.ring(here.person.uri, ring_s=5)
        joined = asyncio.create_task(here.dialler.join(leg, leave=True))
        await here.caller.told("refer")
        await here.person.has_recorded(3)
        assert not joined.done()
        await here.person.do("hang_up")
        await asyncio.wait_for(joined, 5)
    assert "replaced" not in {event["event"] for event in here.person.seen}
    assert Sound.recorded(here.person.recording).peak_hz == pytest.approx(440, abs=4)


async def test_a_person_is_told_of_the_caller_and_takes_him_by_a_key(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        leg = await here.dialler.ring(here.person.uri, ring_s=5)
        await leg.say(BRIEF, "en")
        heard = asyncio.create_task(leg.hear(5, "en"))
        await here.person.do("keys", keys="1")
        assert (await heard).key == "1"
        await leg.hang_up()
        await here.person.over()
    # A scripted voice takes 55 ms for a character.
    assert Sound.recorded(here.person.recording).active_s > 2


async def test_a_key_cuts_the_brief_off(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        leg = await here.dialler.ring(here.person.uri, ring_s=5)
        saying = asyncio.create_task(leg.say(BRIEF * 5, "en"))
        await here.person.has_recorded(1)
        await here.person.do("keys", keys="2")
        await asyncio.wait_for(saying, 5)
        assert (await leg.hear(2, "en")).key == "2"
        await leg.hang_up()


async def test_what_a_person_says_is_heard(tmp_path: Path) -> None:
    silence = tone(0, 60) * 0
    silence[16_000:28_000] = tone(300, 1.5)
    says = write(tmp_path / "yes.wav", silence)
    async with scene(tmp_path, says=says) as here:
        leg = await here.dialler.ring(here.person.uri, ring_s=5)
        heard = await leg.hear(3, "en")
        await leg.hang_up()
    # A tone is no voice: nothing is made of it, and the time is kept.
    assert heard.words == ""


async def test_nothing_is_heard_of_a_person_who_has_gone(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        leg = await here.dialler.ring(here.person.uri, ring_s=5)
        hearing = asyncio.create_task(leg.hear(20, "en"))
        await here.person.has_recorded(0.5)
        await here.person.do("hang_up")
        assert (await asyncio.wait_for(hearing, 5)).words == ""
        await leg.say(BRIEF, "en")
        await leg.hang_up()


@pytest.mark.parametrize(
    ("status", "outcome"), [(486, TransferOutcome.BUSY), (603, TransferOutcome.DECLINED)]
)
async def test_nobody_takes_the_call(tmp_path: Path, status: int, outcome: TransferOutcome) -> None:
    async with scene(tmp_path, answers=status) as here:
        with pytest.raises(RingError) as error:
            await here.dialler.ring(here.person.uri, ring_s=5)
    assert error.value.outcome is outcome


async def test_the_callers_own_exchange_puts_him_through(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        outcome = await here.dialler.refer(here.person.uri, ring_s=8)
        assert outcome is TransferOutcome.ANSWERED
        await here.person.connected()


async def test_a_number_that_no_exchange_knows_is_not_rung(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        assert await here.dialler.refer("+442079460958", ring_s=1) is None
        with pytest.raises(RingError):
            await here.dialler.ring("+442079460958", ring_s=1)
