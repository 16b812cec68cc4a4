"""Somebody is called back over SIP, with scripted engines; telephones and ears are real."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.speech import CallerVoices
from receptionist.callbacks.records import AttemptOutcome, CallbackRecord, CallbackState
from receptionist.callbacks.runner import CallbackRunner, Office
from receptionist.supervisor import Supervisor, new_call_id
from receptionist.telephony.sip.contract import EndpointOptions, SipCall
from receptionist.telephony.sip.endpoint import BaresipEndpoint, opened
from receptionist.telephony.sip.listening import Listening
from receptionist.telephony.sip.outbound import SipCallbacks
from tests.e2e import product
from tests.receptionist.telephony.scripted_line import scripted
from tests.receptionist.telephony.sip.phone import (
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

REPLY = "Nobody is free, or you are through now."
CALLEE = "+441632960555"
ABOUT = "a lawn mower that does not start"
ALWAYS = {
    "week": {
        day: ["00:00-24:00"]
        for day in (
            *("monday", "tuesday", "wednesday", "thursday"),
            *("friday", "saturday", "sunday"),
        )
    }
}
MACHINE = (
    "You have reached the voice mail of Zoe Miller. I cannot take your call at the moment,"
    " so please leave a message after the tone."
)


@dataclass(slots=True)
class Exchange:
    """Knows whose telephone has which number; a `Calling`."""

    endpoint: BaresipEndpoint
    telephones: Mapping[str, str]
    dialled: list[str] = field(default_factory=list[str])

    async def dial(self, to: str, *, ring_s: float, caller_id: str = "") -> SipCall:
        self.dialled.append(to)
        uri = self.telephones.get(to, self.telephones["*"])
        return await self.endpoint.dial(uri, ring_s=ring_s, caller_id=caller_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Somebody to call back, and whoever calls him."""

    callee: Phone
    person: Phone
    runner: CallbackRunner
    supervisor: Supervisor
    exchange: Exchange

    async def outcomes(self) -> list[AttemptOutcome | None]:
        return [attempt.outcome for attempt in await self.supervisor.callbacks.attempts.of("c1")]

    async def state(self) -> CallbackState:
        return (await self.supervisor.callbacks.attempts.callback("c1")).state


def speech(folder: Path, voices: CallerVoices, text: str, before_s: float = 0.7) -> Path:
    """What a telephone plays: a little silence, `text`, a minute of silence."""
    said = np.frombuffer(voices.say("hibari:default", text, rate_hz=8000), np.int16)
    silence = np.zeros(int(8000 * before_s), np.int16)
    return write(folder / "says.wav", np.concatenate([silence, said, *[silence] * 90]))


def due(contact: str, tenant: str) -> CallbackRecord:
    now = datetime.now(UTC)
    return CallbackRecord(
        id="c1",
        tenant=tenant,
        call_id="call",
        contact_id=contact,
        caller_name="Zoe Miller",
        callback_number=CALLEE,
        about=ABOUT,
        due_from=now - timedelta(minutes=1),
        due_until=now + timedelta(hours=1),
        created_at=now,
    )


@asynccontextmanager
async def scene(
    folder: Path,
    *,
    says: Path | None = None,
    answers: int = 200,
    person: Mapping[str, Any] | None = None,
    **callbacks: Any,
) -> AsyncGenerator[Scene]:
    """Yields a callee who says `says`, and a person of ours who sounds like 600 Hz."""
    rules = {"dial": True, "hours": ALWAYS, "ring_s": 10} | callbacks
    listening = Listening(port=free_port(), rtp_first=33000, rtp_last=33998)
    sounds = write(folder / "person.wav", tone(600, 90))
    async with (
        scripted(
            folder,
            replies=[REPLY] * 9,
            phone={"callbacks": rules, "transfer": {"ring_s": 8}},
            hours=ALWAYS,
        ) as supervisor,
        opened(EndpointOptions(listening=listening, max_calls=8)) as endpoint,
        plugged(folder, says=says, answers=answers, name="callee") as callee,
        plugged(folder, says=sounds, name="person", **(person or {})) as ours,
    ):
        snapshot = supervisor.snapshot
        contact = snapshot.escalation
        exchange = Exchange(endpoint, {CALLEE: callee.uri, "*": ours.uri})
        line = SipCallbacks(supervisor, exchange)
        office = Office(
            snapshot=lambda: supervisor.snapshot, free=lambda: line.free, new_call_id=new_call_id
        )
        attempts = supervisor.callbacks.attempts
        await supervisor.callbacks.save(due(contact.id, snapshot.config.tenant))
        yield Scene(
            callee=callee,
            person=ours,
            runner=CallbackRunner(attempts, line, office),
            supervisor=supervisor,
            exchange=exchange,
        )


async def test_whoever_says_hello_hears_who_calls_first_and_is_put_through(
    tmp_path: Path, voices: CallerVoices
) -> None:
    says = speech(tmp_path, voices, "Hello?")
    async with scene(tmp_path, says=says) as here:
        calling = asyncio.create_task(here.runner.look())
        await here.person.told("state", within_s=30, state="CONFIRMED")
        [(call_id, session)] = here.supervisor.active.items()
        said = [turn.text for turn in session.conversation.transcript.turns]
        await here.person.has_recorded(4)
        await here.person.do("hang_up")
        await asyncio.wait_for(calling, 20)
        assert await here.outcomes() == [AttemptOutcome.ANSWERED]
        assert await here.state() is CallbackState.DONE
        kept = await product.kept(here.supervisor.settings, call_id)
    assert "automated assistant" in said[0]
    assert ABOUT in said[0]
    assert (kept.direction, kept.channel, kept.called) == ("outbound", "sip", CALLEE)
    assert (kept.caller_name, kept.disposition) == ("Zoe Miller", "transferred")
    assert [transfer.outcome for transfer in kept.transfers] == ["answered"]
    samples, rate_hz = samples_of(here.callee.recording)
    assert Sound.of(samples[-rate_hz:], rate_hz).peak_hz == pytest.approx(600, abs=4)


async def test_a_machine_hears_nothing_of_it(tmp_path: Path, voices: CallerVoices) -> None:
    says = speech(tmp_path, voices, MACHINE)
    async with scene(tmp_path, says=says) as here:
        await asyncio.wait_for(here.runner.look(), 20)
        await here.callee.over()
        assert await here.outcomes() == [AttemptOutcome.MACHINE]
        assert await here.state() is CallbackState.OPEN
        assert here.exchange.dialled == [CALLEE]
    assert Sound.recorded(here.callee.recording).active_s < 0.1


async def test_a_machine_is_left_a_line_without_content_after_its_greeting(
    tmp_path: Path, voices: CallerVoices
) -> None:
    says = speech(tmp_path, voices, MACHINE)
    async with scene(tmp_path, says=says, machine="message") as here:
        await asyncio.wait_for(here.runner.look(), 40)
        await here.callee.over()
        assert await here.outcomes() == [AttemptOutcome.MACHINE]
    samples, rate_hz = samples_of(here.callee.recording)
    heard = Sound.of(samples, rate_hz)
    line = here.supervisor.snapshot.texts["en"].session["callback_machine"][0]
    assert ABOUT not in line
    # A scripted voice takes 5 ms for a character.
    assert heard.active_s == pytest.approx(len(line) * 0.005, abs=0.3)


@pytest.mark.parametrize(
    ("status", "outcome"), [(486, AttemptOutcome.BUSY), (603, AttemptOutcome.DECLINED)]
)
async def test_whoever_does_not_answer_is_tried_again_later(
    tmp_path: Path, status: int, outcome: AttemptOutcome
) -> None:
    async with scene(tmp_path, answers=status) as here:
        await asyncio.wait_for(here.runner.look(), 20)
        await here.runner.look()
        assert await here.outcomes() == [outcome]
        assert await here.state() is CallbackState.OPEN


async def test_a_person_of_ours_is_asked_first_and_waits(
    tmp_path: Path, voices: CallerVoices
) -> None:
    says = speech(tmp_path, voices, "Hello?")
    async with scene(tmp_path, says=says, first="person") as here:
        calling = asyncio.create_task(here.runner.look())
        await here.person.told("state", within_s=20, state="CONFIRMED")
        assert CALLEE not in here.exchange.dialled
        await here.person.has_recorded(3)
        await here.person.do("keys", keys="1")
        await here.callee.told("state", within_s=20, state="CONFIRMED")
        await here.callee.has_recorded(9)
        await here.callee.do("hang_up")
        await asyncio.wait_for(calling, 20)
        assert await here.outcomes() == [AttemptOutcome.ANSWERED]
        calls = [n for n in here.exchange.dialled if n == CALLEE]
    assert len(calls) == 1
    samples, rate_hz = samples_of(here.callee.recording)
    assert Sound.of(samples[-rate_hz:], rate_hz).peak_hz == pytest.approx(600, abs=4)


async def test_nobody_is_dialled_when_no_person_of_ours_takes_the_call(tmp_path: Path) -> None:
    async with scene(tmp_path, first="person", person={"answers": 486}) as here:
        await asyncio.wait_for(here.runner.look(), 20)
        assert await here.outcomes() == [AttemptOutcome.NOBODY_HERE]
        assert CALLEE not in here.exchange.dialled


async def test_a_callee_for_whom_nobody_is_there_is_told_so_and_may_go_on(
    tmp_path: Path, voices: CallerVoices
) -> None:
    says = speech(tmp_path, voices, "Hello?")
    async with scene(tmp_path, says=says, person={"answers": 486}) as here:
        calling = asyncio.create_task(here.runner.look())
        await here.callee.told("state", within_s=20, state="CONFIRMED")
        await until(lambda: bool(here.supervisor.active))
        [(call_id, session)] = here.supervisor.active.items()
        await until(
            lambda: any(turn.text == REPLY for turn in session.conversation.transcript.turns)
        )
        await here.callee.do("hang_up")
        await asyncio.wait_for(calling, 20)
        assert await here.outcomes() == [AttemptOutcome.ANSWERED]
        kept = await product.kept(here.supervisor.settings, call_id)
    assert [(tool.name, tool.outcome) for tool in kept.tools] == [("transfer_call", "busy")]
    assert kept.disposition == "caller_hung_up"


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{holds} does not come true")
