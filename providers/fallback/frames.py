"""What a chain tells the call around it."""

from dataclasses import dataclass

from pipecat.frames.frames import ControlFrame, SystemFrame

from providers.spec import Slot


@dataclass
class EngineChangedFrame(SystemFrame):
    """Upstream: another engine took over in the middle of something.

    Attributes:
        slot: Where.
        failed: The engine that failed, such as `openai:gpt-4.1`.
        instead: The one that does its work over.
        reason: What went wrong.
    """

    slot: Slot
    failed: str
    instead: str
    reason: str


@dataclass
class StillWaitingFrame(SystemFrame):
    """Upstream: the brain has given no sign for half of the time it is allowed."""


@dataclass
class ReplyBrokenFrame(ControlFrame):
    """Downstream: the reply that had begun will not go on; another begins right behind."""
