"""A brain that goes on saying what is refused has people rung once a turn, and not for ever."""

import pytest

from guardrails.verdict import Action
from receptionist.guard.orders import Standing
from tests.receptionist.guard.scripted_judge import ScriptedJudge, guards
from tests.receptionist.guard.test_call_guard import Desk, Liar

pytestmark = pytest.mark.unit

FORBIDDEN = {"employment": "job"}


def people_wanted(desk: Desk) -> int:
    return sum(order.verdict.action is Action.HANDOFF for order in desk.orders)


async def test_what_is_refused_again_after_nobody_answered_rings_nobody() -> None:
    desk = Desk(guards(ScriptedJudge(output_words=FORBIDDEN)))
    assert await desk.hears("did I get it")
    for _ in range(3):
        desk.guard.reply_began()
        assert "job" not in desk.guard.clause("You have got the job.")
        desk.guard.fetched(answered=False)
        assert desk.guard.standing is Standing.BRAIN
    assert people_wanted(desk) == 1


async def test_the_next_turn_may_ring_again() -> None:
    desk = Desk(guards(ScriptedJudge(output_words=FORBIDDEN)))
    for turn in range(1, 3):
        assert await desk.hears("did I get it")
        desk.guard.reply_began()
        desk.guard.clause("You have got the job.")
        desk.guard.fetched(answered=False)
        assert people_wanted(desk) == turn


async def test_a_promise_that_is_broken_again_rings_nobody() -> None:
    desk = Desk(guards(ScriptedJudge()), Liar(promised=True))
    assert await desk.hears("put me through")
    for _ in range(3):
        desk.guard.reply_began()
        desk.guard.reply_ended()
        desk.guard.fetched(answered=False)
    assert people_wanted(desk) == 1
