"""`whisper:<model>`: Whisper in this process, decoding while the caller speaks."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Self

import numpy as np

from providers.contracts import Capabilities, LoadContext, STTEngine, STTOptions
from providers.errors import ProviderError
from providers.spec import ProviderSpec
from providers.stt.loudness import Loudness
from providers.stt.service import LocalSTTService, RecognizerStream
from providers.stt.settings import ModelFolderSettings
from providers.stt.whisper_model import BEAMS, Transcript, WhisperModel

FIRST_INTERIM_S = 1.1
"""The first interim transcript needs half a second of speech after the pre-roll."""

INTERIM_S = 0.6
"""New speech that makes another interim transcript worth its decode."""

INTERIM_SHARE = 3.0
"""Times what a decode takes: interims keep to a third of a thread on a loaded machine, too."""

QUIET_S = 0.1
"""Quiet after which speech is taken to be over and the final is decoded ahead of the VAD's stop,
which comes 100 ms later. Shorter, and the closure of a plosive passes for the end."""

MAYBE_QUIET_S = 0.04
"""Quiet after which no interim is begun, so that it cannot stand in the way of that final."""

CUT_AFTER_S = 24.0
CUT_FROM_S = 12.0
CUT_MARGIN_S = 1.0
"""Longer speech is cut at its quietest point, after 12 s at the earliest and a second before the
end at the latest: Whisper hears 30 s at most and its time grows with the length."""

HINTS_FROM_S = 0.7
"""Speech shorter than this is decoded without hints: "yes" became "Yasu" among foreign names."""

TTFS_P99_S = 1.5
"""From the end of speech, on a loaded machine; only a missing transcript waits for it."""


class WhisperDecoder:
    """One model and the few threads that decode for every call, first come first served."""

    def __init__(self, model: WhisperModel, *, threads: int) -> None:
        self.model = model
        self.took_s = 0.0
        """What the last decode took, waiting included."""
        self._threads = ThreadPoolExecutor(threads, "whisper")
        self._jobs = 0

    @property
    def idle(self) -> bool:
        """Whether a decode begun now would make nobody wait."""
        return self._jobs == 0

    async def listen(
        self,
        pcm: bytes,
        rate_hz: int,
        prompt: list[int],
        others: Mapping[str, list[int]],
        own: str,
        *,
        beams: int,
    ) -> Transcript:
        """Decodes up to 30 s of speech."""
        loop = asyncio.get_running_loop()
        begin_s = loop.time()
        self._jobs += 1
        try:
            listen = partial(self.model.listen, beams=beams)
            return await loop.run_in_executor(
                self._threads, listen, pcm, rate_hz, prompt, others, own
            )
        finally:
            self._jobs -= 1
            self.took_s = loop.time() - begin_s

    def close(self) -> None:
        """Ends the threads after the decodes they are at."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class WhisperStream(RecognizerStream):
    """One call's utterance: what was said, what of it is decoded, whether it seems over."""

    def __init__(
        self,
        decoder: WhisperDecoder,
        *,
        language: str,
        hints: Sequence[str],
        rate_hz: int,
        others: Sequence[str] = (),
    ) -> None:
        self._decoder = decoder
        self._own = language
        self._prompt = decoder.model.prompt(language, hints)
        self._short_prompt = decoder.model.prompt(language, ())
        self._others = {other: decoder.model.prompt(other, ()) for other in others}
        self._rate_hz = rate_hz
        self._pcm = bytearray()
        self._loudness = Loudness(rate_hz)
        self._done: list[str] = []
        self._text = ""
        self._covered = 0

    def feed(self, pcm: bytes) -> None:
        """Keeps the audio and how loud it is."""
        self._pcm += pcm
        self._loudness.feed(np.frombuffer(pcm, np.int16))

    @property
    def pending(self) -> bool:
        """Whether speech seems over and is not decoded, or an interim transcript is due."""
        if self._samples > CUT_AFTER_S * self._rate_hz:
            return True
        quiet = self._loudness.quiet_s
        if quiet >= QUIET_S:
            return not self._ready
        fresh_s = (self._samples - self._covered) / self._rate_hz
        wanted_s = INTERIM_S if self._covered else FIRST_INTERIM_S
        wanted_s = max(wanted_s, INTERIM_SHARE * self._decoder.took_s)
        return quiet < MAYBE_QUIET_S and fresh_s >= wanted_s and self._decoder.idle

    async def partial(self) -> str:
        """Decodes all of the utterance so far."""
        await self._cut_long()
        covered = self._samples
        transcript = await self._decode(covered)
        self._text, self.language = transcript.text, transcript.language
        self._covered = covered
        return self._joined()

    async def finish(self) -> str:
        """Returns the transcript, at once when the last decode heard everything."""
        if not self._ready:
            await self.partial()
        text = self._joined()
        self.reset()
        return text

    def reset(self) -> None:
        """Forgets the utterance."""
        self._pcm.clear()
        self._loudness.clear()
        self._done.clear()
        self._text = ""
        self._covered = 0

    @property
    def _samples(self) -> int:
        return len(self._pcm) // 2

    @property
    def _ready(self) -> bool:
        """Whether everything voiced, and the breath after it, is decoded already."""
        end = self._loudness.voiced_end + QUIET_S * self._rate_hz
        return self._loudness.quiet_s >= QUIET_S and self._covered >= end

    async def _cut_long(self) -> None:
        while self._samples > CUT_AFTER_S * self._rate_hz:
            end = int((CUT_AFTER_S - CUT_MARGIN_S) * self._rate_hz)
            cut = self._loudness.quietest(int(CUT_FROM_S * self._rate_hz), end)
            self._done.append((await self._decode(cut)).text)
            del self._pcm[: cut * 2]
            self._loudness.drop(cut)
            self._covered = 0

    async def _decode(self, samples: int) -> Transcript:
        if self._loudness.silent:
            return Transcript(text="")
        pcm = bytes(memoryview(self._pcm)[: samples * 2])
        if self._loudness.voiced_s < HINTS_FROM_S:
            prompt, others = self._short_prompt, {}
        else:
            prompt, others = self._prompt, self._others
        interim = self._loudness.quiet_s < QUIET_S and samples == self._samples
        return await self._decoder.listen(
            pcm, self._rate_hz, prompt, others, self._own, beams=1 if interim else BEAMS
        )

    def _joined(self) -> str:
        return " ".join(text for text in (*self._done, self._text) if text)


class WhisperSTT(STTEngine):
    """Whisper, one model for all calls.

    The model is `whisper-<model>` of the model store (`whisper:base`), or the folder that the
    setting `path` names: any Whisper converted for CTranslate2 with its `tokenizer.json`.
    """

    def __init__(self, spec: ProviderSpec, decoder: WhisperDecoder) -> None:
        super().__init__(spec)
        self._decoder = decoder
        self.capabilities = Capabilities(
            languages=decoder.model.languages, streaming=True, p50_ms=100, p99_ms=700
        )

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Loads the model."""
        path = ModelFolderSettings.of(spec).path
        folder = path or context.models.folder(f"whisper-{spec.model or 'base'}")
        try:
            model = WhisperModel(folder, threads=context.threads)
        except Exception as error:  # a missing or foreign file, each library with its own type
            raise ProviderError(
                f"no Whisper model can be read from {str(folder)!r}: {error}.",
                provider=spec.id,
                fix="Set `path` to a folder with a Whisper model converted for CTranslate2.",
            ) from error
        return cls(spec, WhisperDecoder(model, threads=context.threads))

    def warm_up(self) -> None:
        """Decodes a second of noise: the first decode is three times as slow."""
        noise = np.random.default_rng(0).normal(0, 300, 16000).astype(np.int16)
        model = self._decoder.model
        model.transcribe(noise.tobytes(), 16000, model.prompt("en", ()))

    def service(self, options: STTOptions) -> LocalSTTService:
        """Returns the service of one call, bound to its language."""
        if options.language not in self.capabilities.languages:
            raise ProviderError(
                f"does not understand the language {options.language!r}.",
                provider=self.spec.id,
                fix="Choose another engine for this language.",
            )
        known = self.capabilities.languages - {options.language}
        stream = WhisperStream(
            self._decoder,
            language=options.language,
            hints=options.hints,
            rate_hz=options.rate_hz,
            others=[other for other in options.others if other in known],
        )
        return LocalSTTService(
            stream,
            model=self.spec.id,
            language=options.language,
            rate_hz=options.rate_hz,
            ttfs_p99_s=TTFS_P99_S,
        )

    async def close(self) -> None:
        """Ends the decoding thread."""
        self._decoder.close()
