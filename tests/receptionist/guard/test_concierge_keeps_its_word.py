"""Whole dialogues of the embedded brain: what it says is what its tools do."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from eval.engines import load
from guardrails.claims.reader import load_claims
from providers.spec import Slot
from receptionist.callbacks.records import CallbackRecord
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import CallEvent, Guarded, ToolFinished
from receptionist.calls.plan import CallRequest, resolve
from receptionist.calls.text import TextCall
from receptionist.guard.claims import CallClaims
from receptionist.guard.own_words import Answers, OwnWords
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import ToolContext, TransferOutcome
from receptionist.tools.lines import ScriptedLine
from receptionist.tools.registry import ToolRunner
from tests.receptionist.calls.simulation import MemoryMessages
from tests.receptionist.guard.scripted_judge import guards

pytestmark = pytest.mark.integration

READER = load_claims()


class MemoryCallbacks:
    """Keeps promises for a test to look at."""

    async def save(self, callback: CallbackRecord) -> str:
        return callback.id


@pytest.mark.parametrize(
    ("language", "lines", "done"),
    [
        (
            "en",
            [
                "I'd like to leave a message",
                "Max Roth",
                "01632 960 123",
                "the lift is stuck",
                "yes",
            ],
            "noted",
        ),
        (
            "en",
            [
                *("can somebody call me back", "tomorrow at ten", "Max Roth", "01632 960 123"),
                *("the invoice", "yes", "yes"),
            ],
            "promised",
        ),
        ("en", ["put me through to sales please"], "no_answer"),
        (
            "it",
            ["vorrei lasciare un messaggio", "Mario Rossi", "06 1234 5678", "la caldaia", "sì"],
            "noted",
        ),
    ],
)
async def test_nothing_the_embedded_brain_says_has_to_be_replaced(
    demo: TenantSnapshot, language: str, lines: list[str], done: str
) -> None:
    events: list[CallEvent] = []

    async def gather(event: CallEvent) -> None:
        events.append(event)

    context = ToolContext(
        snapshot=demo,
        language=language,
        now=lambda: datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
        line=ScriptedLine(TransferOutcome.NO_ANSWER),
        messages=MemoryMessages(),
        callbacks=MemoryCallbacks(),
    )
    held = replace(
        guards(),
        claims=partial(CallClaims, READER),
        own_words=partial(OwnWords, READER, Answers(load_bundle(DEMO))),
    )
    plan = resolve(demo, CallRequest(call_id="c1", channel="text", language=language))
    brain = load(Slot.LLM, "concierge:default")
    call = TextCall(plan, brain, context, EventDelivery([gather]), guards=held)
    runner = ToolRunner(context, call.emit, lambda: call.turn)
    await call.open(runner)
    for line in lines:
        await call.say(line)
    await runner.close()
    await call.close()
    replaced = [e.text for e in events if isinstance(e, Guarded) and e.action == "replaced"]
    assert replaced == []
    assert done in [event.outcome for event in events if isinstance(event, ToolFinished)]
