"""`openai`: speech from any server with OpenAI's speech interface (`POST /audio/speech`)."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated, Self
from urllib.parse import urlsplit

from loguru import logger
from openai import APIStatusError, AsyncOpenAI, omit
from pipecat.frames.frames import Frame, TTSAudioRawFrame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.utils.errors import ErrorCategory
from pydantic import Field

from providers.contracts import Capabilities, LoadContext, TTSEngine, TTSOptions
from providers.errors import ProviderError
from providers.spec import ProviderSpec
from providers.tts import pcm
from providers.tts.cache import PhraseCache
from providers.tts.caching import cached, service_phrase_key
from providers.tts.settings import VoiceSettings

_RATE_HZ = 24000
_OPENAI_HOST = "api.openai.com"
_DEFAULT_MODEL = "gpt-4o-mini-tts"
_CHUNK_BYTES = 4800  # 0.1 s


class NoSpeechError(Exception):
    """A speech server answered without speech."""


class OpenAISettings(VoiceSettings):
    """Settings of a speech server.

    Attributes:
        base_url: Where its interface begins, such as `http://127.0.0.1:8000/v1`.
        voice: The voice, as the server calls it.
        instructions: How to speak, for models that take it.
        timeout_ms: Longest wait for the first audio and for each further part.
    """

    base_url: Annotated[str, Field(pattern=r"^https?://")] = f"https://{_OPENAI_HOST}/v1"
    voice: str = "alloy"
    instructions: str = ""
    timeout_ms: Annotated[int, Field(gt=0)] = 5000


class SpeechServer:
    """The connections all calls share.

    Args:
        settings: Which voice to ask for, and how.
        model: The model to ask for.
        api_key: What the server knows us by.
    """

    def __init__(self, settings: OpenAISettings, model: str, api_key: str) -> None:
        self._settings = settings
        self._model = model
        # Whoever waits on the phone is better served by the next engine than by a retry.
        self._client = AsyncOpenAI(
            api_key=api_key,
            base_url=settings.base_url,
            max_retries=0,
            timeout=settings.timeout_ms / 1000,
        )

    async def say(self, text: str, rate_hz: int) -> AsyncGenerator[bytes, None]:
        """Yields `text` as s16le mono @ `rate_hz` while it arrives.

        Raises:
            OpenAIError: the server cannot be reached or refuses; other errors of the connection
                when it breaks off or goes silent.
            NoSpeechError: the server answers with something that is no audio.
        """
        shaper = pcm.StreamShaper(rate_hz=_RATE_HZ, out_rate_hz=rate_hz)
        settings = self._settings
        request = self._client.audio.speech.with_streaming_response.create(
            input=text,
            model=self._model,
            voice=settings.voice,
            response_format="pcm",
            speed=settings.speed,
            instructions=settings.instructions or omit,
        )
        heard = False
        async with request as response:
            kind = response.headers.get("content-type", "")
            if kind.startswith(("text/", "application/json")):
                raise NoSpeechError(f"the server answers with {kind!r}")
            async for part in response.iter_bytes(_CHUNK_BYTES):
                if playable := shaper.feed(part):
                    heard = True
                    yield playable
        if not heard:
            raise NoSpeechError("the server answers with silence")
        if rest := shaper.finish():
            yield rest

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.close()


class OpenAISpeechService(TTSService):
    """Speaks each text it is given as it is, while it arrives from the server."""

    def __init__(self, server: SpeechServer, *, rate_hz: int, settings: TTSSettings) -> None:
        super().__init__(
            push_start_frame=True, push_stop_frames=True, sample_rate=rate_hz, settings=settings
        )
        self._server = server

    def can_generate_metrics(self) -> bool:
        """Reports time to first audio."""
        return True

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Yields the text as audio frames; a failure is pushed as an error and ends the text."""
        await self.start_tts_usage_metrics(text)
        heard = False
        try:
            async with aclosing(self._server.say(text, self.sample_rate)) as said:
                async for part in said:
                    heard = True
                    yield TTSAudioRawFrame(part, self.sample_rate, 1, context_id=context_id)
        except Exception as error:
            # The connection library's errors have no base in common with the client's.
            await self.push_error(f"cannot say {text!r}: {error}", exception=error)
            if not heard:
                # A context without audio would stay open for seconds; a silent frame closes it.
                silence = pcm.silence(self.sample_rate)
                yield TTSAudioRawFrame(silence, self.sample_rate, 1, context_id=context_id)

    def _classify_error(self, exception: Exception) -> ErrorCategory | None:
        if isinstance(exception, APIStatusError):
            return None  # by its status
        if isinstance(exception, NoSpeechError):
            return ErrorCategory.SERVER
        return ErrorCategory.CONNECTIVITY


class OpenAITTS(TTSEngine):
    """Speech over HTTP: `openai:gpt-4o-mini-tts`, or any server by `base_url`."""

    capabilities = Capabilities(rates_hz=(_RATE_HZ,), streaming=True, local=False)
    rate_hz = _RATE_HZ

    def __init__(
        self, spec: ProviderSpec, settings: OpenAISettings, api_key: str, phrases: PhraseCache
    ) -> None:
        super().__init__(spec)
        model = spec.model or _DEFAULT_MODEL
        self._server = SpeechServer(settings, model, api_key)
        self._settings = TTSSettings(model=model, voice=settings.voice, language=None)
        self._phrases = phrases
        # Where secrets are kept does not change the sound.
        self._cache_id = f"{spec.id} {settings!r}"
        self._service_class = cached(OpenAISpeechService, phrases, self._cache_id)

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Opens the client; the server is not asked anything yet.

        Raises:
            ProviderError: a setting is wrong or the key is missing.
        """
        settings = OpenAISettings.of(spec)
        if unknown := spec.secrets.keys() - {"api_key"}:
            raise ProviderError(
                f"unknown secret {sorted(unknown)}.", provider=spec.id, fix="Name it `api_key`."
            )
        reference = spec.secrets.get("api_key")
        if reference is None and urlsplit(settings.base_url).hostname == _OPENAI_HOST:
            raise ProviderError(
                "it needs a key.",
                provider=spec.id,
                fix="Add `secrets: {api_key: env:OPENAI_API_KEY}` to the provider.",
            )
        # Servers without accounts still need the header that the client insists on.
        api_key = context.secret(spec.id, reference) if reference else "none"
        return cls(spec, settings, api_key, context.phrases)

    def service(self, options: TTSOptions) -> TTSService:
        """Returns the service of one call on the shared connections."""
        return self._service_class(
            self._server, rate_hz=options.rate_hz, settings=replace(self._settings)
        )

    async def prepare(self, texts: Sequence[str], options: TTSOptions) -> None:
        """Puts texts into the phrase cache; gives up at the first that fails."""
        for text in texts:
            key = service_phrase_key(self._cache_id, self._settings, options.rate_hz, text)
            if await asyncio.to_thread(self._phrases.get, key) is None:
                try:
                    parts = [part async for part in self._server.say(text, options.rate_hz)]
                except Exception as error:  # see run_tts
                    logger.warning(f"{self.spec.id}: phrases are not prepared: {error}")
                    return
                await asyncio.to_thread(self._phrases.put, key, b"".join(parts))

    async def probe(self) -> None:
        """Has a short word said, for nobody."""
        async with aclosing(self._server.say("Yes.", _RATE_HZ)) as said:
            async for _ in said:
                return

    async def close(self) -> None:
        """Closes the connections."""
        await self._server.close()
