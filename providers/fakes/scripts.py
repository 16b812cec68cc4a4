"""What a fake engine is told to do; each is the `settings` of a `fake` provider."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pipecat.utils.errors import ErrorCategory
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from providers.errors import ProviderError
from providers.spec import ProviderSpec

Milliseconds = Annotated[int, Field(ge=0)]


class Script(BaseModel):
    """Data, checked when it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of(cls, spec: ProviderSpec) -> Self:
        """Reads the settings of `spec`.

        Raises:
            ProviderError: they are no such script.
        """
        try:
            return cls.model_validate(dict(spec.settings))
        except ValidationError as error:
            raise ProviderError(str(error), provider=spec.id, fix="Correct the script.") from error


class Failing(Script):
    """Requests from number `fail_after` (counted from 0) on fail; None never fails."""

    fail_after: Annotated[int, Field(ge=0)] | None = None
    fail_category: ErrorCategory = ErrorCategory.SERVER

    def fails(self, request: int) -> bool:
        """Says whether request number `request` fails."""
        return self.fail_after is not None and request >= self.fail_after


class STTScript(Failing):
    """One transcript per VAD stop, each `delay_ms` after it; "" is a noise without words."""

    transcripts: tuple[str, ...] = ()
    delay_ms: Milliseconds = 0


class ToolCall(Script):
    """A tool the brain calls."""

    name: str
    arguments: Mapping[str, Any] = Field(default_factory=dict[str, Any])


class Calls(Script):
    """A reply that says `text`, then calls tools."""

    calls: tuple[ToolCall, ...]
    text: str = ""


class Fails(Script):
    """A reply that says `text`, then fails; without a category the service itself crashes."""

    error: str
    category: ErrorCategory | None = ErrorCategory.SERVER
    text: str = ""


class Hangs(Script):
    """A reply that says `text`, then neither goes on nor ends until it is interrupted."""

    hang: Literal[True] = True
    text: str = ""


class Garbage(Script):
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
