"""Whole spoken calls on the virtual clock whose callers are put through."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from eval.speech import CallerVoices
from providers.fakes import Calls, ToolCall
from receptionist.calls.events import Disposition, ToolFinished, TurnEnded
from receptionist.calls.session import CallSession
from receptionist.guard.limits import HourlyCount
from receptionist.handoff.config import TransferConfig
from receptionist.handoff.contract import Heard
from receptionist.handoff.events import TransferEnded
from receptionist.handoff.transfers import Transfers
from receptionist.telephony.memory import CallerAudio
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from tests.receptionist.calls.simulation import RATE_HZ, Outcome, Script, simulate
from tests.receptionist.handoff.telephones import Part, PlayedLine

pytestmark = pytest.mark.integration

TOM = "tom-ashdown"
NUMBER = "+441632960102"
RECEPTION = "+441632960100"
QUESTION = "Tom Ashdown please"
ASKS = Calls(calls=(ToolCall(name="transfer_call", arguments={"contact_id": TOM}),))
TRUTH = "He cannot take the call. Shall I take a message?"
GREETED = 2


@pytest.fixture(scope="module")
def question(voices: CallerVoices) -> bytes:
    return voices.say("hibari:default", QUESTION, rate_hz=RATE_HZ)


def with_transfers(demo: TenantSnapshot, **transfer: Any) -> TenantSnapshot:
    phone = demo.config.phone.model_copy(
        update={"transfer": TransferConfig.model_validate(transfer)}
    )
    return replace(demo, config=demo.config.model_copy(update={"phone": phone}))


def put_through(
    demo: TenantSnapshot, line: PlayedLine, script: Script, act: Any = None
) -> tuple[Outcome, Transfers]:
    transfers = Transfers(line, HourlyCount())
    return simulate(demo, script, act, line=transfers), transfers


def test_a_caller_who_is_answered_is_told_so_and_leaves_the_assistant(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = PlayedLine({NUMBER: Part()})
    script = Script(caller=[question], heard=[QUESTION], replies=[ASKS, "Tom is on the line."])
    outcome, _ = put_through(with_transfers(demo), line, script)
    assert outcome.disposition is Disposition.TRANSFERRED
    assert outcome.said()[-1] == "Tom is on the line."
    assert [(rung.rung, rung.outcome) for rung in outcome.all(TransferEnded)] == [(TOM, "answered")]
    assert line.left_open == [NUMBER]  # he waits for `connect`


def test_a_caller_hears_that_it_rings_and_then_the_truth(
    demo: TenantSnapshot, question: bytes
) -> None:
    hears = (Heard(words="Tom Ashdown"), Heard(words="no, I am driving"))
    line = PlayedLine({NUMBER: Part(rings_s=15, hears=hears)})
    script = Script(caller=[question], heard=[QUESTION], replies=[ASKS, TRUTH])
    outcome, _ = put_through(with_transfers(demo, mode="warm"), line, script)
    said = outcome.said()
    lines = demo.texts["en"].session["ringing"]
    assert sum(text in lines for text in said) >= 3
    turns = sorted(outcome.all(TurnEnded), key=lambda turn: turn.start_s)
    assert max(later.start_s - earlier.end_s for earlier, later in pairwise(turns)) <= 4.0
    assert said[-1] == TRUTH
    [rung] = outcome.all(TransferEnded)
    assert (rung.mode, rung.outcome, rung.reason) == ("warm", "declined", "no, I am driving")
    assert demo.texts["en"].session["disclosure_return"][0].split(",")[0][:10] in " ".join(said)
    assert line.left_open == []


def test_the_next_one_is_rung_and_the_caller_is_told_who_answered(
    demo: TenantSnapshot, question: bytes
) -> None:
    line = PlayedLine({NUMBER: Part(outcome=TransferOutcome.BUSY), RECEPTION: Part()})
    script = Script(caller=[question], heard=[QUESTION], replies=[ASKS, "Reception has you."])
    outcome, _ = put_through(with_transfers(demo, next={TOM: ["reception"]}), line, script)
    [finished] = outcome.all(ToolFinished)
    assert (finished.outcome, finished.result["contact"]["id"]) == ("answered", "reception")
    assert [rung.outcome for rung in outcome.all(TransferEnded)] == ["busy", "answered"]


@pytest.mark.parametrize("by", ["key", "words"])
def test_a_caller_comes_back_while_it_rings(demo: TenantSnapshot, question: bytes, by: str) -> None:
    async def come_back(session: CallSession, caller: CallerAudio) -> None:
        conversation = session.conversation
        await conversation.when(lambda: conversation.callers_turn)
        caller.say(question)
        await conversation.when(lambda: bool(line.rung))
        await asyncio.sleep(4)
        if by == "key":
            await session.keys.take("*")
        else:
            caller.say(question)
        await conversation.when(lambda: TRUTH in conversation.transcript.turns[-1].text)
        session.hang_up()

    line = PlayedLine({NUMBER: Part(rings_s=19)})
    script = Script(heard=[QUESTION, "no, come back"], replies=[ASKS, TRUTH])
    outcome, _ = put_through(with_transfers(demo), line, script, come_back)
    assert [rung.outcome for rung in outcome.all(TransferEnded)] == ["cancelled"]
    assert [tool.outcome for tool in outcome.all(ToolFinished)] == ["cancelled"]
    assert outcome.said()[-1] == TRUTH
    assert line.ringing == set()
    assert outcome.disposition is Disposition.CALLER_HUNG_UP


def test_who_asks_something_else_while_it_rings_is_still_told_how_it_ended(
    demo: TenantSnapshot, question: bytes
) -> None:
    async def chat(session: CallSession, caller: CallerAudio) -> None:
        conversation = session.conversation
        await conversation.when(lambda: conversation.callers_turn)
        caller.say(question)
        await conversation.when(lambda: bool(line.rung))
        await asyncio.sleep(3)
        caller.say(question)
        await conversation.when(lambda: TRUTH in conversation.transcript.turns[-1].text)
        session.hang_up()

    line = PlayedLine({NUMBER: Part(rings_s=19, outcome=TransferOutcome.BUSY)})
    script = Script(
        heard=[QUESTION, "when do you open tomorrow"], replies=[ASKS, "At nine.", TRUTH]
    )
    outcome, _ = put_through(with_transfers(demo), line, script, chat)
    assert [rung.outcome for rung in outcome.all(TransferEnded)] == ["busy"]
    said = outcome.said()
    assert said.index("At nine.") < said.index(TRUTH)


def test_a_caller_who_hangs_up_while_it_rings_is_kept_so_and_nobody_goes_on_ringing(
    demo: TenantSnapshot, question: bytes
) -> None:
    async def give_up(session: CallSession, caller: CallerAudio) -> None:
        conversation = session.conversation
        await conversation.when(lambda: conversation.callers_turn)
        caller.say(question)
        await conversation.when(lambda: bool(line.rung))
        await asyncio.sleep(3)
        session.hang_up()

    line = PlayedLine({NUMBER: Part(rings_s=19)})
    script = Script(heard=[QUESTION], replies=[ASKS])
    outcome, _ = put_through(with_transfers(demo), line, script, give_up)
    assert [rung.outcome for rung in outcome.all(TransferEnded)] == ["cancelled"]
    assert line.ringing == set()
    assert outcome.disposition is Disposition.CALLER_HUNG_UP


def test_a_lone_star_asks_to_hear_it_again(demo: TenantSnapshot) -> None:
    async def press(session: CallSession, _caller: CallerAudio) -> None:
        conversation = session.conversation
        await conversation.when(lambda: conversation.callers_turn)
        await session.keys.take("*")
        await conversation.when(lambda: len(conversation.transcript.turns) > GREETED + 1)
        session.hang_up()

    outcome, _ = put_through(demo, PlayedLine({}), Script(replies=["I said hello."]), press)
    asked = [turn.text for turn in outcome.all(TurnEnded) if turn.speaker == "caller"]
    assert asked == [demo.texts["en"].session["dtmf_repeat"][0]]
