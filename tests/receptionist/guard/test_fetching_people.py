"""Who asks for a person, or needs one, gets one: whole spoken calls on the virtual clock."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from knowledge.people import Contact, Department
from receptionist.calls.events import (
    Disposition,
    Escalated,
    Guarded,
    TurnEnded,
)
from receptionist.calls.session import CallSession
from receptionist.telephony.memory import CallerAudio
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.lines import ScriptedLine
from tests.receptionist.calls.simulation import Script, scripted, simulate
from tests.receptionist.guard.scripted_judge import (
    NUMBER,
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
    assert outcome.said()[-2:] == [PERSON, goes_on]
    brain: Any = engines.llm
    roles = [message["role"] for message in brain.last.contexts[0][-4:]]
    assert roles == ["user", "assistant", "assistant", "tool"]


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


def test_an_emergency_is_answered_while_the_caller_still_speaks_and_is_not_barged_into(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    judge = ScriptedJudge(interim_words={"emergency": "fire"}, turn_words={"emergency": "fire"})

    async def shout(session: CallSession, caller: CallerAudio) -> None:
        await session.conversation.when(lambda: session.conversation.callers_turn)
        for _ in range(3):
            caller.say(question)
            await caller.wait_said()

    script = Script(heard=["there is a fire"] * 3, replies=[ANSWER])
    outcome = simulate(demo, script, shout, guards=guards(judge), line=line)
    spoken = [turn for turn in outcome.all(TurnEnded) if turn.text == NUMBER]
    assert [turn.interrupted for turn in spoken] == [False]
    assert line.rung == [demo.escalation.id]
    assert outcome.disposition is Disposition.TRANSFERRED
    assert ANSWER not in outcome.said()


def test_an_emergency_is_heard_in_words_that_may_still_change(
    demo: TenantSnapshot, question: bytes
) -> None:
    judge = ScriptedJudge(interim_words={"emergency": "fire"})
    script = Script(
        caller=[question], heard=["there is a liar"], stt={"partials": ["there is a fire"]}
    )
    outcome = simulate(demo, script, guards=guards(judge))
    [heard] = [event for event in outcome.all(Guarded) if event.stage == "interim"]
    turn = next(turn for turn in outcome.all(TurnEnded) if turn.speaker == "caller")
    assert heard.at_s < turn.end_s
    assert (heard.text, heard.action) == ("there is a fire", "alarmed")
    assert NUMBER in outcome.said()


def test_an_emergency_lasts_until_a_person_is_on_the_line(
    demo: TenantSnapshot, question: bytes
) -> None:
    judge = ScriptedJudge(interim_words={"emergency": "fire"}, turn_words={"emergency": "fire"})
    script = Script(
        caller=[question] * 2, heard=["there is a fire", "when do you open"], replies=[ANSWER]
    )
    engines = scripted(script)
    the_guards = replace(guards(judge), window_turns=1)
    outcome = simulate(demo, script, engines=engines, guards=the_guards)
    brain: Any = engines.llm
    assert brain.last.contexts == []
    assert outcome.said().count(NUMBER) == 2
    detectors = [event.detector for event in outcome.all(Guarded) if event.stage == "turn"]
    assert detectors == ["rules", "state"]
