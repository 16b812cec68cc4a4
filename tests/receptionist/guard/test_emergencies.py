"""Callers who may be in danger: whole spoken calls on the virtual clock."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from receptionist.calls.events import (
    AlarmRaised,
    CallerHeard,
    Disposition,
    Escalated,
    Guarded,
    TurnEnded,
)
from receptionist.calls.session import CallSession
from receptionist.guard.alarms import Alarm
from receptionist.guard.contract import Guards
from receptionist.telephony.memory import CallerAudio
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.lines import ScriptedLine
from tests.receptionist.calls import simulation
from tests.receptionist.calls.simulation import Outcome, Script, scripted, simulate
from tests.receptionist.guard.lines import AnsweredBy
from tests.receptionist.guard.scripted_judge import COMFORT, NUMBER, ScriptedJudge, guards
from tests.receptionist.guard.voiced import ANSWER

pytestmark = pytest.mark.integration

FIRE = ScriptedJudge(interim_words={"emergency": "fire"}, turn_words={"emergency": "fire"})
DESPAIR = ScriptedJudge(
    interim_words={"emergency": "pills"},
    turn_words={"self_harm": "want to die", "emergency": "pills"},
)
DIAL = {"number": "112", "hotline": "116 123"}
ALONE = (
    "If you are in danger, hang up and dial one one two now. I am an automated assistant: I cannot"
    " send help, and I cannot put you through to anybody."
)
WAITING = "Nobody has answered yet. If you are in danger, hang up and dial one one two now."
Act = Callable[[CallSession, CallerAudio], Awaitable[None]]


def dialling(judge: ScriptedJudge = FIRE) -> Guards:
    return replace(guards(judge), values=DIAL, window_turns=1)


def spoken(outcome: Outcome) -> list[TurnEnded]:
    """Returns what was said after the greeting."""
    return [turn for turn in outcome.all(TurnEnded) if turn.speaker == "assistant"][2:]


def speaks(question: bytes, turns: int = 1, wait_s: float = 0.0) -> Act:
    """Returns a caller who speaks when he may, and waits after his last word."""

    async def act(session: CallSession, caller: CallerAudio) -> None:
        await session.conversation.when(lambda: session.conversation.callers_turn)
        for _ in range(turns):
            caller.say(question)
            await caller.wait_said()
            await asyncio.sleep(8)
        await asyncio.sleep(wait_s)
        session.hang_up()

    return act


def test_an_emergency_is_answered_while_the_caller_still_speaks_and_is_not_barged_into(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)

    async def shout(session: CallSession, caller: CallerAudio) -> None:
        await session.conversation.when(lambda: session.conversation.callers_turn)
        for _ in range(3):
            caller.say(question)
            await caller.wait_said()

    script = Script(heard=["there is a fire"] * 3, replies=[ANSWER])
    outcome = simulate(demo, script, shout, guards=dialling(), line=line)
    said = [turn for turn in outcome.all(TurnEnded) if turn.text == NUMBER]
    assert [turn.interrupted for turn in said] == [False]
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
    line = ScriptedLine(TransferOutcome.ANSWERED)
    outcome = simulate(demo, script, guards=dialling(judge), line=line)
    [heard] = [event for event in outcome.all(Guarded) if event.stage == "interim"]
    turn = next(turn for turn in outcome.all(TurnEnded) if turn.speaker == "caller")
    assert heard.at_s < turn.end_s
    assert (heard.text, heard.action) == ("there is a fire", "alarmed")
    assert NUMBER in outcome.said()


def test_the_sentence_cuts_the_assistant_off_and_is_heard_within_half_a_second(
    demo: TenantSnapshot, question: bytes
) -> None:
    long = "We are open " + "on Monday and " * 30 + "on Tuesday."
    judge = ScriptedJudge(interim_words={"emergency": "fire"})

    async def shout(session: CallSession, caller: CallerAudio) -> None:
        for _ in range(2):
            await session.conversation.when(lambda: session.conversation.callers_turn)
            caller.say(question)
            await caller.wait_said()
            await session.conversation.when(lambda: session.conversation.assistant_speaking)
            if session.conversation.caller_turns:
                break
        await asyncio.sleep(1)
        caller.say(question)
        await asyncio.sleep(12)
        session.hang_up()

    script = Script(heard=["when do you open", "there is a fire"], replies=[long])
    outcome = simulate(demo, script, shout, guards=dialling(judge))
    [heard] = [event for event in outcome.all(Guarded) if event.stage == "interim"]
    cut, sentence = spoken(outcome)[:2]
    assert cut.interrupted
    assert long.startswith(cut.text)
    assert sentence.text == ALONE
    assert sentence.start_s - heard.at_s < 0.5


def test_a_person_is_rung_outside_opening_hours_too(
    demo: TenantSnapshot, question: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    sunday_night = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    monkeypatch.setattr(simulation, "now", lambda: sunday_night)
    line = ScriptedLine(TransferOutcome.ANSWERED)
    script = Script(caller=[question], heard=["there is a fire"])
    outcome = simulate(demo, script, guards=dialling(), line=line)
    assert line.rung == [demo.escalation.id]
    assert outcome.disposition is Disposition.TRANSFERRED


def test_where_nobody_can_be_rung_nobody_is_promised(demo: TenantSnapshot, question: bytes) -> None:
    script = Script(heard=["there is a fire", "when do you open"], replies=[ANSWER])
    engines = scripted(script)
    act = speaks(question, turns=2, wait_s=20)
    outcome = simulate(demo, script, act, engines=engines, guards=dialling())
    brain: Any = engines.llm
    assert brain.last.contexts == []
    assert {turn.text for turn in spoken(outcome)} == {ALONE}
    assert len(spoken(outcome)) >= 3
    assert [event.outcome for event in outcome.all(Escalated)] == ["unreachable"]


def test_until_somebody_answers_everybody_is_rung_again_and_the_caller_knows_how_it_stands(
    demo: TenantSnapshot, question: bytes
) -> None:
    config = demo.config.model_copy(update={"escalation_next": ("sales",)})
    tenant = replace(demo, config=config)
    line = AnsweredBy("sales", attempt=2, rings_s=15.0)
    script = Script(heard=["there is a fire", "hello?", "when do you open"], replies=[ANSWER])
    engines = scripted(script)
    act = speaks(question, turns=3, wait_s=120)
    outcome = simulate(tenant, script, act, engines=engines, guards=dialling(), line=line)
    brain: Any = engines.llm
    assert brain.last.contexts == []
    assert line.rung == [demo.escalation.id, "sales"] * 2
    said = [turn.text for turn in spoken(outcome)]
    assert said[0] == NUMBER
    assert set(said[1:]) == {WAITING}
    assert outcome.disposition is Disposition.TRANSFERRED
    heard = sorted(outcome.all(TurnEnded), key=lambda turn: turn.start_s)
    assert max(b.start_s - a.end_s for a, b in pairwise(heard)) <= 8.5


def test_what_the_caller_says_next_is_answered_at_once(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = AnsweredBy("nobody", rings_s=60.0)
    script = Script(heard=["there is a fire", "is anybody coming"])
    outcome = simulate(demo, script, speaks(question, turns=2), guards=dialling(), line=line)
    second = [turn for turn in outcome.all(TurnEnded) if turn.speaker == "caller"][1]
    after = [turn for turn in spoken(outcome) if turn.start_s > second.end_s]
    assert after[0].text == WAITING
    assert after[0].start_s - second.end_s < 3.0
    rows = [event for event in outcome.all(Guarded) if event.stage == "turn"]
    assert [(row.detector, row.category) for row in rows] == [
        ("rules", "emergency"),
        ("state", "emergency"),
    ]


def test_a_supervisor_is_told_once_and_nothing_of_what_was_said(
    demo: TenantSnapshot, question: bytes
) -> None:
    raised: list[Alarm] = []
    the_guards = replace(dialling(), alarm=raised.append)
    script = Script(heard=["there is a fire", "a fire I say"])
    outcome = simulate(demo, script, speaks(question, turns=2), guards=the_guards)
    assert [(event.category, event.language) for event in outcome.all(AlarmRaised)] == [
        ("emergency", "en")
    ]
    assert [(alarm.call_id, alarm.tenant, alarm.category) for alarm in raised] == [
        (simulation.CALL_ID, demo.config.tenant, "emergency")
    ]
    assert "fire" not in repr(raised)
    assert any("fire" in event.text for event in outcome.all(CallerHeard))


def test_who_thinks_of_dying_is_comforted_rung_for_and_never_left_to_the_brain(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = AnsweredBy("nobody", rings_s=4.0)
    script = Script(heard=["I want to die", "what are your prices"], replies=[ANSWER])
    engines = scripted(script)
    the_guards = dialling(DESPAIR)
    act = speaks(question, turns=2, wait_s=10)
    outcome = simulate(demo, script, act, engines=engines, guards=the_guards, line=line)
    brain: Any = engines.llm
    assert brain.last.contexts == []
    first, *others = [turn.text for turn in spoken(outcome)]
    assert first == COMFORT
    assert others
    assert all("stay on the line" in text and "dial one one two" in text for text in others)
    assert [event.category for event in outcome.all(AlarmRaised)] == ["self_harm"]
    assert len(line.rung) >= 2


def test_who_has_done_himself_harm_is_in_danger_now(demo: TenantSnapshot, question: bytes) -> None:
    line = AnsweredBy("nobody", rings_s=60.0)
    script = Script(heard=["I want to die", "I have taken pills"])
    act = speaks(question, turns=2)
    outcome = simulate(demo, script, act, guards=dialling(DESPAIR), line=line)
    said = [turn.text for turn in spoken(outcome)]
    assert said[0] == COMFORT
    assert NUMBER in said
    assert [event.category for event in outcome.all(AlarmRaised)] == ["self_harm", "emergency"]
