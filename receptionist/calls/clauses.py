"""Releases the first clause of a reply early: speech begins before the sentence is known."""

from collections.abc import AsyncIterator

from pipecat.frames.frames import (
    Frame,
    LLMContextUserTurnFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.processors.aggregators.llm_text_processor import LLMTextProcessor
from pipecat.processors.frame_processor import FrameDirection
from pipecat.utils.text.base_text_aggregator import Aggregation, TextType
from pipecat.utils.text.simple_text_aggregator import SimpleTextAggregator

from receptionist.calls.conversation import Conversation

MIN_CHARACTERS = 12
"""A shorter clause ("Yes,") is over before the rest of the sentence can be made."""
MAX_WORDS = 8
"""A first sentence without punctuation is cut here: waiting for its end costs 220-440 ms."""
_CLAUSE_ENDS = ",;:–—"


class FirstClauseAggregator(SimpleTextAggregator):
    """Cuts a reply into its first clause, then sentences."""

    def __init__(self) -> None:
        super().__init__()
        self._first = True

    async def aggregate(self, text: str) -> AsyncIterator[Aggregation]:
        """Yields what can be spoken, character by character of `text`."""
        for character in text:
            async for aggregation in super().aggregate(character):
                self._first = False
                yield aggregation
            if self._first and self._is_clause(character):
                clause, self._text, self._first = self._text.strip(), "", False
                yield Aggregation(text=clause, type=TextType.SENTENCE)

    def _is_clause(self, character: str) -> bool:
        held = self._text.strip()
        if character in _CLAUSE_ENDS:
            return len(held) >= MIN_CHARACTERS
        return character == " " and len(held.split()) >= MAX_WORDS

    async def flush(self) -> Aggregation | None:
        """Returns the rest of the reply; the next text begins a new one."""
        self._first = True
        return await super().flush()

    async def handle_interruption(self) -> None:
        """Drops the reply that was cut off."""
        self._first = True
        await super().handle_interruption()


class Clauses(LLMTextProcessor):
    """Stands between the brain and the voice and notes what the brain is given and gives.

    The caller's turn passes here ahead of the reply to it, so the two are never noted the other
    way round.

    Args:
        conversation: Told of the caller's turns, replies and their text.
    """

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(text_aggregator=FirstClauseAggregator())
        self._conversation = conversation

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Notes and passes on, text in clauses."""
        downstream = direction == FrameDirection.DOWNSTREAM
        if isinstance(frame, LLMContextUserTurnFrame) and downstream:
            self._conversation.caller_turn_ended(frame.text)
        elif isinstance(frame, LLMFullResponseStartFrame):
            self._conversation.reply_began()
        elif isinstance(frame, LLMTextFrame):
            self._conversation.reply_text(frame.text)
        await super().process_frame(frame, direction)
