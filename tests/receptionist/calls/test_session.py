"""Whole calls with scripted engines on the virtual clock."""

import asyncio
from typing import Any

import pytest

from eval.speech import CallerVoices
from providers.fakes import Fails, Hangs
from receptionist.calls.events import Disposition, LatencyMeasured, TurnEnded
from receptionist.calls.session import CallSession
from receptionist.telephony.memory import CallerAudio
from receptionist.tenants.config import Patience
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.calls.simulation import RATE_HZ, Outcome, Script, simulate

pytestmark = pytest.mark.integration

QUESTION = "What time do you open on Saturday?"
ANSWER = (
    "We open at nine in the morning, Monday to Friday, and we close at half past five."
    " On Saturday at ten. Please come by whenever you like, and bring a coat."
)


@pytest.fixture(scope="module")
def question(voices: CallerVoices) -> bytes:
    return voices.say("hibari:default", QUESTION, rate_hz=RATE_HZ)


def silences(outcome: Outcome) -> list[float]:
    """Seconds without a sound from either side, between the first word and the last."""
    turns = sorted(outcome.all(TurnEnded), key=lambda turn: turn.start_s)
    gaps, heard_s = list[float](), turns[0].end_s
    for turn in turns[1:]:
        gaps.append(turn.start_s - heard_s)
        heard_s = max(heard_s, turn.end_s)
    return gaps


def test_a_caller_is_greeted_told_what_he_talks_to_and_answered(
    demo: TenantSnapshot, question: bytes
) -> None:
    outcome = simulate(demo, Script(caller=[question], heard=[QUESTION], replies=[ANSWER]))
    turns = outcome.all(TurnEnded)
    assert "automated assistant" in turns[0].text
    assert turns[0].start_s == 0
    assert [(turn.speaker, turn.text) for turn in turns[-2:]] == [
        ("caller", QUESTION),
        ("assistant", ANSWER),
    ]
    assert outcome.disposition is Disposition.CALLER_HUNG_UP


def test_the_wait_is_measured_from_the_last_sound_to_the_first(
    demo: TenantSnapshot, question: bytes
) -> None:
    outcome = simulate(demo, Script(caller=[question], heard=[QUESTION], replies=[ANSWER]))
    measured = outcome.all(LatencyMeasured)
    caller, answer = outcome.all(TurnEnded)[-2:]
    assert len(measured) == 1
    waited_s = measured[0].voice_to_voice_ms / 1000
    assert waited_s == pytest.approx(answer.start_s - caller.end_s, abs=0.03)
    assert waited_s < 0.7
    assert measured[0].stages["stt"] == pytest.approx(100, abs=1)


def test_the_same_script_gives_the_same_call_to_the_bit(
    demo: TenantSnapshot, question: bytes
) -> None:
    script = Script(caller=[question, question], heard=["one", "two"], replies=[ANSWER, "Bye."])
    assert simulate(demo, script).digest() == simulate(demo, script).digest()


def test_a_caller_who_speaks_over_the_answer_is_heard_and_what_he_missed_is_not_recorded(
    demo: TenantSnapshot, question: bytes
) -> None:
    outcome = simulate(
        demo,
        Script(
            caller=[question, question],
            heard=["when", "where"],
            replies=[ANSWER, "Behind the house."],
            barge_in_ms=2500,
        ),
    )
    turns = outcome.all(TurnEnded)
    cut = next(turn for turn in turns if turn.interrupted)
    assert ANSWER.startswith(cut.text)
    assert 4 < len(cut.text.split()) < 14
    said = next(turn for turn in turns if turn.text == "where")
    assert cut.end_s - said.start_s < 0.35
    assert turns[-1].text == "Behind the house."


def test_a_cough_does_not_lose_the_rest_of_the_answer(
    demo: TenantSnapshot, question: bytes
) -> None:
    outcome = simulate(
        demo,
        Script(caller=[question, question], heard=["when", ""], replies=[ANSWER], barge_in_ms=2500),
    )
    cut, rest = outcome.all(TurnEnded)[-2:]
    assert cut.interrupted
    assert rest.text == ANSWER
    assert not rest.interrupted


def test_a_silent_caller_is_asked_helped_offered_a_person_and_let_go(
    demo: TenantSnapshot,
) -> None:
    outcome = simulate(demo, Script())
    session = demo.texts["en"].session
    occasions = ["reask", "simplify", "offer_person", "goodbye"]
    for occasion, said in zip(occasions, outcome.said()[2:], strict=True):
        assert said in session[f"silence_{occasion}"]
    assert outcome.disposition is Disposition.SILENT_CALLER


def test_no_silence_outlasts_four_seconds_while_the_caller_waits(
    demo: TenantSnapshot, question: bytes
) -> None:
    outcome = simulate(demo, Script(caller=[question], heard=[QUESTION], replies=[Hangs()]))
    assert max(silences(outcome)) <= 4.0
    assert outcome.said()[-1] in demo.texts["en"].session["technical_goodbye"]
    assert outcome.disposition is Disposition.FAILED


@pytest.mark.parametrize("failure", [Fails(error="down"), Fails(error="bug", category=None)])
def test_a_brain_that_fails_is_admitted_and_the_next_turn_is_answered(
    demo: TenantSnapshot, question: bytes, failure: Fails
) -> None:
    script = Script(
        caller=[question, question], heard=["a", "b"], replies=[failure, "We open at nine."]
    )
    outcome = simulate(demo, script)
    assert outcome.said()[2] in demo.texts["en"].session["technical_problem"]
    assert outcome.said()[3] == "We open at nine."
    assert outcome.disposition is Disposition.CALLER_HUNG_UP


def test_a_brain_that_fails_twice_ends_the_call_kindly(
    demo: TenantSnapshot, question: bytes
) -> None:
    script = Script(
        caller=[question, question],
        heard=["a", "b"],
        replies=[Fails(error="down"), Fails(error="down")],
    )
    outcome = simulate(demo, script)
    assert outcome.said()[-1] in demo.texts["en"].session["technical_goodbye"]
    assert outcome.disposition is Disposition.FAILED


def test_a_brain_that_fails_now_and_then_does_not_end_the_call(
    demo: TenantSnapshot, question: bytes
) -> None:
    fails = Fails(error="down")
    script = Script(
        caller=[question] * 4, heard=["a", "b", "c", "d"], replies=[fails, "One.", fails, "Two."]
    )
    outcome = simulate(demo, script)
    assert outcome.said()[3::2] == ["One.", "Two."]
    assert outcome.disposition is Disposition.CALLER_HUNG_UP


def test_a_voice_that_is_gone_ends_the_call_instead_of_leaving_silence(
    demo: TenantSnapshot, question: bytes
) -> None:
    script = Script(
        caller=[question, question],
        heard=["a", "b"],
        replies=["One.", "Two."],
        tts={"fail_after": 3},
    )
    outcome = simulate(demo, script)
    assert outcome.disposition is Disposition.FAILED
    spoken_until_s = max(turn.end_s for turn in outcome.all(TurnEnded))
    assert outcome.duration_s - spoken_until_s < 4.0


def test_a_recogniser_that_fails_is_admitted(demo: TenantSnapshot, question: bytes) -> None:
    outcome = simulate(demo, Script(caller=[question], heard=["a"], stt={"fail_after": 0}))
    assert outcome.said()[2] in demo.texts["en"].session["technical_problem"]


@pytest.mark.parametrize("delay_ms", [1500, 2290, 2700, 3500, 6000])
def test_words_that_a_slow_recogniser_brings_late_are_answered(
    demo: TenantSnapshot, question: bytes, delay_ms: int
) -> None:
    async def ask_and_wait(session: CallSession, caller: CallerAudio) -> None:
        for _ in range(2):
            await session.conversation.when(lambda: session.conversation.callers_turn)
            caller.say(question)
            await caller.wait_said()
            await asyncio.sleep(9)
        session.hang_up()

    script = Script(
        heard=[QUESTION, "And today?"], replies=["At ten.", "At nine."], stt={"delay_ms": delay_ms}
    )
    outcome = simulate(demo, script, act=ask_and_wait)
    turns = outcome.all(TurnEnded)
    texts = [turn.text for turn in turns]
    for asked, answer in ((QUESTION, "At ten."), ("And today?", "At nine.")):
        caller, assistant = turns[texts.index(asked)], turns[texts.index(answer)]
        assert 1 < caller.end_s - caller.start_s < 2
        assert assistant.start_s - caller.end_s < delay_ms / 1000 + 2


def test_a_call_that_lasts_too_long_is_told_so_and_ended(demo: TenantSnapshot) -> None:
    patience = Patience(max_call_s=30, reask_after_ms=60_000)
    outcome = simulate(demo, Script(patience=patience))
    assert outcome.said()[-1] in demo.texts["en"].session["max_duration"]
    assert outcome.disposition is Disposition.MAX_DURATION
    assert 30 < outcome.duration_s < 45


def test_the_disclosure_is_said_to_its_end_over_a_caller_who_speaks_at_once(
    demo: TenantSnapshot, question: bytes
) -> None:
    async def speak_at_once(session: CallSession, caller: CallerAudio) -> None:
        caller.say(question)
        await caller.wait_said()
        await session.conversation.when(lambda: session.conversation.callers_turn)
        session.hang_up()

    outcome = simulate(demo, Script(heard=[QUESTION], replies=[ANSWER]), act=speak_at_once)
    first = next(turn for turn in outcome.all(TurnEnded) if turn.speaker == "assistant")
    assert "automated assistant" in first.text
    assert not first.interrupted
    assert first.end_s - first.start_s == pytest.approx(len(first.text) * 0.06, abs=0.1)


def test_written_words_are_a_turn_like_spoken_ones(demo: TenantSnapshot) -> None:
    async def write(session: CallSession, _caller: CallerAudio) -> None:
        await session.conversation.when(lambda: session.conversation.callers_turn)
        await session.hear("5 5 5")
        await session.conversation.when(lambda: not session.conversation.callers_turn)
        await session.conversation.when(lambda: session.conversation.callers_turn)
        session.hang_up()

    outcome = simulate(demo, Script(replies=["Thank you."]), act=write)
    assert [turn.text for turn in outcome.all(TurnEnded)][-2:] == ["5 5 5", "Thank you."]


def test_hanging_up_frees_everything_at_once(demo: TenantSnapshot) -> None:
    outcome = simulate(demo, Script(hang_up_s=1.0))
    assert outcome.disposition is Disposition.CALLER_HUNG_UP
    assert outcome.duration_s == pytest.approx(1.0, abs=0.1)


def test_a_sink_that_fails_costs_the_call_nothing(demo: TenantSnapshot, question: bytes) -> None:
    async def break_sink(session: CallSession, caller: CallerAudio) -> None:
        async def broken(_event: Any) -> None:
            raise OSError("disk full")

        session.delivery.sinks.insert(0, broken)
        await asyncio.sleep(6)
        session.hang_up()

    outcome = simulate(demo, Script(), act=break_sink)
    assert len(outcome.said()) == 2
