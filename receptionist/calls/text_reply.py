"""One reply of a call in writing, gathered from the pipeline."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipecat.frames.frames import (
    Frame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from providers.fallback.frames import ReplyBrokenFrame
from receptionist.calls.events import Disposition, ToolFinished


@dataclass(slots=True)
class Reply:
    """What the brain answers, as it comes."""

    done: asyncio.Event = field(default_factory=asyncio.Event)
    text: str = ""
    failed: bool = False


class ReplyTap(FrameProcessor):
    """Gathers the text of one reply, across the tools it runs.

    That tools were started is told by a system frame, which overtakes the frames around it: a
    response begun while a tool runs is still the one that called it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reply = Reply()
        self._running: set[str] = set()
        self._owed = False
        self._begin = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Gathers and passes on."""
        await super().process_frame(frame, direction)
        if direction is FrameDirection.DOWNSTREAM:
            self._follow(frame)
        await self.push_frame(frame, direction)
        if isinstance(frame, LLMFullResponseEndFrame) and not self._owed:
            self.reply.done.set()

    def _follow(self, frame: Frame) -> None:
        if isinstance(frame, FunctionCallsStartedFrame):
            self._running |= {call.tool_call_id for call in frame.function_calls}
            self._owed = True
        elif isinstance(frame, FunctionCallResultFrame):
            self._running.discard(frame.tool_call_id)
        elif isinstance(frame, LLMFullResponseStartFrame):
            self._owed = self._owed and bool(self._running)
            self.reply.text += " "
            self._begin = len(self.reply.text)
        elif isinstance(frame, ReplyBrokenFrame):
            self.reply.text = self.reply.text[: self._begin]
        elif isinstance(frame, LLMTextFrame):
            self.reply.text += frame.text


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReply:
    """What the assistant answered to one line.

    Attributes:
        text: What it says.
        tools: What it did for it.
        language: Language of the call.
        disposition: How the call ended with this reply; None while it goes on.
    """

    text: str
    tools: Sequence[ToolFinished]
    language: str
    disposition: Disposition | None

    def record(self) -> dict[str, Any]:
        """Returns it for programs."""
        return {
            "text": self.text,
            "tools": [
                {"name": tool.name, "arguments": dict(tool.arguments), "outcome": tool.outcome}
                for tool in self.tools
            ],
            "language": self.language,
            "disposition": self.disposition,
        }
