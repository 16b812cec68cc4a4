"""What a tenant writes to name an engine: an id, its settings and references to its secrets."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

SecretReference = Annotated[str, Field(pattern=r"^(env|file):.+$")]
"""Where a secret is kept: `env:NAME` or `file:/path`. The secret itself is never written down."""


class Slot(StrEnum):
    """A place in the call that an engine fills."""

    STT = "stt"
    LLM = "llm"
    TTS = "tts"
    VAD = "vad"
    TURN = "turn"
    EMBEDDINGS = "embeddings"
    LANGUAGE = "language"


class ProviderSpec(BaseModel):
    """An engine and how to set it up.

    Written as a bare id (`whisper:base`) or as a mapping with `id`, `settings` and `secrets`.

    Attributes:
        id: `scheme:model`; the scheme names the engine, the model may be empty.
        settings: Values handed to the engine, such as `{"base_url": "http://127.0.0.1:8080/v1"}`.
        secrets: Setting name to secret reference, such as `{"api_key": "env:OPENAI_API_KEY"}`.
        timeout_ms: Longest wait for its next sign of life while a caller waits, before the next
            engine of the chain takes over; None is the slot's own (docs/decisions/0013).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*(:.*)?$")]
    settings: Mapping[str, Any] = Field(default_factory=dict[str, Any])
    secrets: Mapping[str, SecretReference] = Field(default_factory=dict[str, str])
    timeout_ms: Annotated[int, Field(ge=100, le=30_000)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare_id(cls, value: object) -> object:
        return {"id": value} if isinstance(value, str) else value

    @property
    def scheme(self) -> str:
        """The engine: `whisper` of `whisper:base`."""
        return self.id.partition(":")[0]

    @property
    def model(self) -> str:
        """The model, voice or vendor: `base` of `whisper:base`; "" when the id names none."""
        return self.id.partition(":")[2]

    @property
    def key(self) -> str:
        """Identifies everything that makes two specs the same loaded engine."""
        return self.model_dump_json(exclude={"timeout_ms"})


def _in_a_list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [ProviderSpec.model_validate(value)]


ProviderChain = Annotated[
    tuple[ProviderSpec, ...], BeforeValidator(_in_a_list), Field(min_length=1)
]
"""One engine, or a list of them, the preferred first: each takes over when those before it fail."""
