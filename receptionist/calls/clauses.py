"""Releases the first clause of a reply early: speech begins before the sentence is known."""

from collections.abc import AsyncIterator

from pipecat.frames.frames import (
    Frame,
    LLMFullResponseEndFrame,
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
"""A first sentence that comes word by word is cut here: waiting for its end costs 220-440 ms. One
that comes whole is not: nothing is gained, and the melody breaks."""
_CLAUSE_ENDS = ",;:–—"


class FirstClauseAggregator(SimpleTextAggregator):
    """Cuts a reply into its first clause, then sentences."""

    def __init__(self) -> None:
        super().__init__()
        self._first = True

    async def aggregate(self, text: str) -> AsyncIterator[Aggregation]:
        """Yields what can be spoken once `text` has come."""
        if self._first and text[:1].isspace() and len(self._text.split()) >= MAX_WORDS:
            yield self._first_clause()
        for character in text:
            async for aggregation in super().aggregate(character):
                self._first = False
                yield aggregation
            held = len(self._text.strip())
            if self._first and character in _CLAUSE_ENDS and held >= MIN_CHARACTERS:
                yield self._first_clause()

    def _first_clause(self) -> Aggregation:
        clause, self._text, self._first = self._text.strip(), "", False
        return Aggregation(text=clause, type=TextType.SENTENCE)

    async def flush(self) -> Aggregation | None:
        """Returns the rest of the reply; the next text begins a new one."""
        self._first = True
        return await super().flush()

    async def handle_interruption(self) -> None:
        """Drops the reply that was cut off."""
        self._first = True
        await super().handle_interruption()


class Clauses(LLMTextProcessor):
    """Stands between the brain and the voice and notes what the brain says.

    Args:
        conversation: Told of replies and their text.
    """

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(text_aggregator=FirstClauseAggregator())
        self._conversation = conversation

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Notes and passes on, text in clauses."""
        if isinstance(frame, LLMFullResponseStartFrame):
            self._conversation.reply_began()
        elif isinstance(frame, LLMTextFrame):
            self._conversation.reply_text(frame.text)
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMFullResponseEndFrame):
            self._conversation.reply_ended()
