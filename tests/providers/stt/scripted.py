"""A scripted recogniser and what is spoken to it."""

import asyncio

from providers.stt.service import LocalSTTService, RecognizerStream
from tests.providers.stt.spoken import RATE_HZ, Ears


class Script(RecognizerStream):
    """Answers utterance after utterance with a text or an error; counts the seconds it is fed.

    Args:
        answers: What each `finish` gives.
        gate: Set when a `finish` may answer.
        partials: Whether it has interim transcripts: seconds fed so far.
    """

    def __init__(
        self,
        *answers: str | Exception,
        gate: asyncio.Event | None = None,
        partials: bool = False,
        partial_error: Exception | None = None,
    ) -> None:
        self._answers = list(answers)
        self._gate = gate
        self._partials = partials
        self._partial_error = partial_error
        self._fresh = 0
        self.heard = bytearray()
        self.utterances: list[bytes] = []
        self.finishing = asyncio.Event()
        self.partial_calls = 0

    def feed(self, pcm: bytes) -> None:
        self.heard += pcm
        self._fresh += len(pcm)

    @property
    def pending(self) -> bool:
        return self._partials and self._fresh > 0

    async def partial(self) -> str:
        self.partial_calls += 1
        self._fresh = 0
        if self._partial_error:
            raise self._partial_error
        return f"{len(self.heard) / 2 / RATE_HZ:.2f} s"

    async def finish(self) -> str:
        self.utterances.append(bytes(self.heard))
        self.heard.clear()
        self.finishing.set()
        if self._gate:
            await self._gate.wait()
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def reset(self) -> None:
        self.heard.clear()


def service_of(script: RecognizerStream) -> LocalSTTService:
    return LocalSTTService(script, model="script", language="en", rate_hz=RATE_HZ, ttfs_p99_s=1.0)


def tone(value: int, seconds: float) -> bytes:
    return value.to_bytes(2, "little") * int(seconds * RATE_HZ)


async def speak(ears: Ears, value: int = 1, seconds: float = 1.0) -> None:
    await ears.voice_starts()
    await ears.play(tone(value, seconds))
    await ears.voice_stops()
