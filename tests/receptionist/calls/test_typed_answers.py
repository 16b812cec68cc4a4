"""Digits typed on a keypad answer what the embedded brain has asked, on whole spoken calls."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from eval.engines import load
from eval.speech import CallerVoices
from knowledge.directory import Directory
from knowledge.spoken import speech
from providers.contracts import LLMEngine
from providers.spec import Slot
from receptionist.calls.events import ToolFinished, TurnEnded
from receptionist.calls.session import CallSession
from receptionist.guard.limits import HourlyCount
from receptionist.handoff.transfers import Transfers
from receptionist.telephony.keypad import Keypad
from receptionist.telephony.memory import CallerAudio
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.calls.simulation import RATE_HZ, Outcome, Script, scripted, simulate
from tests.receptionist.handoff.telephones import PlayedLine

pytestmark = pytest.mark.integration

PAUSE_S = 1.4
"""Between two keys: the slowest that is still one number."""


@pytest.fixture(scope="module")
def concierge() -> LLMEngine:
    engine = load(Slot.LLM, "concierge:default")
    assert isinstance(engine, LLMEngine)
    return engine


@pytest.fixture(scope="module")
def voice(voices: CallerVoices) -> bytes:
    return voices.say("hibari:default", "I would like to leave a message", rate_hz=RATE_HZ)


class Answers:
    """Says or types one answer after the other, each when it is the caller's turn.

    Args:
        voice: What is heard of him when he speaks; the recogniser knows the words.
        answers: Words that are said, and digits that are typed.
    """

    def __init__(self, voice: bytes, answers: Sequence[str]) -> None:
        self._voice = voice
        self._answers = answers
        self.said: list[str] = []

    @property
    def words(self) -> list[str]:
        return [answer for answer in self._answers if not answer.strip("#").isdecimal()]

    async def __call__(self, session: CallSession, caller: CallerAudio) -> None:
        conversation, keypad = session.conversation, Keypad(1500)
        gathering = asyncio.create_task(keypad.gather(session.keys))
        for answer in self._answers:
            await conversation.when(lambda: conversation.callers_turn)
            turns = conversation.caller_turns
            if answer.strip("#").isdecimal():
                for key in answer:
                    keypad.press(key)
                    await asyncio.sleep(PAUSE_S)
            else:
                caller.say(self._voice)
                await caller.wait_said()
            await conversation.when(lambda turns=turns: conversation.caller_turns > turns)
        await conversation.when(lambda: conversation.callers_turn)
        gathering.cancel()
        self.said += [turn.text for turn in conversation.transcript.turns]
        session.hang_up()


def talk(
    snapshot: TenantSnapshot,
    concierge: LLMEngine,
    answers: Answers,
    *,
    line: PlayedLine | None = None,
) -> Outcome:
    script = Script(heard=answers.words, channel="sip")
    engines = replace(scripted(script), llm=concierge)
    transfers = Transfers(line, HourlyCount()) if line else None
    return simulate(snapshot, script, answers, engines=engines, line=transfers)


def last(outcome: Outcome, tool: str) -> ToolFinished:
    return [run for run in outcome.all(ToolFinished) if run.name == tool][-1]


@pytest.mark.parametrize("typed", [["01632960555"], ["01632", "960555"], ["01632960555#"]])
def test_a_number_to_call_back_is_typed(
    demo: TenantSnapshot, concierge: LLMEngine, voice: bytes, typed: list[str]
) -> None:
    answers = Answers(
        voice, ["I'd like to leave a message", "Max Roth", *typed, "the lift is stuck"]
    )
    outcome = talk(demo, concierge, answers)
    assert last(outcome, "take_message").outcome == "confirm"
    digits = speech("en").digits("01632960555").replace(",", "")
    assert digits in answers.said[-1].replace(",", "")


@pytest.mark.parametrize(
    ("typed", "spoken"),
    [
        ("1430", "today at half past two"),
        ("24111015", "tomorrow at quarter past ten"),
        ("16", "today at four"),
    ],
)
def test_when_to_call_back_is_typed(
    demo: TenantSnapshot, concierge: LLMEngine, voice: bytes, typed: str, spoken: str
) -> None:
    asks = ["can somebody call me back", typed, "Max Roth", "01632960555", "the invoice"]
    answers = Answers(voice, asks)
    outcome = talk(demo, concierge, answers)
    assert last(outcome, "promise_callback").outcome == "confirm"
    assert spoken in answers.said[-1]


def test_one_of_several_people_is_chosen_by_its_place(
    demo: TenantSnapshot, concierge: LLMEngine, voice: bytes
) -> None:
    answers = Answers(voice, ["James Carter please", "2"])
    outcome = talk(demo, concierge, answers, line=PlayedLine({}))
    assert last(outcome, "transfer_call").arguments["contact_id"] == "james-carter-sales"


@pytest.mark.parametrize(("typed", "rung"), [("204", ["204"]), ("205", []), ("112", [])])
def test_an_extension_rings_whose_it_is_and_no_other_number_is_dialled(
    demo: TenantSnapshot, concierge: LLMEngine, voice: bytes, typed: str, rung: list[str]
) -> None:
    line = PlayedLine({})
    contacts = tuple(
        contact.model_copy(update={"extension": "204"}) if contact.id == "tom-ashdown" else contact
        for contact in demo.config.contacts
    )
    config = demo.config.model_copy(update={"contacts": contacts})
    directory = Directory(config.departments, contacts)
    snapshot = replace(demo, config=config, directory=directory)
    answers = Answers(voice, ["can you put me through", typed])
    outcome = talk(snapshot, concierge, answers, line=line)
    assert line.rung == rung
    heard = [turn.text for turn in outcome.all(TurnEnded) if turn.speaker == "caller"]
    assert heard[1] == " ".join(typed)
