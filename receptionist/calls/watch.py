"""What falls due on a call when nobody does anything: a clock-free list of deadlines."""

from dataclasses import dataclass
from typing import Literal

from receptionist.calls.conversation import Conversation
from receptionist.calls.events import Disposition
from receptionist.calls.turns import SilenceStep
from receptionist.tenants.config import Patience
from receptionist.tools.contract import ToolContext

FAREWELL_S = 6.0
"""A call whose end was decided ends by then, even when its last words never come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What to do now.

    Attributes:
        act: `say` a line, `close` after a last line, or `finish` at once.
        occasion: The line.
        disposition: How the call ends.
    """

    act: Literal["say", "close", "finish"]
    occasion: str = ""
    disposition: Disposition = Disposition.COMPLETED


class Watch:
    """Knows the next moment at which the call needs attention, and why.

    Args:
        conversation: The call's state.
        patience: The tenant's limits.
        tools: Tells whether a tool has decided the end of the call.
        started_s: When the call was answered, on the loop's clock.
    """

    def __init__(
        self, conversation: Conversation, patience: Patience, tools: ToolContext, started_s: float
    ) -> None:
        self._conversation = conversation
        self._tools = tools
        self._max_s: float | None = started_s + patience.max_call_s
        self._media_s = patience.media_lost_ms / 1000
        self._closing: Disposition | None = None
        self._last_words: int | None = None
        self._finish_by_s: float | None = None

    def closes(self, disposition: Disposition, now_s: float) -> None:
        """The last words are being said."""
        self._closing = disposition
        self._last_words = self._conversation.mark()
        self._finish_by_s = now_s + 2 * FAREWELL_S
        self._max_s = None

    @property
    def closing(self) -> bool:
        """True once the end of the call is decided."""
        return self._closing is not None

    def said_all(self, now_s: float) -> Disposition | None:
        """Returns how the call ends if its last words have been heard; None before that."""
        if self._closing is None and self._tools.ending and self._finish_by_s is None:
            self._finish_by_s = now_s + 2 * FAREWELL_S
        mark = self._last_words if self._closing else self._conversation.farewell_mark
        if mark is None or not self._conversation.said_since(mark):
            return None
        return self._closing or self._ended_by_tool()

    def deadline_s(self) -> float:
        """Returns the next moment to ask `due`."""
        conversation = self._conversation
        deadlines = [
            conversation.last_frame_s + self._media_s,
            self._max_s,
            self._finish_by_s,
            None if self.closing else conversation.silence.deadline_s,
            None if self.closing else conversation.dead_air.deadline_s,
        ]
        return min(deadline for deadline in deadlines if deadline is not None)

    def due(self, now_s: float) -> Due | None:
        """Returns what is due at `now_s`, the most pressing first."""
        conversation = self._conversation
        if now_s >= conversation.last_frame_s + self._media_s:
            return Due(act="finish", disposition=Disposition.MEDIA_LOST)
        if self._finish_by_s is not None and now_s >= self._finish_by_s:
            return Due(act="finish", disposition=self._closing or self._ended_by_tool())
        if self.closing:
            return None
        if self._max_s is not None and now_s >= self._max_s:
            return Due(act="close", occasion="max_duration", disposition=Disposition.MAX_DURATION)
        late = conversation.dead_air.due(now_s)
        if late == "give_up":
            return Due(act="close", occasion="technical_goodbye", disposition=Disposition.FAILED)
        if late:
            return Due(act="say", occasion=conversation.dead_air.line)
        step = conversation.silence.due(now_s)
        if step is SilenceStep.GOODBYE:
            return Due(act="close", occasion=step, disposition=Disposition.SILENT_CALLER)
        return Due(act="say", occasion=step) if step else None

    def _ended_by_tool(self) -> Disposition:
        return Disposition.TRANSFERRED if self._tools.transferred else Disposition.COMPLETED
