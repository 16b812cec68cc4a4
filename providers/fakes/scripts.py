"""What a fake engine is told to do; each is the `settings` of a `fake` provider."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pipecat.utils.errors import ErrorCategory
from pydantic import Field

from providers.settings import EngineSettings

Milliseconds = Annotated[int, Field(ge=0)]


class Failing(EngineSettings):
    """Requests from number `fail_after` (counted from 0) on fail; None never fails."""

    fail_after: Annotated[int, Field(ge=0)] | None = None
    fail_category: ErrorCategory = ErrorCategory.SERVER

    def fails(self, request: int) -> bool:
        """Says whether request number `request` fails."""
        return self.fail_after is not None and request >= self.fail_after


class STTScript(Failing):
    """One transcript per VAD stop, each `delay_ms` after it; "" is a noise without words.

    `languages` tells by its number which transcript is in another language than the call.
    `partials` are heard while the caller still speaks, `delay_ms` after he has begun.
    """

    transcripts: tuple[str, ...] = ()
    partials: tuple[str, ...] = ()
    languages: Mapping[int, str] = Field(default_factory=dict[int, str])
    delay_ms: Milliseconds = 0


class ToolCall(EngineSettings):
    """A tool the brain calls."""

    name: str
    arguments: Mapping[str, Any] = Field(default_factory=dict[str, Any])


class Calls(EngineSettings):
    """A reply that says `text`, then calls tools."""

    calls: tuple[ToolCall, ...]
    text: str = ""


class Fails(EngineSettings):
    """A reply that says `text`, then fails; without a category the service itself crashes."""

    error: str
    category: ErrorCategory | None = ErrorCategory.SERVER
    text: str = ""


class Hangs(EngineSettings):
    """A reply that says `text`, then neither goes on nor ends until it is interrupted."""

    hang: Literal[True] = True
    text: str = ""


class Garbage(EngineSettings):
    """A reply of bytes that are no words."""

    garbage: Literal[True] = True


Reply = str | Calls | Fails | Hangs | Garbage


class LLMScript(Failing):
    """One reply per inference; one more than scripted fails, so that a test notices."""

    replies: tuple[Reply, ...] = ()
    ttft_ms: Milliseconds = 0
    per_token_ms: Milliseconds = 0


class TTSScript(Failing):
    """A tone of `ms_per_char` per character, all of it `delay_ms` after the request."""

    delay_ms: Milliseconds = 0
    ms_per_char: Annotated[int, Field(gt=0)] = 60
    tone_hz: Annotated[int, Field(gt=0)] = 440
    rate_hz: Annotated[int, Field(gt=0)] = 16_000
