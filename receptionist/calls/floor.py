"""How the product itself speaks on a spoken call."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pipecat.frames.frames import (
    InterruptionFrame,
    LLMMessagesAppendFrame,
    LLMRunFrame,
    TTSSpeakFrame,
)
from pipecat.pipeline.worker import PipelineWorker

from receptionist.calls.clauses import OwnLine
from receptionist.calls.conversation import Conversation
from receptionist.calls.pipeline import CallPipeline

CUT_OFF_S = 0.5
"""An interruption that has not passed the pipeline by then does not hold up what comes next."""
SAID_S = 20.0
"""A sentence that has not been heard by then is not waited for."""


class SpokenFloor:
    """Speaks past the brain.

    Args:
        worker: Runs the pipeline.
        built: The pipeline, and where the product's own words enter it.
        conversation: Follows the call.
        admit: Admits a technical problem.

    Attributes:
        offers_keys: Offers the keys of his telephone to a caller who is not understood, given how
            fetching a person has ended, and returns whether they help; None where he has none.
    """

    def __init__(
        self,
        worker: PipelineWorker,
        built: CallPipeline,
        conversation: Conversation,
        admit: Callable[[], Awaitable[None]],
    ) -> None:
        self._worker = worker
        self._speech = built.speech
        self._conversation = conversation
        self._admit = admit
        self.offers_keys: Callable[[Mapping[str, Any]], bool] | None = None

    async def interrupt(self) -> None:
        """Stops what is being said, and returns when nothing more of it can be heard."""
        heard = self._conversation.interruptions
        await self._worker.queue_frame(InterruptionFrame())
        with suppress(TimeoutError):
            async with asyncio.timeout(CUT_OFF_S):
                await self._conversation.when(lambda: self._conversation.interruptions > heard)

    async def say(self, text: str, *, must_finish: bool = False) -> None:
        """Says `text`; returns when it has been heard, or was cut off."""
        if not text:
            return
        conversation = self._conversation
        first, cut = len(conversation.transcript.turns), conversation.interruptions

        def over() -> bool:
            turns = conversation.transcript.turns[first:]
            heard = any(_is_of(turn.text, text) for turn in turns if turn.speaker == "assistant")
            return heard or (not must_finish and conversation.interruptions > cut)

        await self.begin(text, must_finish=must_finish)
        with suppress(TimeoutError):
            async with asyncio.timeout(SAID_S):
                await conversation.when(over)

    async def begin(self, text: str, *, must_finish: bool = False) -> None:
        """Says `text`, and does not wait until it has been heard."""
        if not self._conversation.dead_air.endless:
            self._conversation.dead_air.answered()
        frame = OwnLine(text)
        frame.interruptible = not must_finish
        await self._speech.queue_frame(frame)

    async def go_on(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Writes `messages` into the context and lets the brain answer."""
        self._conversation.dead_air.waits(self._conversation.clock_s())
        await self._write(messages, answer=True)

    async def note(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Writes `messages` into the context for whenever the brain answers next."""
        await self._write(messages, answer=False)

    async def _write(self, messages: Sequence[Mapping[str, Any]], *, answer: bool) -> None:
        written: list[Any] = list(messages)
        await self._worker.queue_frame(LLMMessagesAppendFrame(written, run_llm=answer))

    async def offer_keys(
        self, result: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]
    ) -> bool:
        """Offers the keys of his telephone to a caller who is not understood."""
        if self.offers_keys is None or not self.offers_keys(result):
            return False
        await self.note(messages)
        return True

    async def take_up_again(self) -> None:
        """After a noise that was no speech: goes on where it was cut off."""
        rest, owed = self._conversation.take_unfinished()
        if rest:
            await self._speech.queue_frame(TTSSpeakFrame(rest))
        elif owed:
            self._conversation.dead_air.waits(self._conversation.clock_s())
            await self._worker.queue_frame(LLMRunFrame())

    async def fault(self) -> None:
        """Admits a technical problem."""
        await self._admit()

    def hold(self, *, waiting: bool, kept: bool = False) -> None:
        """Keeps a caller company for whom a person is being fetched, unless others do."""
        self._conversation.holds(waiting=waiting, kept=kept)

    async def passes(self, seconds: float) -> bool:
        """Lets time pass."""
        await asyncio.sleep(seconds)
        return True

    def over(self) -> None:
        """The call ends when what is being said has been heard."""
        self._conversation.ends_here()


def _is_of(heard: str, text: str) -> bool:
    """Returns whether what was heard begins like `text`."""
    return text.split()[:3] == heard.split()[:3]
