"""A brain that fails in the middle of a turn, and the next one that answers it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext

from eval.clock import run_virtual
from providers.contracts import LLMOptions
from providers.fakes import FakeLLM
from providers.fallback.brain import BrainChain, BrainChainService
from providers.fallback.breaker import State
from providers.fallback.frames import EngineChangedFrame, ReplyBrokenFrame, StillWaitingFrame
from providers.fallback.health import Infirmary
from providers.spec import ProviderSpec, Slot
from tests.providers.stage import Stage, on_stage

pytestmark = pytest.mark.unit

TIMEOUT_MS = 1000


def brain(name: str, *replies: Any, **script: Any) -> FakeLLM:
    settings = {"replies": replies, "ttft_ms": 50} | script
    return FakeLLM(ProviderSpec(id=f"fake:{name}", settings=settings, timeout_ms=TIMEOUT_MS))


def fails(text: str = "") -> dict[str, Any]:
    return {"error": "gone", "text": text}


def crashes(text: str = "") -> dict[str, Any]:
    return {"error": "gone", "text": text, "category": None}


def hangs(text: str = "") -> dict[str, Any]:
    return {"hang": True, "text": text}


class Chain:
    """A chain, what it shares with other calls, and its service of one call."""

    def __init__(self, *engines: FakeLLM) -> None:
        self.infirmary = Infirmary()
        self.engine = BrainChain([self.infirmary.of(engine) for engine in engines])
        self.service: BrainChainService = self.engine.service(LLMOptions(language="en"))

    def states(self) -> list[State]:
        return [health.breaker.state for health in self.engine.healths]


def context(*messages: Any) -> LLMContextFrame:
    return LLMContextFrame(LLMContext(list(messages) or [{"role": "user", "content": "hello"}]))


def said(stage: Stage) -> str:
    return "".join(frame.text for frame in stage.after.of(LLMTextFrame))


async def ask(stage: Stage) -> float:
    """Sends a turn; returns when its reply has ended how long it took to the last first word."""
    began_s = asyncio.get_running_loop().time()
    heard, ended = len(stage.after.at_s(LLMTextFrame)), len(stage.after.of(LLMFullResponseEndFrame))
    await stage.send(context())
    await stage.after.saw(LLMFullResponseEndFrame, ended + 1)
    times_s = stage.after.at_s(LLMTextFrame)[heard:]
    return times_s[0] - began_s if times_s else 0.0


@pytest.mark.parametrize(
    ("failure", "within_s"),
    [(fails(), 0.2), (crashes(), 0.2), (hangs(), TIMEOUT_MS / 1000 + 0.1)],
    ids=["an error", "a crash", "no sign"],
)
def test_a_turn_that_fails_before_the_first_word_is_answered_by_the_next_brain(
    failure: Any, within_s: float
) -> None:
    async def run() -> None:
        chain = Chain(brain("a", failure), brain("b", "we open at nine"))
        async with on_stage(chain.service) as stage:
            assert await ask(stage) <= within_s
        assert said(stage) == "we open at nine"
        assert len(stage.after.of(LLMFullResponseStartFrame)) == 1
        assert len(stage.after.of(LLMFullResponseEndFrame)) == 1
        [change] = stage.before.of(EngineChangedFrame)
        assert (change.slot, change.failed, change.instead) == (Slot.LLM, "fake:a", "fake:b")
        assert not stage.before.of(ErrorFrame)
        assert not stage.after.of(ReplyBrokenFrame)
        assert chain.states() == [State.OPEN, State.CLOSED]
        await chain.infirmary.close()

    run_virtual(run())


@pytest.mark.parametrize("failure", [fails("we open at "), crashes("we open at "), hangs("we op ")])
def test_a_reply_that_breaks_off_is_marked_before_the_new_one_begins(failure: Any) -> None:
    async def run() -> None:
        chain = Chain(brain("a", failure), brain("b", "nine o'clock"))
        async with on_stage(chain.service) as stage:
            await ask(stage)
        kinds = [
            type(frame)
            for _, frame, _ in stage.after.seen
            if isinstance(frame, LLMTextFrame | ReplyBrokenFrame | LLMFullResponseEndFrame)
        ]
        mark = kinds.index(ReplyBrokenFrame)
        assert set(kinds[:mark]) == {LLMTextFrame}
        assert kinds[mark + 1 :] == [LLMTextFrame, LLMTextFrame, LLMFullResponseEndFrame]
        await chain.infirmary.close()

    run_virtual(run())


def test_the_caller_is_told_to_wait_when_half_of_the_time_has_gone_by_and_only_once() -> None:
    async def run() -> None:
        chain = Chain(brain("a", hangs()), brain("b", "yes", ttft_ms=900))
        async with on_stage(chain.service) as stage:
            began_s = asyncio.get_running_loop().time()
            await ask(stage)
        [told_s] = stage.before.at_s(StillWaitingFrame)
        assert told_s - began_s == pytest.approx(TIMEOUT_MS / 2000, abs=0.02)
        await chain.infirmary.close()

    run_virtual(run())


def test_a_brain_that_works_is_left_alone() -> None:
    async def run() -> None:
        chain = Chain(brain("a", "one two three", per_token_ms=600), brain("b"))
        async with on_stage(chain.service) as stage:
            await ask(stage)
        assert said(stage) == "one two three"
        assert not stage.before.of(StillWaitingFrame)
        assert chain.states() == [State.CLOSED, State.CLOSED]

    run_virtual(run())


def test_the_next_call_does_not_even_ask_a_brain_that_failed_on_this_one() -> None:
    async def run() -> None:
        chain = Chain(brain("a", hangs()), brain("b", "one", "two"))
        async with on_stage(chain.service) as stage:
            await ask(stage)
        second = chain.engine.service(LLMOptions(language="en"))
        assert second.in_use.name == "fake:b"
        async with on_stage(second) as stage:
            assert await ask(stage) < 0.1
        await chain.infirmary.close()

    run_virtual(run())


def test_a_brain_that_is_back_is_tried_on_one_turn_and_trusted_again() -> None:
    async def run() -> None:
        first = brain("a", fails(), "back again", "and again")
        chain = Chain(first, brain("b", "one", "two"))
        async with on_stage(chain.service) as stage:
            await ask(stage)
            await ask(stage)
            await asyncio.sleep(6)
            assert chain.states() == [State.HALF_OPEN, State.CLOSED]
            await ask(stage)
            assert chain.states() == [State.CLOSED, State.CLOSED]
        assert said(stage) == "onetwoback again"
        await chain.infirmary.close()

    run_virtual(run())


def test_a_trial_that_the_caller_interrupts_is_made_again() -> None:
    async def run() -> None:
        chain = Chain(brain("a", fails(), hangs(), "back"), brain("b", "one"))
        async with on_stage(chain.service) as stage:
            await ask(stage)
            await asyncio.sleep(6)
            await stage.send(context())
            await asyncio.sleep(0.2)
            await stage.send(InterruptionFrame())
            await asyncio.sleep(0.2)
            await ask(stage)
        assert said(stage) == "oneback"
        assert len(stage.after.of(InterruptionFrame)) == 1
        await chain.infirmary.close()

    run_virtual(run())


def test_three_brains_are_tried_in_order_and_each_only_once_per_turn() -> None:
    async def run() -> None:
        chain = Chain(brain("a", fails()), brain("b", hangs("well ")), brain("c", "here"))
        async with on_stage(chain.service) as stage:
            await ask(stage)
        assert said(stage) == "well here"
        changes = [(frame.failed, frame.instead) for frame in stage.before.of(EngineChangedFrame)]
        assert changes == [("fake:a", "fake:b"), ("fake:b", "fake:c")]
        await chain.infirmary.close()

    run_virtual(run())


def test_when_all_have_failed_it_is_said_once_and_the_reply_ends() -> None:
    async def run() -> None:
        chain = Chain(brain("a", fails()), brain("b", fails()))
        async with on_stage(chain.service) as stage:
            await ask(stage)
        [error] = stage.before.of(ErrorFrame)
        assert error.processor is chain.service
        assert len(stage.after.of(LLMFullResponseEndFrame)) == 1
        await chain.infirmary.close()

    run_virtual(run())


def test_a_call_that_ends_while_its_brain_hangs_still_ends() -> None:
    async def run() -> None:
        chain = Chain(brain("a", hangs()), brain("b", "bye"))
        async with on_stage(chain.service) as stage:
            await stage.send(context(), EndFrame())
            await asyncio.sleep(2)
            assert said(stage) == "bye"
            assert len(stage.after.of(EndFrame)) == 1
        await chain.infirmary.close()

    run_virtual(run())


def test_the_next_brain_sees_the_tools_that_have_run() -> None:
    async def run() -> None:
        last = brain("b", "we open at nine")
        chain = Chain(brain("a", fails()), last)
        messages: Sequence[Any] = [
            {"role": "user", "content": "when do you open"},
            {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "check_hours"}}]},
            {"role": "tool", "tool_call_id": "1", "content": '{"outcome": "open"}'},
        ]
        async with on_stage(chain.service) as stage:
            await stage.send(context(*messages))
            await asyncio.sleep(1)
        assert last.last is not None
        assert last.last.contexts == [list(messages)]
        await chain.infirmary.close()

    run_virtual(run())
