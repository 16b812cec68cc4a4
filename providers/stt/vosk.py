"""`vosk:<model>`: Kaldi's streaming recogniser in this process."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Annotated, Any, Self, TypeVar

import vosk
from pydantic import Field

from providers.contracts import Capabilities, LoadContext, STTEngine, STTOptions
from providers.errors import ProviderError
from providers.spec import ProviderSpec
from providers.stt.service import LocalSTTService, RecognizerStream
from providers.stt.settings import ModelFolderSettings

T = TypeVar("T")

STEP_S = 0.1
"""Audio decoded at once: one hop to a thread per five frames, and little left for the final."""

TTFS_P99_S = 1.0

vosk.SetLogLevel(-1)


class VoskSettings(ModelFolderSettings):
    """Settings of a Vosk model.

    Attributes:
        language: The language it understands, ISO 639-1; the files do not say it.
    """

    language: Annotated[str, Field(pattern="^[a-z]{2,3}$")] | None = None


class VoskStream(RecognizerStream):
    """One call's recogniser; every use of it happens in a thread of the engine."""

    def __init__(self, model: Any, threads: ThreadPoolExecutor, *, rate_hz: int) -> None:
        self._threads = threads
        self._rate_hz = rate_hz
        # Takes 60 ms with a large model: too long for the event loop.
        self._recognizer: Future[Any] = threads.submit(vosk.KaldiRecognizer, model, rate_hz)
        self._pcm = bytearray()
        self._done: list[str] = []
        self._used = False

    def feed(self, pcm: bytes) -> None:
        """Keeps the audio for the next decode."""
        self._pcm += pcm

    @property
    def pending(self) -> bool:
        """Whether a step of audio waits."""
        return len(self._pcm) >= STEP_S * self._rate_hz * 2

    async def partial(self) -> str:
        """Decodes what waits."""
        return await self._run(self._partial, self._taken())

    async def finish(self) -> str:
        """Decodes what is left and ends the utterance."""
        text = await self._run(self._finish, self._taken())
        self._used = False
        return text

    def reset(self) -> None:
        """Forgets the utterance."""
        self._pcm.clear()
        self._done.clear()
        if self._used:
            self._used = False
            self._threads.submit(lambda: self._recognizer.result().Reset())

    def _taken(self) -> bytes:
        pcm = bytes(self._pcm)
        self._pcm.clear()
        self._used = True
        return pcm

    async def _run(self, work: Callable[[bytes], T], pcm: bytes) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, pcm)

    def _partial(self, pcm: bytes) -> str:
        self._accept(pcm)
        return self._joined(json.loads(self._recognizer.result().PartialResult())["partial"])

    def _finish(self, pcm: bytes) -> str:
        self._accept(pcm)
        text = self._joined(json.loads(self._recognizer.result().FinalResult())["text"])
        self._done.clear()
        return text

    def _accept(self, pcm: bytes) -> None:
        recognizer = self._recognizer.result()
        if recognizer.AcceptWaveform(pcm):
            self._done.append(json.loads(recognizer.Result())["text"])

    def _joined(self, last: str) -> str:
        return " ".join(text for text in (*self._done, last) if text)


class VoskSTT(STTEngine):
    """Vosk, one model for all calls.

    The model is the one of that name in the model store (`vosk:vosk-ko`), or the folder that the
    setting `path` names: any Vosk model.
    """

    def __init__(
        self, spec: ProviderSpec, settings: VoskSettings, model: Any, threads: ThreadPoolExecutor
    ) -> None:
        super().__init__(spec)
        self._model = model
        self._threads = threads
        self.capabilities = Capabilities(
            languages=frozenset({settings.language} if settings.language else ()),
            streaming=True,
            p50_ms=100,
            p99_ms=500,
        )

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Loads the model."""
        settings = VoskSettings.of(spec)
        if not settings.path and not spec.model:
            raise ProviderError(
                "names no model.",
                provider=spec.id,
                fix="Write `vosk:<name in the model store>` or set `path` to a model folder.",
            )
        folder = settings.path or context.models.folder(spec.model)
        try:
            model = vosk.Model(str(folder))
        except Exception as error:  # Vosk raises nothing more specific
            raise ProviderError(
                f"there is no Vosk model in {str(folder)!r}.",
                provider=spec.id,
                fix="Set `path` to an unpacked model of https://alphacephei.com/vosk/models.",
            ) from error
        return cls(spec, settings, model, ThreadPoolExecutor(context.threads, "vosk"))

    def service(self, options: STTOptions) -> LocalSTTService:
        """Returns the service of one call."""
        languages = self.capabilities.languages
        if languages and options.language not in languages:
            raise ProviderError(
                f"does not understand the language {options.language!r}.",
                provider=self.spec.id,
                fix="Choose another model for this language.",
            )
        return LocalSTTService(
            VoskStream(self._model, self._threads, rate_hz=options.rate_hz),
            model=self.spec.id,
            language=options.language,
            rate_hz=options.rate_hz,
            ttfs_p99_s=TTFS_P99_S,
        )

    async def close(self) -> None:
        """Ends the decoding threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
