"""Whoever types is listened to: on the virtual clock, with keys as a telephone sends them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from eval.speech import CallerVoices
from providers.fakes import Calls, ToolCall
from receptionist.calls.events import Disposition, Escalated, ToolFinished, TurnEnded
from receptionist.calls.session import CallSession
from receptionist.guard.limits import HourlyCount
from receptionist.handoff.transfers import Transfers
from receptionist.telephony.keypad import Keypad
from receptionist.telephony.memory import CallerAudio
from receptionist.tenants.config import Patience
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import Arguments, Tool, ToolContext, TransferOutcome
from receptionist.tools.lines import ScriptedLine
from receptionist.tools.registry import TOOLS
from tests.receptionist.calls.simulation import RATE_HZ, Script, simulate
from tests.receptionist.guard.scripted_judge import ScriptedJudge, guards
from tests.receptionist.handoff.telephones import PlayedLine

pytestmark = pytest.mark.integration

ANSWER = "We are in Mill Lane, " + "behind the old mill, " * 12 + "on the left."
SLOW_S = 1.4
Act = Callable[[CallSession, CallerAudio], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module")
def question(voices: CallerVoices) -> bytes:
    return voices.say("hibari:default", "Where are you?", rate_hz=RATE_HZ)


def pressing(act: Callable[[CallSession, CallerAudio, Keypad], Coroutine[Any, Any, None]]) -> Act:
    """Gives `act` a keypad that the call is gathering from."""

    async def with_keypad(session: CallSession, caller: CallerAudio) -> None:
        keypad = Keypad(1500)
        gathering = asyncio.create_task(keypad.gather(session.keys))
        try:
            await act(session, caller, keypad)
        finally:
            gathering.cancel()

    return with_keypad


def test_the_first_key_stops_the_assistant_and_the_rest_is_waited_for(
    demo: TenantSnapshot, question: bytes
) -> None:
    pressed_s: list[float] = []

    @pressing
    async def type_over(session: CallSession, caller: CallerAudio, keypad: Keypad) -> None:
        conversation = session.conversation
        await conversation.when(lambda: conversation.callers_turn)
        caller.say(question)
        await caller.wait_said()
        await conversation.when(lambda: conversation.assistant_speaking)
        await asyncio.sleep(2)
        for key in "01632960555":
            pressed_s.append(conversation.timeline.now_s)
            keypad.press(key)
            await asyncio.sleep(SLOW_S)
        await conversation.when(lambda: conversation.transcript.turns[-1].text == "Thank you.")
        session.hang_up()

    script = Script(
        channel="sip",
        heard=["Where are you?"],
        replies=[ANSWER, "Thank you."],
        patience=Patience(reask_after_ms=2000, max_call_s=120),
    )
    outcome = simulate(demo, script, type_over)
    cut, typed, thanks = outcome.all(TurnEnded)[-3:]
    assert cut.interrupted
    assert ANSWER.startswith(cut.text)
    assert cut.end_s - pressed_s[0] < 0.3
    assert typed.text.startswith("[")  # a number is not kept
    assert thanks.start_s > pressed_s[-1] + 1.5
    assert pressed_s[-1] - pressed_s[0] > 10  # and nobody asked whether he is there


def test_a_key_does_not_cut_off_what_everybody_must_be_told(demo: TenantSnapshot) -> None:
    @pressing
    async def at_once(session: CallSession, _caller: CallerAudio, keypad: Keypad) -> None:
        await session.conversation.when(lambda: session.conversation.assistant_speaking)
        keypad.press("5")
        keypad.press("#")
        await session.conversation.when(
            lambda: (
                session.conversation.transcript.turns[-1:] != []
                and session.conversation.transcript.turns[-1].text == "Thank you."
            )
        )
        session.hang_up()

    outcome = simulate(demo, Script(channel="sip", replies=["Thank you."]), at_once)
    first = next(turn for turn in outcome.all(TurnEnded) if turn.speaker == "assistant")
    assert "automated assistant" in first.text
    assert not first.interrupted


def test_a_lone_hash_changes_nothing(demo: TenantSnapshot) -> None:
    @pressing
    async def hash_alone(session: CallSession, _caller: CallerAudio, keypad: Keypad) -> None:
        conversation = session.conversation
        await conversation.when(lambda: conversation.assistant_speaking)
        keypad.press("#")
        await conversation.when(lambda: conversation.callers_turn)
        session.hang_up()

    outcome = simulate(demo, Script(channel="sip"), hash_alone)
    assert not any(turn.interrupted for turn in outcome.all(TurnEnded))
    assert [turn.speaker for turn in outcome.all(TurnEnded)] == ["assistant", "assistant"]


def test_a_caller_who_is_not_understood_and_gets_no_person_gets_a_menu(
    demo: TenantSnapshot, question: bytes
) -> None:
    @pressing
    async def then_key(session: CallSession, caller: CallerAudio, keypad: Keypad) -> None:
        conversation = session.conversation
        for _ in range(2):
            await conversation.when(lambda: conversation.callers_turn)
            caller.say(question)
            await caller.wait_said()
            turns = conversation.caller_turns
            await conversation.when(lambda turns=turns: conversation.caller_turns > turns)
        await conversation.when(lambda: "press star" in conversation.transcript.turns[-1].text)
        first = len(conversation.transcript.turns)
        keypad.press("1")
        await conversation.when(
            lambda: any("star" in turn.text for turn in conversation.transcript.turns[first:])
        )
        session.hang_up()

    judge = ScriptedJudge(output_words={"misunderstanding": "did not understand"})
    lost = "I did not understand that."
    line = ScriptedLine(TransferOutcome.NO_ANSWER)
    script = Script(channel="sip", heard=["a", "b"], replies=[lost, lost])
    outcome = simulate(demo, script, then_key, guards=guards(judge), line=line)
    menu = next(text for text in outcome.said() if "press star" in text)
    assert "isn't answering. I'm sorry, I don't understand you well." in menu
    assert [e.reason for e in outcome.all(Escalated)] == ["misunderstanding"]
    assert line.rung == [demo.escalation.id, "bookings"]
    assert [turn.text for turn in outcome.all(TurnEnded) if turn.speaker == "caller"][-1] == (
        "bookings, please."
    )
    assert outcome.disposition is not Disposition.TRANSFERRED


class AsksForPin(Tool):
    """A tool that waits for digits nobody else gets."""

    name = "check_pin"
    description = "Checks a PIN."
    arguments = Arguments

    async def run(self, arguments: Any, context: ToolContext) -> dict[str, str]:
        del arguments
        context.keypad.want()
        return {"outcome": "invalid", "field": "pin", "spoken": "Please type your PIN."}


def test_a_secret_that_is_typed_while_a_menu_is_offered_stays_one(demo: TenantSnapshot) -> None:
    @pressing
    async def pin_late(session: CallSession, _caller: CallerAudio, keypad: Keypad) -> None:
        conversation = session.conversation
        await conversation.when(lambda: conversation.callers_turn)
        await session.hear("My PIN, please")
        await conversation.when(lambda: "press star" in conversation.transcript.turns[-1].text)
        for key in "4711":
            keypad.press(key)
        await conversation.when(lambda: conversation.transcript.turns[-1].text == "Thank you.")
        session.hang_up()

    script = Script(
        channel="sip",
        replies=[
            Calls(calls=(ToolCall(name="check_pin", arguments={}),)),
            "Please type your PIN.",
            "Thank you.",
        ],
        patience=Patience(reask_after_ms=2000, max_call_s=120),
    )
    line = Transfers(PlayedLine({}), HourlyCount())
    outcome = simulate(demo, script, pin_late, line=line, tools=(*TOOLS, AsksForPin()))
    typed = [turn.text for turn in outcome.all(TurnEnded) if turn.speaker == "caller"]
    assert typed == ["My PIN, please", "keypad-entry-1"]
    assert [run.name for run in outcome.all(ToolFinished)] == ["check_pin"]
    assert "4711" not in repr(outcome.events)
