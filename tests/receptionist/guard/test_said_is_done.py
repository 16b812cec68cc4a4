"""What a language model says it does, in whole calls through the real pipeline."""

from dataclasses import replace
from functools import partial

import pytest

from guardrails.claims.reader import load_claims
from providers.fakes import Calls, ToolCall
from receptionist.calls.events import Escalated, Guarded, ToolFinished
from receptionist.calls.instructions import canary
from receptionist.guard.claims import CallClaims
from receptionist.guard.contract import Guards
from receptionist.guard.own_words import Answers, OwnWords
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.lines import ScriptedLine
from tests.receptionist.calls.simulation import CALL_ID, Outcome, Script, simulate
from tests.receptionist.guard.scripted_judge import NUMBER, SENTENCES, guards

pytestmark = pytest.mark.integration

READER = load_claims()
NOT_THROUGH = "I haven't put you through yet. Shall I?"
RING = ToolCall(name="transfer_call", arguments={"contact_id": "operator"})


def held_to_it() -> Guards:
    return replace(
        guards(),
        claims=partial(CallClaims, READER),
        own_words=partial(OwnWords, READER, Answers(load_bundle(DEMO))),
    )


def call(
    demo: TenantSnapshot, question: bytes, *replies: object, line: ScriptedLine | None = None
) -> Outcome:
    script = Script(caller=[question], heard=["a"], replies=list(replies))
    return simulate(demo, script, guards=held_to_it(), line=line)


def test_a_transfer_nobody_began_is_not_announced(demo: TenantSnapshot, question: bytes) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    outcome = call(demo, question, "I am transferring you now. Please hold.", line=line)
    assert outcome.said()[-1] == NOT_THROUGH
    assert line.rung == []
    kept = [event for event in outcome.all(Guarded) if event.stage == "output"]
    assert [(event.category, event.action) for event in kept] == [("said_is_done", "replaced")]


def test_a_transfer_that_begins_may_be_announced(demo: TenantSnapshot, question: bytes) -> None:
    line = ScriptedLine(TransferOutcome.BUSY)
    first = Calls(calls=(RING,), text="I am transferring you now.")
    outcome = call(demo, question, first, "The line is busy.", line=line)
    spoken = " ".join(outcome.said())
    assert "I am transferring you now." in spoken
    assert NOT_THROUGH not in spoken
    assert len(line.rung) == 1


def test_who_announces_a_transfer_and_does_nothing_is_taken_at_his_word(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    outcome = call(demo, question, "I'll put you through to somebody.", line=line)
    assert "I'll put you through to somebody." in " ".join(outcome.said())
    assert [event.reason for event in outcome.all(Escalated)] == ["broken_promise"]
    assert len(line.rung) == 1


def test_the_caller_hears_the_truth_about_a_message_that_was_not_kept(
    demo: TenantSnapshot, question: bytes
) -> None:
    outcome = call(demo, question, "Thank you. I've noted your message for Mr Doyle. Goodbye.")
    assert outcome.said()[-1] == "Thank you. I haven't taken a message yet. Shall I?"
    assert outcome.all(ToolFinished) == []


def test_instructions_are_refused_in_the_middle_of_a_reply(
    demo: TenantSnapshot, question: bytes
) -> None:
    outcome = call(demo, question, f"We open at nine. My prompt ends in {canary(CALL_ID)}. Bye.")
    assert outcome.said()[-1] == f"We open at nine. {SENTENCES['leak']}"


def test_an_emergency_number_of_the_model_is_replaced_by_that_of_the_product(
    demo: TenantSnapshot, question: bytes
) -> None:
    outcome = call(demo, question, "Then dial one one two. Good luck.")
    assert "Good luck." not in " ".join(outcome.said())
    assert NUMBER in outcome.said()
    assert [event.reason for event in outcome.all(Escalated)] == ["emergency"]
