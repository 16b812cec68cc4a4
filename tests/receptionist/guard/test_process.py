"""The guardrails as a process has them, with the shipped policy."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from guardrails.guard import Guard
from guardrails.policy.loader import load_policy
from guardrails.verdict import Stage, Verdict
from receptionist.calls.plan import CallRequest
from receptionist.guard.process import guards_of
from receptionist.guard.weighing import WeighingThread
from receptionist.tenants.snapshot import TenantSnapshot
from tests.e2e import product
from tests.receptionist.guard.scripted_judge import Weighs

pytestmark = pytest.mark.integration


def test_the_number_to_dial_is_that_of_the_tenants_country(demo: TenantSnapshot) -> None:
    guard = Guard(load_policy())
    for country, number in (("GB", "999"), ("DE", "112"), ("US", "911")):
        config = demo.config.model_copy(update={"country": country})
        guards = guards_of(guard, Weighs(), config)
        assert number in guard.say("emergency", "en", 0, **guards.values)


def test_what_the_terms_leave_to_people_is_followed_by_a_person(demo: TenantSnapshot) -> None:
    escalates = guards_of(Guard(load_policy()), Weighs(), demo.config).escalates
    assert {"employment", "insurance", "medical", "emergency", "human_request"} <= escalates
    assert not {"fraud", "injection", "leak"} & escalates


async def test_meaning_is_weighed_beside_the_loop_one_turn_at_a_time() -> None:
    release = threading.Event()
    ran_in: list[str] = []

    def semantic(text: str, language: str, history: Sequence[str]) -> Verdict:
        ran_in.append(threading.current_thread().name)
        assert release.wait(10)
        return Verdict(stage=Stage.TURN, language=language, score=float(len(text)))

    weigh = WeighingThread(semantic)
    both = asyncio.gather(weigh("a", "en", ()), weigh("bb", "en", ()))
    await asyncio.sleep(0)  # the loop goes on while a turn is weighed
    assert not both.done()
    release.set()
    assert [verdict.score for verdict in await both] == [1.0, 2.0]
    assert len(set(ran_in)) == 1
    assert threading.current_thread().name not in ran_in
    weigh.close()


async def test_every_call_of_a_process_is_under_guard(tmp_path: Path) -> None:
    says = "The brain answers."
    tenant = product.bundle(tmp_path, engines={"llm": product.fake("llm", replies=[says])})
    async with product.started(product.settings(tmp_path, tenant), spoken=()) as supervisor:
        plan = supervisor.plan(CallRequest(call_id="c1", channel="text", language="en"))
        async with supervisor.text_call(plan) as call:
            reply = await call.say("please help, there is a fire in the kitchen")
    assert "999" in reply.text
    assert says not in reply.text
