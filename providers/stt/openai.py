"""`openai:<model>`: transcription by any server with OpenAI's interface."""

import asyncio
import io
import wave
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from openai import (
    APIConnectionError,
    APIStatusError,
    AsyncOpenAI,
    DefaultAsyncHttpxClient,
    omit,
)
from pipecat.utils.errors import ErrorCategory, classify_http_status_code
from pipecat.utils.http import connection_limits
from pydantic import Field

from providers.contracts import Capabilities, LoadContext, STTEngine, STTOptions
from providers.errors import ProviderError
from providers.settings import EngineSettings
from providers.spec import ProviderSpec
from providers.stt.service import LocalSTTService, RecognitionError, RecognizerStream

OPENAI_URL = "https://api.openai.com/v1"
_DEFAULT_MODEL = "gpt-4o-mini-transcribe"

_TRAILING_SILENCE_S = 0.3
"""Models garble a last word that the audio ends on; the VAD's stop left 200 ms after it."""

_PROBE_HZ = 16_000

_WARM_FOR_S = 30.0
"""Load balancers commonly close a connection that is idle for longer than 60 s."""


class OpenAISTTSettings(EngineSettings):
    """Settings of an `openai` recogniser.

    Attributes:
        base_url: Where the API is, such as `http://127.0.0.1:8000/v1`.
        model: The model; by default the one of the id (`openai:whisper-1`).
        timeout_ms: Longest wait for a transcript; nothing is tried twice. A caller hears something
            within 4 s of his last sound, so the default leaves time to say that it failed.
    """

    base_url: Annotated[str, Field(pattern=r"^https?://")] = OPENAI_URL
    model: str = ""
    timeout_ms: Annotated[int, Field(gt=0)] = 3000

    @property
    def is_openai(self) -> bool:
        """Whether the address is OpenAI's own."""
        return urlsplit(self.base_url).hostname == urlsplit(OPENAI_URL).hostname


class TranscriptionServer:
    """The connections all calls share, and what is asked over them."""

    def __init__(self, settings: OpenAISTTSettings, *, model: str, api_key: str) -> None:
        self._timeout_s = settings.timeout_ms / 1000
        self._model = model
        self._client = AsyncOpenAI(
            api_key=api_key,
            base_url=settings.base_url,
            max_retries=0,  # the next engine of the chain is given the utterance instead
            timeout=self._timeout_s,
            http_client=DefaultAsyncHttpxClient(
                limits=connection_limits(keepalive_expiry=_WARM_FOR_S)
            ),
        )

    async def transcribe(self, wav: bytes, language: str, prompt: str) -> str:
        """Returns the text of `wav`.

        Raises:
            RecognitionError: the server cannot be reached, refuses or answers something else.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                # A plain-text answer comes back as str, whatever the SDK's types say.
                answer: Any = await self._client.audio.transcriptions.create(
                    file=("utterance.wav", wav, "audio/wav"),
                    model=self._model,
                    language=language,
                    response_format="json",
                    prompt=prompt or omit,
                )
        except (TimeoutError, APIConnectionError) as error:
            raise RecognitionError(
                f"no transcript within {self._timeout_s:g} s: {error!r}", ErrorCategory.CONNECTIVITY
            ) from error
        except APIStatusError as error:
            raise RecognitionError(str(error), _category(error.status_code)) from error
        except ValueError as error:
            raise RecognitionError(
                f"the answer is not JSON: {error}", ErrorCategory.SERVER
            ) from error
        text = getattr(answer, "text", None)
        if not isinstance(text, str):
            raise RecognitionError(
                f"the answer holds no transcript: {answer!r:.200}", ErrorCategory.SERVER
            )
        return text.strip()

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()


class OpenAIStream(RecognizerStream):
    """One call's utterance, sent whole when it has ended."""

    def __init__(
        self, server: TranscriptionServer, *, language: str, prompt: str, rate_hz: int
    ) -> None:
        self._server = server
        self._language = language
        self._prompt = prompt
        self._rate_hz = rate_hz
        self._pcm = bytearray()

    def feed(self, pcm: bytes) -> None:
        """Keeps the audio."""
        self._pcm += pcm

    @property
    def pending(self) -> bool:
        """Nothing is sent before the end."""
        return False

    async def partial(self) -> str:
        """Returns nothing."""
        return ""

    async def finish(self) -> str:
        """Asks the server for the transcript."""
        wav = self._wav()
        self._pcm.clear()
        return await self._server.transcribe(wav, self._language, self._prompt)

    def reset(self) -> None:
        """Forgets the utterance."""
        self._pcm.clear()

    def _wav(self) -> bytes:
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(self._rate_hz)
            out.writeframes(self._pcm)
            out.writeframes(bytes(2 * int(self._rate_hz * _TRAILING_SILENCE_S)))
        return file.getvalue()


class OpenAISTT(STTEngine):
    """Transcription over HTTP: `openai:whisper-1`, or any server by `base_url`."""

    capabilities = Capabilities(local=False)

    def __init__(
        self, spec: ProviderSpec, settings: OpenAISTTSettings, server: TranscriptionServer
    ) -> None:
        super().__init__(spec)
        self._settings = settings
        self._server = server

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Reads the settings and opens the client."""
        settings = OpenAISTTSettings.of(spec)
        reference = spec.secrets.get("api_key")
        if reference is None and settings.is_openai:
            raise ProviderError(
                "OpenAI wants a key.",
                provider=spec.id,
                fix="Add `secrets: {api_key: env:OPENAI_API_KEY}` to the provider.",
            )
        # Without a key the SDK would send the one in OPENAI_API_KEY to any address.
        api_key = context.secret(spec.id, reference) if reference else "none"
        model = settings.model or spec.model or _DEFAULT_MODEL
        return cls(spec, settings, TranscriptionServer(settings, model=model, api_key=api_key))

    def service(self, options: STTOptions) -> LocalSTTService:
        """Returns the service of one call."""
        stream = OpenAIStream(
            self._server,
            language=options.language,
            prompt=", ".join(options.hints),
            rate_hz=options.rate_hz,
        )
        return LocalSTTService(
            stream,
            model=self.spec.id,
            language=options.language,
            rate_hz=options.rate_hz,
            # Every utterance is answered within the time-out, with words or without.
            ttfs_p99_s=self._settings.timeout_ms / 1000,
        )

    async def probe(self) -> None:
        """Has a second of silence transcribed."""
        stream = OpenAIStream(self._server, language="en", prompt="", rate_hz=_PROBE_HZ)
        stream.feed(bytes(2 * _PROBE_HZ))
        await stream.finish()

    async def close(self) -> None:
        """Closes the connections."""
        await self._server.close()


def _category(status: int) -> ErrorCategory:
    category = classify_http_status_code(status)
    if category is ErrorCategory.INVALID_REQUEST and status != 404:
        # It may be this utterance that the server cannot read: no reason to be deaf from now on.
        return ErrorCategory.APPLICATION
    return category
