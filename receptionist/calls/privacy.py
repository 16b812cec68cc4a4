"""Takes out of a call's events what must not be kept, before anybody receives them.

What tools and brains work with stays as it was said; messages, callbacks and appointments keep the
name and number they are for. See docs/privacy.md.
"""

from collections.abc import Callable
from dataclasses import replace

from guardrails.redaction.redactor import CallRedactor, redact, redacted
from receptionist.calls.events import (
    AssistantSpeaks,
    CallerHeard,
    CallEvent,
    EngineChanged,
    Speaker,
    ToolFinished,
    TurnEnded,
)
from receptionist.handoff.events import TransferEnded


class Privacy:
    """Redacts the events of one call; a number may be spread over the turns of a side."""

    def __init__(self) -> None:
        sides: tuple[Speaker, Speaker] = ("caller", "assistant")
        self._turn: dict[Speaker, Callable[[str], str]] = {
            side: CallRedactor().turn for side in sides
        }

    def of(self, event: CallEvent) -> CallEvent:
        """Returns `event` as it may be kept and shown."""
        if isinstance(event, TurnEnded):
            return replace(event, text=self._turn[event.speaker](event.text))
        if isinstance(event, CallerHeard | AssistantSpeaks):
            return replace(event, text=redact(event.text))
        if isinstance(event, ToolFinished):
            arguments, result = redacted(event.arguments), redacted(event.result)
            return replace(event, arguments=arguments, result=result)
        if isinstance(event, EngineChanged | TransferEnded):
            return replace(event, reason=redact(event.reason))
        return event
