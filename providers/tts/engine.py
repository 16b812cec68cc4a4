"""What the engines that synthesise in this process have in common."""

import os
from abc import abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from loguru import logger
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService

from providers.contracts import LoadContext, TTSEngine, TTSOptions
from providers.errors import ProviderError
from providers.spec import ProviderSpec
from providers.tts.service import LocalTTSService
from providers.tts.speaker import Speaker, Voice


class LocalTTSEngine(TTSEngine):
    """A voice loaded once per process, spoken with by all calls.

    Args:
        spec: What the tenant asked for.
        context: Gives the phrase cache and the number of threads.
    """

    def __init__(self, spec: ProviderSpec, context: LoadContext) -> None:
        super().__init__(spec)
        self._phrases = context.phrases
        # Two at least, so that one long text does not hold up every other call.
        self._threads = ThreadPoolExecutor(
            max_workers=max(2, (os.cpu_count() or 2) // context.threads),
            thread_name_prefix=f"tts-{spec.scheme}",
        )

    @abstractmethod
    def voice(self, language: str) -> Voice:
        """Returns the shared voice as it speaks `language`."""

    def service(self, options: TTSOptions) -> TTSService:
        """Returns the service of one call.

        Raises:
            ProviderError: this voice does not speak the language.
        """
        speaker = self.speaker(options)
        return LocalTTSService(
            speaker,
            settings=TTSSettings(
                model=self.spec.scheme, voice=self.spec.model, language=options.language
            ),
        )

    async def prepare(self, texts: Sequence[str], options: TTSOptions) -> None:
        """Puts texts into the phrase cache, one after the other; one that fails is left out."""
        speaker = self.speaker(options)
        for text in texts:
            try:
                await speaker.prepare(text)
            except Exception as error:  # whatever a voice raises: the call will tell
                logger.warning(f"{self.spec.id}: {text!r} is not prepared: {error}")

    def warm_up(self) -> None:
        """Speaks one word, which pays for lazy imports and the first inference."""
        languages = sorted(self.capabilities.languages) or ["en"]
        self.voice(languages[0]).synthesize("Hello.")

    async def close(self) -> None:
        """Stops the threads; what they are making is the last they make."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def speaker(self, options: TTSOptions) -> Speaker:
        """Returns what says texts in one call, without pipecat.

        Raises:
            ProviderError: this voice does not speak the language.
        """
        languages = self.capabilities.languages
        if languages and options.language not in languages:
            raise ProviderError(
                f"it does not speak {options.language!r}.",
                provider=self.spec.id,
                fix=f"Use it for {', '.join(sorted(languages))} or choose another voice.",
            )
        return Speaker(
            self.voice(options.language),
            rate_hz=options.rate_hz,
            phrases=self._phrases,
            threads=self._threads,
        )
