"""However fetching a person ends, the caller is told the truth, in six languages."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from eval.engines import load as engine
from prompts.loader import available, load
from providers.spec import Slot
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import CallEvent, Escalated
from receptionist.calls.plan import CallRequest, resolve
from receptionist.calls.text import TextCall, TextReply
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import ToolContext, TransferOutcome
from receptionist.tools.lines import ScriptedLine
from receptionist.tools.registry import ToolRunner
from tests.receptionist.guard.scripted_judge import PERSON, ScriptedJudge, guards

pytestmark = pytest.mark.integration

SAID = {
    TransferOutcome.DECLINED: "declined",
    TransferOutcome.BUSY: "busy",
    TransferOutcome.NO_ANSWER: "no_answer",
    TransferOutcome.VOICEMAIL: "voicemail",
    TransferOutcome.UNREACHABLE: "unreachable",
    TransferOutcome.CANCELLED: "transfer_cancelled",
    TransferOutcome.FAILED: "transfer_failed",
}


async def asks_for_a_person(
    tenant: TenantSnapshot, language: str, outcome: TransferOutcome
) -> tuple[TextReply, list[CallEvent]]:
    events: list[CallEvent] = []

    async def gather(event: CallEvent) -> None:
        events.append(event)

    context = ToolContext(
        snapshot=tenant,
        language=language,
        now=lambda: datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
        line=ScriptedLine(outcome),
    )
    plan = resolve(tenant, CallRequest(call_id="c1", channel="text", language=language))
    brain = engine(Slot.LLM, "concierge:default")
    the_guards = guards(ScriptedJudge(turn_words={"human_request": "human"}))
    call = TextCall(plan, brain, context, EventDelivery([gather]), guards=the_guards)
    runner = ToolRunner(context, call.emit, lambda: call.turn)
    await call.open(runner)
    try:
        return await call.say("a human"), events
    finally:
        await runner.close()
        await call.close()


@pytest.fixture
def everywhere(demo: TenantSnapshot) -> TenantSnapshot:
    """A tenant that answers in six languages."""
    config = demo.config.model_copy(update={"languages": available()})
    return replace(demo, config=config, texts={code: load(code) for code in available()})


@pytest.mark.parametrize("language", available())
@pytest.mark.parametrize("outcome", list(TransferOutcome))
async def test_the_caller_is_told_how_it_ended(
    everywhere: TenantSnapshot, language: str, outcome: TransferOutcome
) -> None:
    reply, events = await asks_for_a_person(everywhere, language, outcome)
    assert [e.outcome for e in events if isinstance(e, Escalated)] == [outcome]
    assert PERSON in reply.text
    if outcome is TransferOutcome.ANSWERED:
        assert reply.text == PERSON
        return
    phrases = load(language).concierge["phrases"][SAID[outcome]]
    beginnings = [phrase.partition("{name}")[0].strip() for phrase in phrases]
    endings = [phrase.rpartition("{name}")[2].strip() for phrase in phrases]
    assert any(
        start in reply.text and end in reply.text
        for start, end in zip(beginnings, endings, strict=True)
    )
    told_again = load(language).session["disclosure_return"][0].partition("{company}")[0]
    assert (told_again in reply.text) is (outcome is TransferOutcome.DECLINED)
