"""What every engine promises, one abstract class per slot.

An engine is loaded once per process (`load`, blocking, run in a worker thread) and shared by all
calls; what belongs to one call comes from `service` and costs a few milliseconds at most.
Audio is s16le mono everywhere; its rate is always given as `rate_hz`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pipecat.audio.turn.base_turn_analyzer import BaseTurnAnalyzer
from pipecat.audio.vad.vad_analyzer import VADAnalyzer
from pipecat.processors.frame_processor import FrameProcessor

from providers.spec import ProviderSpec

if TYPE_CHECKING:
    from providers.tts.cache import PhraseCache


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an engine can do, declared by its author or measured.

    Attributes:
        languages: ISO 639-1 codes; empty means any.
        rates_hz: Sample rates it takes (STT, VAD) or gives (TTS); empty means any.
        streaming: STT: decodes while the caller speaks. TTS: first audio before the last.
        word_times: It reports when each word was spoken.
        local: It runs in this process and needs no network.
        p50_ms: Median time to its first result, measured on 2 cores; None when unknown.
        p99_ms: 99th percentile of the same.
    """

    languages: frozenset[str] = frozenset()
    rates_hz: tuple[int, ...] = ()
    streaming: bool = False
    word_times: bool = False
    local: bool = True
    p50_ms: int | None = None
    p99_ms: int | None = None


class ModelFolders(Protocol):
    """The part of the model store that engines need."""

    def folder(self, name: str) -> Path:
        """Returns the verified folder of model `name`.

        Raises:
            ProviderError: the model is not installed; `fix` names the command that pulls it.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadContext:
    """What an engine may use while it loads.

    Attributes:
        models: The model store.
        secret: `secret(provider_id, reference)` returns the secret behind a reference such as
            `env:OPENAI_API_KEY`; raises ProviderError with the fix when it is missing.
        threads: CPU threads one engine may use for one request.
        phrases: The phrase cache shared by every TTS engine.
        embedder: Loads another engine an engine is built on (the concierge on embeddings).
    """

    models: ModelFolders
    secret: Callable[[str, str], str]
    threads: int
    phrases: "PhraseCache"
    embedder: Callable[[ProviderSpec], "Embedder"]


class Engine(ABC):
    """Common to all slots.

    Attributes:
        spec: What the tenant asked for.
        capabilities: What this engine can do.
    """

    capabilities: Capabilities

    def __init__(self, spec: ProviderSpec) -> None:
        self.spec = spec

    @classmethod
    @abstractmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Loads models and opens clients. Blocking; never called on the event loop.

        Raises:
            ProviderError: an extra, a model or a key is missing; `fix` says what to do.
        """

    def warm_up(self) -> None:  # noqa: B027 - many engines have nothing to warm up
        """Pays first-use costs before the first call. Blocking."""

    async def probe(self) -> None:  # noqa: B027 - many engines cannot be asked without a caller
        """Asks whether the engine works, without a caller; raises whatever goes wrong."""

    async def close(self) -> None:  # noqa: B027 - many engines have nothing to free
        """Frees what the engine holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class STTOptions:
    """Speech recognition for one call.

    Attributes:
        language: ISO 639-1.
        rate_hz: Of the audio that comes in.
        hints: Names to expect.
        others: Languages the caller may turn out to speak instead. An engine that can tell writes
            what it is sure to hear in one of them in that language, and says so in the
            `language` of the transcript.
    """

    language: str
    rate_hz: int
    hints: Sequence[str] = ()
    others: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TTSOptions:
    """Speech synthesis for one call: ISO 639-1 language and output rate."""

    language: str
    rate_hz: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a language model reads for one answer.

    Attributes:
        instructions: The system prompt.
        messages: The conversation, as short as it has to be, ending in what is to be answered.
    """

    instructions: str
    messages: Sequence[Mapping[str, Any]]


class Guide(Protocol):
    """Keeps a language model to what is known, on one call; it is asked about one answer at a time.

    A brain that is no language model has no use for it.
    """

    @property
    def over(self) -> bool:
        """Nothing more of the answer will be said, whatever comes; a tool may be asked for yet."""
        ...

    def brief(self, messages: Sequence[Mapping[str, Any]], *, budget_tokens: int) -> Brief:
        """Begins an answer to `messages` and returns what the model reads for it."""
        ...

    def admit(self, text: str) -> str:
        """Takes text of the model and returns what may be said by now; the rest is held."""
        ...

    def finish(self, *, acts: bool) -> str:
        """Ends the answer and returns what is left to say.

        Args:
            acts: Tools run now, and another answer follows.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMOptions:
    """A brain for one call.

    Attributes:
        language: ISO 639-1.
        instructions: The system prompt (language models).
        texts: Templates and examples by name, from `prompts/` (the concierge).
        company: The name the caller hears.
        guide: Keeps a language model to what is known; None lets it say what it likes.
        others: `texts` of the languages the call may go over to.
    """

    language: str
    instructions: str = ""
    texts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    company: str = ""
    guide: Guide | None = None
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])


class STTEngine(Engine):
    """Speech to text."""

    @abstractmethod
    def service(self, options: STTOptions) -> FrameProcessor:
        """Returns the pipecat service of one call; its transcripts are `finalized`."""


class TTSEngine(Engine):
    """Text to speech.

    Attributes:
        rate_hz: The rate the voice is made at; a call that can, plays at this rate.
    """

    rate_hz: int

    @abstractmethod
    def service(self, options: TTSOptions) -> FrameProcessor:
        """Returns the pipecat service of one call; whole phrases pass through the phrase cache."""

    async def prepare(self, texts: Sequence[str], options: TTSOptions) -> None:
        """Puts texts that will be said often into the phrase cache, where the engine can."""
        del texts, options


class LLMEngine(Engine):
    """A brain: messages and tools in, text and tool calls out."""

    def prepare(self, options: LLMOptions) -> object:
        """Makes what all calls with these options share. Blocking; done before the first call."""
        del options

    @abstractmethod
    def service(self, options: LLMOptions) -> FrameProcessor:
        """Returns the pipecat service of one call."""


class VADEngine(Engine):
    """Voice activity detection."""

    @abstractmethod
    def analyzer(self) -> VADAnalyzer:
        """Returns the analyzer of one call; it runs inline, on the shared model."""


class TurnEngine(Engine):
    """Has the caller finished? A hint, never the only judge."""

    @abstractmethod
    def analyzer(self) -> BaseTurnAnalyzer:
        """Returns the analyzer of one call, on the shared model."""


class Embedder(Engine):
    """Sentence embeddings."""

    @abstractmethod
    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns an array of shape (len(texts), dimensions); every row has length 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageGuess:
    """The likeliest language (ISO 639-1) of a text and its probability, 0..1."""

    language: str
    probability: float


class LanguageIdentifier(Engine):
    """Which language a text is in."""

    @abstractmethod
    def identify(self, text: str) -> LanguageGuess:
        """Returns the likeliest language of `text`, among all there are."""
