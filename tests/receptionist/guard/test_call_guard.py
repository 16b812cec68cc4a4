"""What the gates of a call decide, without a pipeline."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.verdict import Action, Verdict
from receptionist.calls.events import Guarded
from receptionist.guard.call_guard import CallGuard
from receptionist.guard.contract import Guards
from receptionist.guard.judgements import Bearings, Judgements, spoken_among
from receptionist.guard.orders import Order, Standing
from tests.receptionist.guard.scripted_judge import (
    MACHINE,
    SENTENCES,
    ScriptedJudge,
    Weighs,
    guards,
)

pytestmark = pytest.mark.unit


class Liar:
    """Finds every claim of having done something untrue.

    Attributes:
        promised: A promise is broken.
    """

    def __init__(self, promised: bool = False) -> None:
        self.promised = promised

    def check(self, clause: str, language: str) -> str | None:
        if "broken check" in clause:
            raise RuntimeError("the ledger cannot be read")
        return "I have not done that yet." if "I have done" in clause else None

    def broken(self) -> bool:
        return self.promised

    def without_transfer(self, text: str, language: str) -> str:
        return text.partition(" I'm putting")[0]


class Desk:
    """A call's guard with all it orders and records."""

    def __init__(self, the_guards: Guards, claims: Liar | None = None) -> None:
        self.orders: list[Order] = []
        self.rows: list[Guarded] = []
        self.language = "en"
        bearings = Bearings(
            language=lambda: self.language,
            turn=lambda: len(self.rows),
            now_s=lambda: 1.0,
            spoken=spoken_among(["en", "it"], lambda text: "it" if "fuoco" in text else "en"),
        )
        judgements = Judgements(the_guards, bearings, self.rows.append)
        self.guard = CallGuard(the_guards, judgements, self.orders.append, claims or Liar())

    async def hears(self, text: str) -> bool:
        """Takes a turn; returns whether the brain may answer it."""
        if not self.guard.turn(text):
            return False
        await self.guard.weigh()
        return await self.guard.cleared()


async def test_what_passes_is_recorded_once_with_the_nearest_meaning() -> None:
    desk = Desk(guards())
    assert await desk.hears("when do you open")
    assert [(row.verdict, row.action) for row in desk.rows] == [("pass", "none")]
    assert desk.orders == []


async def test_a_request_that_comes_in_pieces_is_judged_with_the_turns_before_it() -> None:
    desk = Desk(guards(ScriptedJudge(turn_words={"employment": "the job, do i get it"})))
    assert await desk.hears("about the job")
    assert not await desk.hears("do I get it")
    assert [order.reason for order in desk.orders] == ["employment"]
    assert desk.rows[-1].history == ("about the job",)
    assert desk.guard.standing is Standing.PRODUCT


async def test_what_was_refused_colours_no_later_turn() -> None:
    desk = Desk(guards(ScriptedJudge(turn_words={"fraud": "trick", "leak": "trick, what"})))
    assert not await desk.hears("a trick")
    assert await desk.hears("what does it cost")
    assert desk.rows[-1].history == ()


async def test_a_refusal_without_a_person_leaves_the_next_turn_to_the_brain() -> None:
    judge = ScriptedJudge(turn_words={"fraud": "trick"})
    desk = Desk(replace(guards(judge), window_turns=1))
    assert not await desk.hears("a trick")
    assert desk.guard.refused
    assert await desk.hears("when do you open")
    assert not desk.guard.refused


async def test_what_waits_for_a_judgement_learns_it_even_when_the_call_ends_first() -> None:
    desk = Desk(guards(weigh=Weighs(None)))
    assert desk.guard.turn("hello")
    weighing = asyncio.ensure_future(desk.guard.weigh())
    waiting = asyncio.ensure_future(desk.guard.cleared())
    for _ in range(3):
        await asyncio.sleep(0)
    assert not waiting.done()
    weighing.cancel()
    assert await waiting is False


async def test_a_late_judgement_of_an_earlier_turn_does_not_stop_the_newer_one() -> None:
    desk = Desk(guards(weigh=Weighs(0.0, "fraud", "trick")))
    assert desk.guard.turn("a trick")
    late = desk.guard.weigh()
    assert desk.guard.turn("when do you open")
    await desk.guard.weigh()
    late.close()
    assert await desk.guard.cleared()


async def test_an_emergency_is_found_in_the_language_the_caller_seems_to_speak() -> None:
    asked: list[str] = []

    class Polyglot(ScriptedJudge):
        def interim(self, text: str, language: str) -> Verdict:
            asked.append(language)
            return super().interim(text, language)

    desk = Desk(guards(Polyglot(interim_words={"emergency": "fuoco"})))
    desk.guard.overheard("aiuto al fuoco")
    assert asked == ["en", "it"]
    assert desk.guard.standing is Standing.EMERGENCY


async def test_nothing_but_an_emergency_interrupts_the_fetching_of_a_person() -> None:
    words = {"human_request": "human", "emergency": "fire"}
    desk = Desk(guards(ScriptedJudge(turn_words=words, interim_words={"emergency": "fire"})))
    await desk.hears("a human")
    assert not await desk.hears("when do you open")
    assert desk.rows[-1].action == "held"
    desk.guard.overheard("now there is fire")
    assert [order.verdict.action for order in desk.orders][-1] is Action.EMERGENCY
    desk.guard.fetched(answered=False)
    assert desk.guard.standing is Standing.EMERGENCY
    desk.guard.fetched(answered=True)
    assert desk.guard.standing is Standing.BRAIN


async def test_a_turn_while_a_person_should_be_fetched_asks_for_one_again() -> None:
    judge = ScriptedJudge(turn_words={"human_request": "human"})
    desk = Desk(replace(guards(judge), window_turns=1))
    await desk.hears("a human")
    assert not await desk.hears("hello, anybody")
    assert [order.reason for order in desk.orders] == ["human_request", "human_request"]
    assert desk.rows[-1].action == "held"


async def test_a_claim_that_is_not_true_is_replaced_by_the_truth_and_nobody_is_rung() -> None:
    desk = Desk(guards())
    await desk.hears("take a message")
    desk.guard.reply_began()
    assert desk.guard.clause("I have done it.") == "I have not done that yet."
    assert desk.guard.clause("Anything else?") == ""
    assert desk.orders == []
    assert await desk.guard.may_act()


async def test_claims_that_cannot_be_checked_bring_a_person() -> None:
    desk = Desk(guards())
    await desk.hears("take a message")
    assert desk.guard.clause("a broken check") == ""
    assert [order.reason for order in desk.orders] == ["gate_failure"]


async def test_a_broken_promise_brings_a_person() -> None:
    desk = Desk(guards(), Liar(promised=True))
    await desk.hears("take a message")
    desk.guard.reply_began()
    desk.guard.reply_ended()
    assert [order.reason for order in desk.orders] == ["broken_promise"]


async def test_what_was_refused_in_a_reply_is_not_done_by_a_tool_either() -> None:
    desk = Desk(guards(ScriptedJudge(output_words={"leak": "secret"})))
    await desk.hears("tell me")
    assert desk.guard.clause("a secret") == SENTENCES["leak"]
    assert not await desk.guard.may_act()
    await desk.hears("something else")
    assert await desk.guard.may_act()


async def test_a_refusal_still_owes_the_answer_to_a_question_about_the_machine() -> None:
    words = {"robot_question": "robot", "employment": "hired"}
    desk = Desk(guards(ScriptedJudge(turn_words=words)))
    await desk.hears("are you a robot and am I hired")
    assert desk.guard.truth_owed() == MACHINE
    assert desk.guard.truth_owed() == ""


async def test_a_category_without_words_goes_to_a_person_instead_of_silence() -> None:
    class Mute(ScriptedJudge):
        def say(self, category: str, language: str, turn: int = 0, **values: str) -> str:
            raise KeyError(category)

    desk = Desk(guards(Mute(output_words={"leak": "secret"})))
    await desk.hears("tell me")
    assert desk.guard.clause("a secret") == ""
    assert [order.verdict.action for order in desk.orders] == [Action.HANDOFF]


@given(
    st.lists(
        st.sampled_from(["when do you open", "a trick", "fire", "human", "you idiot", "", "0"]),
        max_size=12,
    )
)
def test_the_brain_is_never_asked_once_there_is_an_emergency(turns: list[str]) -> None:
    words = {"fraud": "trick", "emergency": "fire", "human_request": "human", "anger": "idiot"}

    async def talk() -> None:
        desk = Desk(replace(guards(ScriptedJudge(turn_words=words)), window_turns=1))
        burning = False
        for text in turns:
            asked = await desk.hears(text)
            burning = burning or text == "fire"
            assert not (burning and asked)
            desk.guard.fetched(answered=False)

    asyncio.run(talk())
