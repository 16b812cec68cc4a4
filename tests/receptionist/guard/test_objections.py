"""What a language model objects to counts until the brain has begun; nobody waits for it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from guardrails.verdict import Detector, Verdict
from receptionist.guard.orders import Standing
from tests.receptionist.guard.scripted_judge import ScriptedJudge, found, guards
from tests.receptionist.guard.test_call_guard import Desk

pytestmark = pytest.mark.unit


class Objects:
    """Objects to whatever it is asked about, once it is let."""

    def __init__(self, category: str = "fraud") -> None:
        self.let = asyncio.Event()
        self._category = category

    async def __call__(self, text: str, language: str, history: Sequence[str]) -> Verdict:
        del text, history
        await self.let.wait()
        return replace(found(self._category, language=language), detector=Detector.JUDGE)


async def reconsidered(desk: Desk, model: Objects, act: Callable[[], object]) -> None:
    """Lets `act` happen between the turn and what the model objects to it."""
    assert await desk.hears("a trick")
    opinion = asyncio.ensure_future(desk.guard.reconsider())
    for _ in range(3):
        await asyncio.sleep(0)
    act()
    model.let.set()
    await opinion


async def test_what_a_language_model_objects_to_before_the_first_clause_is_refused() -> None:
    model = Objects()
    desk = Desk(replace(guards(), objects=model))
    await reconsidered(desk, model, lambda: None)
    assert [(row.verdict, row.detector) for row in desk.rows] == [("pass", ""), ("refuse", "judge")]
    assert [order.reason for order in desk.orders] == ["fraud"]
    assert (await desk.guard.cleared(), desk.guard.refused) == (False, True)
    assert desk.guard.clause("Here is how it is done.") == ""
    assert await desk.hears("when do you open")
    desk.guard.reply_began()
    assert desk.guard.clause("We open at nine.") == "We open at nine."


async def test_an_objection_in_a_category_that_escalates_fetches_a_person() -> None:
    model = Objects("employment")
    desk = Desk(replace(guards(), objects=model))
    await reconsidered(desk, model, lambda: None)
    assert desk.guard.standing is Standing.PRODUCT


def _brain_speaks(desk: Desk) -> None:
    desk.guard.clause("We open at nine.")


def _caller_goes_on(desk: Desk) -> None:
    desk.guard.turn("when do you open")


def _caller_is_in_danger(desk: Desk) -> None:
    desk.guard.overheard("there is a fire")


@pytest.mark.parametrize("act", [_brain_speaks, _caller_goes_on, _caller_is_in_danger])
async def test_an_objection_that_comes_late_is_no_opinion(act: Callable[[Desk], object]) -> None:
    model = Objects()
    judge = ScriptedJudge(interim_words={"emergency": "fire"})
    desk = Desk(replace(guards(judge), objects=model))
    await reconsidered(desk, model, lambda: act(desk))
    assert not [row for row in desk.rows if row.detector == "judge"]
    assert "fraud" not in [order.reason for order in desk.orders]


async def test_an_objection_after_a_tool_has_been_let_act_is_late() -> None:
    model = Objects()
    desk = Desk(replace(guards(), objects=model))
    assert await desk.hears("a trick")
    opinion = asyncio.ensure_future(desk.guard.reconsider())
    assert await desk.guard.may_act()
    model.let.set()
    await opinion
    assert desk.orders == []


async def test_a_language_model_that_fails_has_no_opinion() -> None:
    async def fails(text: str, language: str, history: Sequence[str]) -> Verdict:
        raise RuntimeError(f"{text} {language} {history}")

    desk = Desk(replace(guards(), objects=fails))
    assert await desk.hears("a trick")
    await desk.guard.reconsider()
    assert desk.orders == []
    assert await desk.guard.cleared()


async def test_a_turn_that_was_refused_is_asked_of_nobody() -> None:
    model = Objects()
    judge = ScriptedJudge(turn_words={"fraud": "trick"})
    desk = Desk(replace(guards(judge), objects=model))
    assert not await desk.hears("a trick")
    await desk.guard.reconsider()
    assert len(desk.orders) == 1
