"""The gates as processors: where in the pipeline a text is held, judged and let through.

::

    ears → InterimGate → user turn → TurnGate → brain → VerdictGate → clauses → OutputGate → voice

A gate decides nothing itself (see `call_guard.py`) and never waits for anything but the judgement
by meaning, which is bounded in time.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from pipecat.frames.frames import (
    AggregatedTextFrame,
    Frame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.utils.text.base_text_aggregator import TextType

from guardrails.text.sentences import spoken_sentences
from providers.fallback.frames import ReplyBrokenFrame
from receptionist.calls.clauses import OwnLine
from receptionist.calls.conversation import Conversation
from receptionist.calls.switching import last_turn
from receptionist.guard.call_guard import CallGuard
from receptionist.guard.withholding import withhold

_REPLY = (LLMFullResponseStartFrame, LLMTextFrame, LLMFullResponseEndFrame, ReplyBrokenFrame)


class _Gate(FrameProcessor):
    def __init__(self, guard: CallGuard) -> None:
        super().__init__()
        self._guard = guard


class InterimGate(_Gate):
    """Behind the ears: hears of an emergency while the caller still speaks."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Looks at transcripts and passes everything on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame | InterimTranscriptionFrame) and frame.text.strip():
            self._guard.overheard(frame.text)
        await self.push_frame(frame, direction)


class TurnGate(_Gate):
    """Before the brain (G1): it is asked about nothing that was not judged.

    The judgement by meaning (G2) begins here and goes on beside the brain, and behind it what a
    language model objects (G5).
    """

    def __init__(self, guard: CallGuard) -> None:
        super().__init__(guard)
        self._reconsidering: asyncio.Task[None] | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Lets a turn through, or nothing of it."""
        await super().process_frame(frame, direction)
        asks = isinstance(frame, LLMContextFrame) and direction is FrameDirection.DOWNSTREAM
        if not asks or self._admits(frame):
            await self.push_frame(frame, direction)

    def _admits(self, frame: Frame) -> bool:
        assert isinstance(frame, LLMContextFrame)
        text = last_turn(frame.context)
        if not text.strip():
            return not self._guard.refused
        # It is the same message that stays in the context.
        said: Any = frame.context.get_messages()[-1]
        if not self._guard.turn(text, partial(withhold, said)):
            return False
        self.create_task(self._guard.weigh(), "weigh")
        self._reconsidering = self.create_task(self._guard.reconsider(), "reconsider")
        return True

    async def cleanup(self) -> None:
        """Waits for no opinion."""
        if self._reconsidering:
            await self.cancel_task(self._reconsidering)
        await super().cleanup()


class VerdictGate(_Gate):
    """Behind the brain (G3): holds its reply until the turn has been judged by its meaning."""

    def __init__(self, guard: CallGuard) -> None:
        super().__init__(guard)
        self._open = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Holds a reply, lets it through or drops it."""
        await super().process_frame(frame, direction)
        if direction is FrameDirection.UPSTREAM:
            # What a tool brought is not told to the brain of a turn that was refused meanwhile.
            held = isinstance(frame, LLMContextFrame) and self._guard.refused
        else:
            held = isinstance(frame, _REPLY) and not await self._lets_through(frame)
        if not held:
            await self.push_frame(frame, direction)

    async def _lets_through(self, frame: Frame) -> bool:
        """Returns whether a part of a reply goes on; one that has begun is ended in any case."""
        begun = self._open
        cleared = await self._guard.cleared()
        if isinstance(frame, LLMFullResponseStartFrame):
            self._open = cleared
        elif isinstance(frame, LLMFullResponseEndFrame):
            self._open = False
            return begun
        return cleared


class OutputGate(_Gate):
    """Before the voice (G4): no clause of a brain is spoken that was not judged.

    Args:
        guard: Decides.
        replaced: Told what a reply consists of once something in it was not let through.
    """

    def __init__(self, guard: CallGuard, replaced: Callable[[str], object]) -> None:
        super().__init__(guard)
        self._replaced = replaced
        self._said = ""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Lets text through, or what is said instead."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame):
            self._said = ""
        if isinstance(frame, LLMFullResponseStartFrame):
            self._said = ""
            self._guard.reply_began()
        elif isinstance(frame, LLMFullResponseEndFrame):
            await self._say(self._guard.reply_ended())
        if isinstance(frame, AggregatedTextFrame):
            await self._judge(frame, direction)
        elif isinstance(frame, TTSSpeakFrame) and not isinstance(frame, OwnLine):
            await self._judge_line(frame, direction)
        else:
            await self.push_frame(frame, direction)

    async def _judge(self, frame: AggregatedTextFrame, direction: FrameDirection) -> None:
        said = self._guard.clause(frame.text)
        if said == frame.text:
            self._said = f"{self._said} {said}".strip()
            await self.push_frame(frame, direction)
        else:
            await self._say(said)
            self._replaced(self._said)

    async def _judge_line(self, frame: TTSSpeakFrame, direction: FrameDirection) -> None:
        """Judges what is said again after a noise; what replaces it is a line of the product."""
        self._guard.reply_began()
        said = [self._guard.clause(sentence) for sentence in spoken_sentences(frame.text)]
        text = " ".join(sentence for sentence in said if sentence)
        if text == frame.text:
            await self.push_frame(frame, direction)
        elif text:
            await self.push_frame(OwnLine(text), direction)

    async def _say(self, text: str) -> None:
        if text:
            self._said = f"{self._said} {text}".strip()
            spoken = AggregatedTextFrame(text=text, text_type=TextType.SENTENCE, raw_text=text)
            await self.push_frame(spoken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """The gates of a spoken call, in the order of the pipeline."""

    interim: FrameProcessor
    turn: FrameProcessor
    verdict: FrameProcessor
    output: FrameProcessor


def gates_of(guard: CallGuard, conversation: Conversation) -> Gates:
    """Returns the gates of a spoken call."""
    return Gates(
        interim=InterimGate(guard),
        turn=TurnGate(guard),
        verdict=VerdictGate(guard),
        output=OutputGate(guard, conversation.reply_replaced),
    )


class WrittenGate(_Gate):
    """Behind the brain of a call in writing: G3 and G4 over a reply that is read as a whole."""

    def __init__(self, guard: CallGuard) -> None:
        super().__init__(guard)
        self._held = ""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Holds the text of a reply and lets through what may be read of it."""
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMFullResponseStartFrame | ReplyBrokenFrame | InterruptionFrame):
            self._held = ""
        if isinstance(frame, LLMTextFrame):
            self._held += frame.text
            return
        if isinstance(frame, LLMFullResponseEndFrame):
            await self._release()
        asks = isinstance(frame, LLMContextFrame) and direction is FrameDirection.UPSTREAM
        if not (asks and self._guard.refused):
            await self.push_frame(frame, direction)
        else:  # whoever waits for what the brain makes of its tools is told that it is nothing
            await self.push_frame(LLMFullResponseStartFrame())
            await self.push_frame(LLMFullResponseEndFrame())

    async def _release(self) -> None:
        held, self._held = self._held, ""
        if not await self._guard.cleared():
            return
        self._guard.reply_began()
        said = [self._guard.clause(text) for text in spoken_sentences(held)]
        text = " ".join([part for part in (*said, self._guard.reply_ended()) if part])
        if text:
            await self.push_frame(LLMTextFrame(text))
