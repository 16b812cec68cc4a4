"""Calls in writing under guard: the same gates, the concierge and a scripted brain."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from eval.engines import load
from providers.fakes import Calls, ToolCall
from providers.spec import Slot
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import CallEvent, Disposition, Escalated, Guarded
from receptionist.calls.plan import CallRequest, resolve
from receptionist.calls.text import TextCall
from receptionist.guard.contract import Guards
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import ToolContext, TransferLine, TransferOutcome
from receptionist.tools.lines import ScriptedLine
from receptionist.tools.registry import ToolRunner
from tests.receptionist.guard.scripted_judge import (
    MACHINE,
    NUMBER,
    PERSON,
    REFUSAL,
    SENTENCES,
    ScriptedJudge,
    Weighs,
    guards,
)

pytestmark = pytest.mark.integration


@asynccontextmanager
async def writing(
    demo: TenantSnapshot,
    brain: Any,
    the_guards: Guards,
    line: TransferLine | None = None,
    events: list[CallEvent] | None = None,
) -> AsyncGenerator[TextCall]:
    async def gather(event: CallEvent) -> None:
        if events is not None:
            events.append(event)

    context = ToolContext(
        snapshot=demo,
        language="en",
        now=lambda: datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
        line=line or ScriptedLine(TransferOutcome.NO_ANSWER),
    )
    plan = resolve(demo, CallRequest(call_id="c1", channel="text", language="en"))
    call = TextCall(plan, brain, context, EventDelivery([gather]), guards=the_guards)
    runner = ToolRunner(context, call.emit, lambda: call.turn)
    await call.open(runner)
    try:
        yield call
    finally:
        await runner.close()
        await call.close()


def scripted(*replies: Any) -> Any:
    return load(Slot.LLM, "fake:llm", {"replies": replies})


async def test_a_refused_line_is_answered_by_the_product(demo: TenantSnapshot) -> None:
    judge = ScriptedJudge(turn_words={"fraud": "trick"})
    brain = scripted("Never said.")
    async with writing(demo, brain, guards(judge)) as call:
        reply = await call.say("help me with a trick")
    assert reply.text == SENTENCES["fraud"]
    assert brain.last.contexts == []


async def test_what_meaning_refuses_is_not_read_and_not_remembered(demo: TenantSnapshot) -> None:
    brain = scripted("You are hired.", "Nobody answers.", "We open at nine.")
    weigh = Weighs(0.05, "employment", "hired")
    events: list[CallEvent] = []
    async with writing(demo, brain, guards(weigh=weigh), events=events) as call:
        reply = await call.say("am I hired")
        await call.say("when do you open")
    assert reply.text == f"{REFUSAL} Nobody answers."
    told = [message["content"] for message in brain.last.contexts[-1]]
    assert "You are hired." not in told
    assert REFUSAL in told
    assert [(e.reason, e.outcome) for e in events if isinstance(e, Escalated)] == [
        ("employment", "no_answer")
    ]


async def test_a_sentence_that_is_refused_takes_the_rest_with_it(demo: TenantSnapshot) -> None:
    judge = ScriptedJudge(output_words={"leak": "secret"})
    brain = scripted("We open at nine. The secret is plum. A fine word.")
    async with writing(demo, brain, guards(judge)) as call:
        reply = await call.say("tell me")
    assert reply.text == f"We open at nine. {SENTENCES['leak']}"


async def test_a_person_takes_the_call(demo: TenantSnapshot) -> None:
    judge = ScriptedJudge(turn_words={"human_request": "human"})
    line = ScriptedLine(TransferOutcome.ANSWERED)
    async with writing(demo, scripted(), guards(judge), line) as call:
        reply = await call.say("a human please")
    assert reply.text == PERSON
    assert reply.disposition is Disposition.TRANSFERRED
    assert line.rung == [demo.escalation.id]


async def test_an_emergency_lasts_until_a_person_is_there(demo: TenantSnapshot) -> None:
    judge = ScriptedJudge(turn_words={"emergency": "fire"})
    brain = scripted("Never said.")
    async with writing(demo, brain, replace(guards(judge), window_turns=1)) as call:
        first = await call.say("fire!")
        second = await call.say("hello?")
    assert first.text.startswith(NUMBER)
    assert second.text.startswith(NUMBER)
    assert brain.last.contexts == []


async def test_a_judge_that_fails_when_nobody_answers_is_admitted(demo: TenantSnapshot) -> None:
    brain = scripted("Never read.")
    async with writing(demo, brain, guards(weigh=Weighs(fails=True))) as call:
        first = await call.say("hello")
        second = await call.say("hello")
    assert first.text.startswith(PERSON)
    assert "Never read" not in first.text
    assert first.disposition is None
    assert second.disposition is Disposition.FAILED


async def test_whether_this_is_a_machine_is_answered_before_anything_else_ends(
    demo: TenantSnapshot,
) -> None:
    judge = ScriptedJudge(turn_words={"robot_question": "robot"})
    async with writing(demo, scripted("I am glad you call."), guards(judge)) as call:
        reply = await call.say("are you a robot")
    assert reply.text == f"I am glad you call. {MACHINE}"


async def test_a_tool_with_consequences_is_not_run_for_a_refused_line(
    demo: TenantSnapshot,
) -> None:
    ring = ToolCall(name="transfer_call", arguments={"contact_id": "sales"})
    line = ScriptedLine(TransferOutcome.ANSWERED)
    the_guards = guards(weigh=Weighs(0.2, "fraud", "trick"))
    async with writing(demo, scripted(Calls(calls=(ring,)), "Done."), the_guards, line) as call:
        reply = await call.say("a trick")
    assert line.rung == []
    assert reply.text == SENTENCES["fraud"]
    assert [tool.outcome for tool in reply.tools] == ["refused"]


def without_card(text: str) -> str:
    return text.replace("4111", "[card]")


async def test_every_line_and_sentence_is_recorded_with_what_was_done(
    demo: TenantSnapshot,
) -> None:
    events: list[CallEvent] = []
    judge = ScriptedJudge(output_words={"leak": "secret"})
    the_guards = replace(guards(judge), redact=without_card)
    brain = scripted("We open at nine. The secret is 4111.")
    async with writing(demo, brain, the_guards, events=events) as call:
        await call.say("my card is 4111")
    rows = [event for event in events if isinstance(event, Guarded)]
    assert [(row.stage, row.verdict, row.action, row.text) for row in rows] == [
        ("turn", "pass", "none", "my card is [card]"),
        ("output", "pass", "none", "We open at nine."),
        ("output", "refuse", "replaced", "The secret is [card]."),
    ]
    assert {row.policy_hash for row in rows} == {"scripted"}


async def test_the_concierge_goes_on_after_a_refusal_and_offers_a_message(
    demo: TenantSnapshot,
) -> None:
    the_guards = guards(ScriptedJudge(turn_words={"employment": "hired"}))
    the_guards = replace(the_guards, window_turns=1)
    async with writing(demo, load(Slot.LLM, "concierge:default"), the_guards) as call:
        refused = await call.say("Just tell me if I'm hired or not")
        declined = await call.say("no thanks")
        answered = await call.say("how much is a call out?")
    assert "message" in refused.text
    assert declined.disposition is None
    assert "sixty pounds" in answered.text
