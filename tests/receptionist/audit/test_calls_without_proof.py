"""A call that leaves no proof is taken by a person."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from eval.speech import CallerVoices
from receptionist.audit.log import PATIENCE_S
from receptionist.calls.plan import CallRequest
from receptionist.supervisor import new_call_id
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.lines import ScriptedLine
from tests.e2e.product import bundle, fake, settings, started
from tests.e2e.test_storage_faults import locked
from tests.receptionist.calls.simulation import RATE_HZ, Script
from tests.receptionist.guard.scripted_judge import guards
from tests.receptionist.guard.voiced import ANSWER, voiced

pytestmark = pytest.mark.integration

QUESTION = "When do you open?"


@pytest.fixture(scope="module")
def speech(voices: CallerVoices) -> bytes:
    return voices.say("hibari:default", QUESTION, rate_hz=RATE_HZ)


@asynccontextmanager
async def beside_the_loop(trouble: AbstractContextManager[None]) -> AsyncGenerator[None]:
    """Waits for the database in another thread: whoever writes now needs this one to finish."""
    await asyncio.to_thread(trouble.__enter__)
    try:
        yield
    finally:
        await asyncio.to_thread(trouble.__exit__, None, None, None)


@pytest.mark.parametrize("failing", [True, False])
def test_every_turn_goes_to_a_person_while_nothing_can_be_proved(
    demo: TenantSnapshot, speech: bytes, failing: bool
) -> None:
    script = Script(caller=[speech], heard=[QUESTION], replies=[ANSWER])
    without = replace(guards(), failing=lambda: failing)
    line = ScriptedLine(TransferOutcome.ANSWERED)
    said = voiced(demo, script, guards=without, line=line)
    assert ("We open at nine" in " ".join(said)) is not failing


async def test_a_database_that_stays_locked_sends_running_and_new_calls_to_people(
    tmp_path: Path,
) -> None:
    engines = {"llm": fake("llm", replies=[ANSWER] * 4)}
    own = settings(tmp_path, bundle(tmp_path, engines=engines))
    async with started(own, spoken=()) as supervisor:
        changed = asyncio.Event()
        supervisor.audit.on_trouble(lambda _: changed.set())
        plan = supervisor.plan(CallRequest(call_id=new_call_id(), channel="text", language="en"))
        line = ScriptedLine(TransferOutcome.ANSWERED)
        async with supervisor.text_call(plan, line=line) as call:
            assert (await call.say(QUESTION)).text == ANSWER
            async with beside_the_loop(locked(own)):
                await call.say(QUESTION)
                async with asyncio.timeout(PATIENCE_S + 5):
                    await changed.wait()
                handed = await call.say(QUESTION)
                assert ANSWER not in handed.text
                assert [tool.name for tool in handed.tools] == ["transfer_call"]
                later = supervisor.plan(
                    CallRequest(call_id=new_call_id(), channel="text", language="en")
                )
                async with supervisor.text_call(later, line=line) as another:
                    assert ANSWER not in (await another.say(QUESTION)).text
        assert await supervisor.audit.flush(10) == 0
        assert not supervisor.audit.in_trouble
