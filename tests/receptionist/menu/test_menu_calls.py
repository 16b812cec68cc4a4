"""Whole spoken calls on the virtual clock whose callers get on by keys."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from eval.speech import CallerVoices
from knowledge.spoken import speech
from providers.fakes import Fails, Hangs
from receptionist.calls.events import Disposition, ToolFinished, TurnEnded
from receptionist.calls.session import CallSession
from receptionist.guard.limits import HourlyCount
from receptionist.handoff.events import TransferEnded
from receptionist.handoff.transfers import Transfers
from receptionist.telephony.keypad import Keypad
from receptionist.telephony.memory import CallerAudio
from receptionist.tenants.config import Patience
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from tests.receptionist.calls.simulation import RATE_HZ, Outcome, Script, simulate
from tests.receptionist.handoff.telephones import Part, PlayedLine

pytestmark = pytest.mark.integration

RECEPTION, BOOKINGS = "+441632960100", "+441632960110"
QUESTION = "What time do you open on Saturday?"
MENU = "For bookings, press one."
NUMBER = "Please type the number"
HASTY = Patience(reask_after_ms=2000, max_call_s=120)


@pytest.fixture(scope="module")
def question(voices: CallerVoices) -> bytes:
    return voices.say("hibari:default", QUESTION, rate_hz=RATE_HZ)


@pytest.fixture(scope="module")
def office(demo: TenantSnapshot) -> TenantSnapshot:
    """The demo tenant with a menu that does not take long to hear."""
    phone = demo.config.phone.model_copy(update={"menu": {"1": "bookings", "9": "message"}})
    return replace(demo, config=demo.config.model_copy(update={"phone": phone}))


@dataclass(frozen=True, kw_only=True)
class Presses:
    """Presses keys on a keypad each time the assistant has said something.

    Attributes:
        when: A part of what must have been said, and the keys that are pressed then.
        speech: What the caller says before, each time it is his turn.
        spoken: Gets all that was said; events are without numbers.
    """

    when: Sequence[tuple[str, str]] = ()
    speech: Sequence[bytes] = ()
    every_s: float = 0.3
    spoken: list[str] = field(default_factory=list[str])

    async def __call__(self, session: CallSession, caller: CallerAudio) -> None:
        conversation = session.conversation
        for said in self.speech:
            await conversation.when(lambda: conversation.callers_turn)
            caller.say(said)
            await caller.wait_said()
        keypad = Keypad(1500)
        gathering = asyncio.create_task(keypad.gather(session.keys))
        after = 0
        for part, keys in self.when:
            after = await _said(session, part, after)
            for key in keys:
                keypad.press(key)
                await asyncio.sleep(self.every_s)
        try:
            await asyncio.Event().wait()
        finally:
            gathering.cancel()
            self.spoken.extend(turn.text for turn in conversation.transcript.turns)


async def _said(session: CallSession, part: str, after: int) -> int:
    """Waits until `part` was said after turn `after`; returns the next turn."""
    conversation = session.conversation

    def index() -> int | None:
        turns = enumerate(conversation.transcript.turns[after:], start=after)
        return next((i for i, turn in turns if part.casefold() in turn.text.casefold()), None)

    await conversation.when(lambda: index() is not None and not conversation.assistant_speaking)
    return (index() or 0) + 1


def call(
    snapshot: TenantSnapshot,
    act: Presses,
    *,
    line: PlayedLine | None = None,
    language: str = "en",
    **script: Any,
) -> Outcome:
    written = Script(channel="sip", patience=HASTY, **script)
    transfers = Transfers(line, HourlyCount()) if line else None
    return simulate(snapshot, written, act, line=transfers, language=language)


def typed(outcome: Outcome) -> list[str]:
    return [turn.text for turn in outcome.all(TurnEnded) if turn.speaker == "caller"]


def times(outcome: Outcome, part: str) -> int:
    return sum(part in said for said in outcome.said())


def reads_back(act: Presses, number: str) -> int:
    """Returns how often `number` was said digit by digit."""
    digits = speech("en").digits(number).replace(",", "")
    return sum(digits in said.replace(",", "") for said in act.spoken)


def test_a_silent_caller_is_read_a_menu_and_a_key_puts_him_through(office: TenantSnapshot) -> None:
    line = PlayedLine({BOOKINGS: Part()})
    outcome = call(office, Presses(when=[(MENU, "1")]), line=line)
    [finished] = outcome.all(ToolFinished)
    assert (finished.name, finished.outcome) == ("transfer_call", "answered")
    assert finished.result["contact"]["id"] == "bookings"
    assert [rung.rung for rung in outcome.all(TransferEnded)] == ["bookings"]
    assert typed(outcome) == ["bookings, please."]
    assert "bookings" in outcome.said()[-1]
    assert outcome.disposition is Disposition.TRANSFERRED
    assert line.left_open == [BOOKINGS]


def test_a_caller_who_presses_nothing_is_let_go_after_one_menu(office: TenantSnapshot) -> None:
    outcome = call(office, Presses(), line=PlayedLine({}))
    assert times(outcome, MENU) == 1
    assert outcome.said()[-1] in office.texts["en"].session["silence_goodbye"]
    assert outcome.disposition is Disposition.SILENT_CALLER


def test_a_recogniser_that_is_gone_leaves_keys_and_the_truth_is_told(
    office: TenantSnapshot, question: bytes
) -> None:
    line = PlayedLine({RECEPTION: Part(outcome=TransferOutcome.NO_ANSWER), BOOKINGS: Part()})
    act = Presses(speech=[question] * 2, when=[(MENU, "0"), (MENU, "1")])
    outcome = call(office, act, line=line, stt={"fail_after": 0})
    said = outcome.said()
    assert said[2] in office.texts["en"].session["technical_problem"]
    assert "can't go on by voice" in said[3]
    assert any("isn't answering" in text and MENU in text for text in said)
    assert [tool.outcome for tool in outcome.all(ToolFinished)] == ["no_answer", "answered"]
    assert outcome.disposition is Disposition.TRANSFERRED


def test_a_caller_leaves_his_number_with_keys_alone(
    office: TenantSnapshot, question: bytes
) -> None:
    act = Presses(
        speech=[question] * 2,
        when=[(MENU, "9"), (NUMBER, "016#"), (NUMBER, "01632960555#"), ("Press one for yes", "1")],
    )
    line = PlayedLine({})
    outcome = call(office, act, line=line, stt={"fail_after": 0})
    short, asked, kept = outcome.all(ToolFinished)
    assert (short.outcome, asked.outcome, kept.outcome) == ("invalid", "confirm", "noted")
    assert reads_back(act, "01632960555") == 1
    assert outcome.said()[-1].startswith("Thank you for calling")
    assert outcome.disposition is Disposition.COMPLETED
    assert line.rung == []


def test_a_wrong_key_is_answered_with_the_menu_twice_and_then_by_a_person(
    office: TenantSnapshot,
) -> None:
    line = PlayedLine({RECEPTION: Part()})
    act = Presses(when=[(MENU, "7"), (MENU, "*"), (MENU, "88"), (MENU, "6")])
    outcome = call(office, act, line=line)
    assert times(outcome, MENU) == 4  # the star is no wrong key
    assert times(outcome, "not in the menu") == 2
    again = office.texts["en"].session["dtmf_repeat"][0]
    assert typed(outcome) == ["7", again, "8 8", "6"]
    assert [rung.rung for rung in outcome.all(TransferEnded)] == ["reception"]
    assert outcome.disposition is Disposition.TRANSFERRED


def test_where_no_person_takes_the_call_either_it_ends_with_the_truth(
    office: TenantSnapshot,
) -> None:
    line = PlayedLine({})
    outcome = call(office, Presses(when=[(MENU, "7"), (MENU, "8"), (MENU, "6")]), line=line)
    assert "on another call" in outcome.said()[-2]
    assert outcome.said()[-1] in office.texts["en"].session["menu_goodbye"]
    assert outcome.disposition is Disposition.COMPLETED


@pytest.mark.parametrize("replies", [[Fails(error="down")] * 4, [Hangs()]], ids=["fails", "hangs"])
def test_when_no_brain_answers_keys_do(
    office: TenantSnapshot, question: bytes, replies: Sequence[Any]
) -> None:
    act = Presses(speech=[question] * (2 if len(replies) > 1 else 1), when=[(MENU, "1")])
    line = PlayedLine({BOOKINGS: Part()})
    outcome = call(office, act, line=line, heard=["a", "b"], replies=replies)
    assert outcome.disposition is Disposition.TRANSFERRED
    assert [rung.rung for rung in outcome.all(TransferEnded)] == ["bookings"]


def test_where_nobody_can_be_rung_a_menu_offers_to_leave_a_number(office: TenantSnapshot) -> None:
    outcome = call(office, Presses())
    [menu] = [text for text in outcome.said() if "leave your number" in text]
    assert "bookings" not in menu
    assert "person" not in menu


def test_a_number_that_is_typed_in_two_parts_is_one_number(
    office: TenantSnapshot,
) -> None:
    act = Presses(
        when=[
            *((MENU, "9"), (NUMBER, "01632#"), (NUMBER, "960555#"), ("Press one", "2")),
            *((NUMBER, "01632960777#"), ("Press one", "7"), ("not in the menu", "1")),
        ]
    )
    outcome = call(office, act, line=PlayedLine({}))
    assert [tool.outcome for tool in outcome.all(ToolFinished)] == [
        *("invalid", "invalid", "confirm", "confirm", "noted")
    ]
    assert reads_back(act, "01632960555") == reads_back(act, "01632960777") == 1
    assert outcome.disposition is Disposition.COMPLETED


def test_who_speaks_again_is_heard_and_his_keys_are_digits_again(
    office: TenantSnapshot, question: bytes
) -> None:
    async def speak_then_type(session: CallSession, caller: CallerAudio) -> None:
        after = await _said(session, MENU, 0)
        caller.say(question)
        after = await _said(session, "We open at nine", after)
        await session.keys.take("1")
        await _said(session, "One what?", after)
        session.hang_up()

    script = Script(channel="sip", heard=[QUESTION], replies=["We open at nine.", "One what?"])
    line = Transfers(PlayedLine({BOOKINGS: Part()}), HourlyCount())
    outcome = simulate(office, script, speak_then_type, line=line)
    assert typed(outcome) == [QUESTION, "1"]
    assert outcome.all(TransferEnded) == []


def test_a_caller_comes_back_while_it_rings_and_hears_the_menu_again(
    office: TenantSnapshot,
) -> None:
    async def change_mind(session: CallSession, _caller: CallerAudio) -> None:
        conversation = session.conversation
        after = await _said(session, MENU, 0)
        await session.keys.take("1")
        await conversation.when(lambda: bool(line.ringing))
        await asyncio.sleep(5)
        await session.keys.take("*")
        await _said(session, MENU, after)
        session.hang_up()

    line = PlayedLine({BOOKINGS: Part(rings_s=19)})
    script = Script(channel="sip", patience=HASTY)
    outcome = simulate(office, script, change_mind, line=Transfers(line, HourlyCount()))
    assert [rung.outcome for rung in outcome.all(TransferEnded)] == ["cancelled"]
    assert "stopped the call" in outcome.said()[-1]


def test_an_extension_that_is_typed_at_the_menu_rings_whose_it_is(office: TenantSnapshot) -> None:
    snapshot = with_extension(office, "tom-ashdown", "204")
    line = PlayedLine({"204": Part()})
    outcome = call(snapshot, Presses(when=[(MENU, "205"), (MENU, "204")]), line=line)
    assert typed(outcome)[0] == "2 0 5"
    assert line.rung == ["204"]
    assert outcome.disposition is Disposition.TRANSFERRED


def test_where_the_voice_is_gone_too_a_person_is_rung_and_the_call_ends(
    office: TenantSnapshot, question: bytes
) -> None:
    line = PlayedLine({})
    act = Presses(speech=[question] * 2)
    outcome = call(
        office, act, line=line, heard=["a", "b"], replies=["One.", "Two."], tts={"fail_after": 3}
    )
    assert line.rung == [RECEPTION]
    assert outcome.disposition is Disposition.FAILED
    assert outcome.duration_s < 45


def with_extension(demo: TenantSnapshot, who: str, extension: str) -> TenantSnapshot:
    contacts = tuple(
        contact.model_copy(update={"extension": extension}) if contact.id == who else contact
        for contact in demo.config.contacts
    )
    config = demo.config.model_copy(update={"contacts": contacts})
    return replace(
        demo, config=config, directory=type(demo.directory)(config.departments, contacts)
    )
