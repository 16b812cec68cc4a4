"""A voice at one rate, behind the phrase cache and the threads of its engine."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Executor
from threading import Event
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from providers.tts import pcm
from providers.tts.cache import PhraseCache, phrase_key
from providers.tts.sentences import PieceSizes, pieces

# Longer than the slowest voice takes for its longest piece on a busy machine.
STALL_S = 20.0


class Voice(Protocol):
    """A loaded voice, shared by every call of the process; used from several threads at once.

    Attributes:
        name: Identifies the voice and everything that changes its sound, for the cache.
        language: ISO 639-1 code it speaks.
        rate_hz: Rate of what `synthesize` returns.
        sizes: How a text is cut for it.
    """

    name: str
    language: str
    rate_hz: int
    sizes: PieceSizes

    def synthesize(self, text: str) -> NDArray[np.int16]:
        """Returns one piece as speech, mono @ `rate_hz`. Blocking."""
        ...


class SilentVoiceError(Exception):
    """A voice made no sound of a piece that has letters or digits in it."""


class Speaker:
    """Says texts with one voice at one rate.

    Args:
        voice: The shared voice.
        rate_hz: Rate of the audio it gives.
        phrases: Where finished pieces are kept.
        threads: The engine's threads; at most this many pieces are made at once.
    """

    def __init__(
        self, voice: Voice, *, rate_hz: int, phrases: PhraseCache, threads: Executor
    ) -> None:
        self.rate_hz = rate_hz
        self._voice = voice
        self._phrases = phrases
        self._threads = threads

    async def say(self, text: str) -> AsyncGenerator[bytes, None]:
        """Yields the text as s16le mono @ `rate_hz`, piece by piece as each is ready.

        Pieces in memory come at once, without a thread. When the generator is closed, the piece
        being made is the last one made.

        Raises:
            TimeoutError: a piece took longer than any healthy voice needs.
            SilentVoiceError: there was something to say and no sound came.
        """
        waiting = pieces(text, self._voice.language, self._voice.sizes)
        while waiting and (ready := self._phrases.peek(self._key(waiting[0]))) is not None:
            waiting.pop(0)
            yield ready
        if waiting:
            made = self._make(waiting)
            try:
                async for piece in made:
                    yield piece
            finally:
                await made.aclose()

    async def prepare(self, text: str) -> None:
        """Puts every piece of `text` into the cache."""
        async for _ in self.say(text):
            pass

    async def _make(self, waiting: Sequence[str]) -> AsyncGenerator[bytes, None]:
        loop = asyncio.get_running_loop()
        made: asyncio.Queue[bytes | None] = asyncio.Queue()
        stop = Event()

        def work() -> None:
            for piece in waiting:
                if stop.is_set():
                    return
                loop.call_soon_threadsafe(made.put_nowait, self._piece(piece))

        def finished(job: "asyncio.Future[None]") -> None:
            made.put_nowait(None)
            if not job.cancelled():
                job.exception()

        job = loop.run_in_executor(self._threads, work)
        job.add_done_callback(finished)
        try:
            while (piece := await asyncio.wait_for(made.get(), STALL_S)) is not None:
                yield piece
            await job
        finally:
            stop.set()
            job.cancel()

    def _piece(self, text: str) -> bytes:
        key = self._key(text)
        if (known := self._phrases.get(key)) is not None:
            return known
        spoken = pcm.playable(
            self._voice.synthesize(text),
            rate_hz=self._voice.rate_hz,
            out_rate_hz=self.rate_hz,
            pause_s=pcm.pause_s(text),
        )
        if not spoken:
            raise SilentVoiceError(f"no sound for {text!r}")
        self._phrases.put(key, spoken)
        return spoken

    def _key(self, text: str) -> str:
        return phrase_key(engine="local", voice=self._voice.name, rate_hz=self.rate_hz, text=text)
