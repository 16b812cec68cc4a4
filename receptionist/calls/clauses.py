"""Releases the first clause of a reply early: speech begins before the sentence is known."""

from collections.abc import AsyncIterator, Callable

from pipecat.frames.frames import (
    Frame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSSpeakFrame,
)
from pipecat.processors.aggregators.llm_text_processor import LLMTextProcessor
from pipecat.processors.frame_processor import FrameDirection
from pipecat.utils.text.base_text_aggregator import Aggregation, TextType
from pipecat.utils.text.simple_text_aggregator import SimpleTextAggregator

from providers.fallback.frames import ReplyBrokenFrame
from receptionist.calls.conversation import Conversation

MIN_CHARACTERS = 12
"""A shorter clause ("Yes,") is over before the rest of the sentence can be made."""
MAX_WORDS = 8
"""A first sentence that comes word by word is cut here: waiting for its end costs 220-440 ms. One
that comes whole is not: nothing is gained, and the melody breaks."""
_CLAUSE_ENDS = ",;:–—"


class OwnLine(TTSSpeakFrame):
    """A fixed line of the product: spoken as it stands, judged by no gate."""


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

    @property
    def held(self) -> str:
        """What has come and is not yet released."""
        return self._text

    async def handle_interruption(self) -> None:
        """Drops the reply that was cut off."""
        self._first = True
        await super().handle_interruption()


class Clauses(LLMTextProcessor):
    """Stands between the brain and the voice and notes what the brain says.

    Args:
        conversation: Told of replies and their text.
        filler: Returns what bridges a reply that broke off and the one that takes its place.
    """

    def __init__(self, conversation: Conversation, filler: Callable[[], str]) -> None:
        self._clauses = FirstClauseAggregator()
        super().__init__(text_aggregator=self._clauses)
        self._conversation = conversation
        self._filler = filler

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Notes and passes on, text in clauses."""
        if isinstance(frame, LLMFullResponseStartFrame):
            self._conversation.reply_began()
        elif isinstance(frame, LLMTextFrame):
            self._conversation.reply_text(frame.text)
        elif isinstance(frame, ReplyBrokenFrame):
            await self._break_off()
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMFullResponseEndFrame):
            self._conversation.reply_ended()

    async def _break_off(self) -> None:
        """Drops the clause that will not be finished; whoever waits in silence is told to."""
        released = self._conversation.reply_broken(len(self._clauses.held))
        await self._clauses.handle_interruption()
        if released == "unsaid":
            return
        # The voice would say the new reply before anything else as long as the old one is open.
        await self.push_frame(LLMFullResponseEndFrame())
        if released == "heard" and self._conversation.may_fill():
            await self.push_frame(OwnLine(self._filler(), append_to_context=False))
        await self.push_frame(LLMFullResponseStartFrame())
