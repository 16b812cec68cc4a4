"""Who asks for a person, or needs one, gets one: whole spoken calls on the virtual clock."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from knowledge.people import Contact, Department
from providers.fakes import Calls, ToolCall
from receptionist.calls.events import Disposition, Escalated, ToolFinished, TurnEnded
from receptionist.calls.session import CallSession
from receptionist.telephony.memory import CallerAudio
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.lines import ScriptedLine
from tests.receptionist.calls.simulation import Script, scripted, simulate
from tests.receptionist.guard.lines import AnsweredBy, TimedLine
from tests.receptionist.guard.scripted_judge import (
    PERSON,
    ScriptedJudge,
    guards,
)
from tests.receptionist.guard.voiced import ANSWER

pytestmark = pytest.mark.integration


def test_who_asks_for_a_person_is_put_through_by_the_product(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    judge = ScriptedJudge(turn_words={"human_request": "human"})
    script = Script(caller=[question], heard=["a human please"], replies=[])
    outcome = simulate(demo, script, guards=guards(judge), line=line)
    assert line.rung == [demo.escalation.id]
    assert outcome.said()[-1] == PERSON
    assert outcome.disposition is Disposition.TRANSFERRED


def test_the_brain_goes_on_when_no_person_can_be_had(demo: TenantSnapshot, question: bytes) -> None:
    judge = ScriptedJudge(turn_words={"human_request": "human"})
    goes_on = "Nobody can be reached. May I take a message?"
    script = Script(caller=[question], heard=["a human please"], replies=[goes_on])
    engines = scripted(script)
    outcome = simulate(demo, script, engines=engines, guards=guards(judge))
    assert outcome.said()[-1] == goes_on
    assert PERSON not in outcome.said()  # nobody is promised who cannot be rung
    brain: Any = engines.llm
    roles = [message["role"] for message in brain.last.contexts[0][-3:]]
    assert roles == ["user", "assistant", "tool"]


def backed_up(demo: TenantSnapshot) -> TenantSnapshot:
    """Returns a tenant at which two others are rung when nobody answers."""
    config = demo.config.model_copy(update={"escalation_next": ("sales", "tom-ashdown")})
    return replace(demo, config=config)


@pytest.mark.parametrize(
    ("answering", "rung"),
    [("reception", 1), ("sales", 2), ("nobody", 3)],
)
def test_others_are_rung_in_their_order_until_somebody_answers(
    demo: TenantSnapshot, question: bytes, answering: str, rung: int
) -> None:
    tenant = backed_up(demo)
    line = AnsweredBy(answering)
    judge = ScriptedJudge(turn_words={"human_request": "human"})
    script = Script(caller=[question], heard=["a human please"], replies=["Nobody is there."])
    outcome = simulate(tenant, script, guards=guards(judge), line=line)
    order = [demo.escalation.id, "sales", "tom-ashdown"]
    assert line.rung == order[:rung]
    assert [(e.target, e.outcome == "answered") for e in outcome.all(Escalated)] == [
        (target, target == answering) for target in line.rung
    ]
    assert ("Nobody is there." in outcome.said()) is (answering == "nobody")


def test_it_rings_while_the_caller_is_told_so(demo: TenantSnapshot, question: bytes) -> None:
    line = TimedLine()
    judge = ScriptedJudge(turn_words={"human_request": "human"})
    script = Script(caller=[question], heard=["a human please"])
    outcome = simulate(demo, script, guards=guards(judge), line=line)
    told = next(turn for turn in outcome.all(TurnEnded) if turn.text == PERSON)
    rung = next(event for event in outcome.all(Escalated))
    assert rung.at_s <= told.start_s + 0.2


def test_whom_the_brain_rings_is_rung_no_longer_once_the_product_rings(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = TimedLine(seconds={"sales": 40.0})
    judge = ScriptedJudge(turn_words={"human_request": "human"})
    ring = ToolCall(name="transfer_call", arguments={"contact_id": "sales"})

    async def lose_patience(session: CallSession, caller: CallerAudio) -> None:
        for _ in range(2):
            await session.conversation.when(lambda: session.conversation.callers_turn)
            caller.say(question)
            await caller.wait_said()
            await asyncio.sleep(3)
            session.conversation.silence.waits(0.0)

    script = Script(heard=["sales please", "no, a human"], replies=[Calls(calls=(ring,))])
    outcome = simulate(demo, script, lose_patience, guards=guards(judge), line=line)
    ended = [tool.outcome for tool in outcome.all(ToolFinished)]
    assert ended == ["cancelled", "answered"]
    assert outcome.disposition is Disposition.TRANSFERRED


class _SlowLine:
    """Rings for 20 s, then somebody answers."""

    async def transfer(self, target: Contact | Department, *, reason: str) -> TransferOutcome:
        await asyncio.sleep(20)
        return TransferOutcome.ANSWERED


@pytest.mark.parametrize("turns", [1, 2], ids=["waits", "asks whether anybody is there"])
def test_a_caller_for_whom_a_person_is_rung_is_kept_company_until_somebody_answers(
    demo: TenantSnapshot, question: bytes, turns: int
) -> None:
    async def ask(session: CallSession, caller: CallerAudio) -> None:
        await session.conversation.when(lambda: session.conversation.callers_turn)
        for _ in range(turns):
            caller.say(question)
            await caller.wait_said()
            await asyncio.sleep(8)

    judge = ScriptedJudge(turn_words={"human_request": "human"})
    script = Script(heard=["a human please", "hello"])
    outcome = simulate(demo, script, ask, guards=guards(judge), line=_SlowLine())
    assert outcome.disposition is Disposition.TRANSFERRED
    spoken = [turn for turn in outcome.all(TurnEnded) if turn.speaker == "assistant"]
    fillers = demo.texts["en"].session["filler"]
    assert {turn.text for turn in spoken[3:]} <= set(fillers)
    turns_heard = sorted(outcome.all(TurnEnded), key=lambda turn: turn.start_s)
    gaps = [b.start_s - a.end_s for a, b in pairwise(turns_heard)]
    assert len(spoken) > 5
    assert max(gaps) <= 4.0


def test_the_key_for_a_person_is_a_request_for_one(demo: TenantSnapshot) -> None:
    async def press(session: CallSession, _caller: CallerAudio) -> None:
        await session.conversation.when(lambda: session.conversation.callers_turn)
        await session.hear("0")

    line = ScriptedLine(TransferOutcome.ANSWERED)
    outcome = simulate(demo, Script(), press, guards=guards(), line=line)
    assert line.rung == [demo.escalation.id]
    assert [e.reason for e in outcome.all(Escalated)] == ["human_request"]


def test_the_second_angry_turn_brings_a_person(demo: TenantSnapshot, question: bytes) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    judge = ScriptedJudge(turn_words={"anger": "idiot"})
    script = Script(
        caller=[question] * 2, heard=["you idiot", "idiot again"], replies=[ANSWER, ANSWER]
    )
    outcome = simulate(demo, script, guards=guards(judge), line=line)
    assert ANSWER in outcome.said()
    assert [e.reason for e in outcome.all(Escalated)] == ["anger"]


def test_two_replies_in_a_row_that_understood_nothing_bring_a_person(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    judge = ScriptedJudge(output_words={"misunderstanding": "did not understand"})
    lost, fine = "I did not understand that.", "We open at nine."
    script = Script(
        caller=[question] * 4, heard=["a", "b", "c", "d"], replies=[lost, fine, lost, lost]
    )
    outcome = simulate(demo, script, guards=guards(judge), line=line)
    said = [turn.text for turn in outcome.all(TurnEnded) if turn.speaker == "assistant"]
    assert said[2:] == [lost, fine, lost, PERSON]
    assert [e.reason for e in outcome.all(Escalated)] == ["misunderstanding"]
