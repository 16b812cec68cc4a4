"""The pipecat service of one call's ears, around a recogniser every call shares."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InterimTranscriptionFrame,
    StartFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import STTService
from pipecat.transcriptions.language import Language
from pipecat.utils.errors import ErrorCategory
from pipecat.utils.time import time_now_iso8601

PRE_ROLL_S = 0.5
"""Audio kept from before the VAD's start: it hears speech 100-300 ms late."""

OVERLAP_S = 0.1
"""Audio kept after the VAD's stop: the VAD called its last 200 ms silence, so no word is in it, but
the first breath of a caller who goes on at once may be."""

NOTHING_SAID = " "
"""Text of the final transcript of a cough: blank, so nobody sees words, yet not empty (below)."""


class RecognitionError(Exception):
    """A recogniser failed on one utterance.

    Attributes:
        category: What pipecat and the session decide on.
    """

    def __init__(self, message: str, category: ErrorCategory) -> None:
        super().__init__(message)
        self.category = category


class RecognizerStream(ABC):
    """One call's recogniser. The service never calls two of its methods at once.

    Attributes:
        language: Another language than the call's that the last transcript is in; None is its own.
    """

    language: str | None = None

    @abstractmethod
    def feed(self, pcm: bytes) -> None:
        """Takes the next audio of the utterance, s16le mono. On the event loop: must be cheap."""

    @property
    @abstractmethod
    def pending(self) -> bool:
        """Whether decoding now, while the caller still speaks, is worth it."""

    @abstractmethod
    async def partial(self) -> str:
        """Decodes what was fed; returns the utterance so far, "" when there is nothing to show."""

    @abstractmethod
    async def finish(self) -> str:
        """Returns the transcript of the utterance, "" when nothing was said; the next one begins.

        Raises:
            RecognitionError: with a category; any other exception counts as SERVER.
        """

    @abstractmethod
    def reset(self) -> None:
        """Forgets the utterance."""


@dataclass(frozen=True, slots=True)
class _Begin:
    segment: int


@dataclass(frozen=True, slots=True)
class _End:
    segment: int


class LocalSTTService(STTService):
    """Speech to text with the recogniser working beside the audio path.

    Audio is queued and handed to the recogniser by one task, so every frame goes on to the VAD at
    once; it is decoded only between the VAD's start (with `PRE_ROLL_S` before it) and stop.
    Interim transcripts come while the caller speaks, never after the final one.

    Each VAD stop is answered by exactly one final transcript, even when nothing was understood or
    the recogniser failed (an ErrorFrame then goes upstream first). That transcript is the blank
    `NOTHING_SAID`. Without it pipecat 1.14 keeps the turn of a cough open until
    `user_turn_stop_timeout` (5 s): `SpeechTimeoutUserTurnStopStrategy` and
    `TurnAnalyzerUserTurnStopStrategy` both wait for a text, which "" is not, while the aggregator
    drops blank ones. So the turn ends at once, with empty content.

    A caller who goes on after a stop gets one transcript per stretch of speech and the aggregator
    joins them. A final that comes late, when the next stretch has begun, is not `finalized`: it
    would let the strategies end the turn before the next one's text is there. For the same reason
    `ttfs_p99_s` may be generous: nothing waits for it unless a final is missing.
    """

    def __init__(
        self,
        stream: RecognizerStream,
        *,
        model: str,
        language: str,
        rate_hz: int,
        ttfs_p99_s: float,
    ) -> None:
        """Makes the service of one call.

        Args:
            stream: This call's recogniser.
            model: Name for metrics and traces.
            language: ISO 639-1.
            rate_hz: Rate of the audio that comes in.
            ttfs_p99_s: Measured 99th percentile from end of speech to final transcript.
        """
        super().__init__(
            sample_rate=rate_hz,
            ttfs_p99_latency=ttfs_p99_s,
            settings=STTSettings(model=model, language=language),
        )
        self._stream = stream
        self._spoken_language = _language(language)
        self._heard: asyncio.Queue[bytes | _Begin | _End] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None
        self._begun = 0
        self._open: int | None = None
        self._recent = bytearray()
        self._shown = ""
        self._partials_failed = False

    def can_generate_metrics(self) -> bool:
        """Time to final transcript and seconds of audio are reported."""
        return True

    async def start(self, frame: StartFrame) -> None:
        """Begins to listen."""
        await super().start(frame)
        self._worker = self.create_task(self._listen(), name="recognise")

    async def stop(self, frame: EndFrame) -> None:
        """Stops listening; what was not decoded yet is dropped, the call is over."""
        await self._stop_worker()
        await super().stop(frame)

    async def cancel(self, frame: CancelFrame) -> None:
        """Stops listening at once."""
        await self._stop_worker()
        await super().cancel(frame)

    async def cleanup(self) -> None:
        """Frees the task and the audio."""
        await self._stop_worker()
        await super().cleanup()

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Queues audio; transcripts are pushed by the task that decodes."""
        self._heard.put_nowait(audio)
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Marks where speech begins and ends among the queued audio."""
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStartedSpeakingFrame):
            self._begun += 1
            self._heard.put_nowait(_Begin(self._begun))
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            self._heard.put_nowait(_End(self._begun))

    async def _stop_worker(self) -> None:
        if self._worker:
            await self.cancel_task(self._worker)
            self._worker = None
        self._open = None
        self._recent.clear()
        self._stream.reset()
        while not self._heard.empty():
            self._heard.get_nowait()

    async def _listen(self) -> None:
        while True:
            await self._take(await self._heard.get())
            while not self._heard.empty():
                await self._take(self._heard.get_nowait())
            if self._open is not None and not self._partials_failed and self._stream.pending:
                await self._decode_partial()

    async def _take(self, item: bytes | _Begin | _End) -> None:
        if isinstance(item, _Begin):
            self._begin(item.segment)
        elif isinstance(item, _End):
            await self._end(item.segment)
        else:
            self._recent += item
            del self._recent[: -self._bytes(PRE_ROLL_S)]
            if self._open is not None:
                self._stream.feed(item)

    def _begin(self, segment: int) -> None:
        if self._open is None:
            self._stream.feed(bytes(self._recent))
        self._open = segment
        self._shown = ""
        self._partials_failed = False

    async def _end(self, segment: int) -> None:
        if self._open is None:
            return
        self._open = None
        del self._recent[: -self._bytes(OVERLAP_S)]
        try:
            text = await self._stream.finish()
        except Exception as error:  # whatever an engine raises, the call goes on
            self._stream.reset()
            await self._report(error)
            text = ""
        await self._push_final(text, last=segment == self._begun)

    async def _push_final(self, text: str, *, last: bool) -> None:
        await self.emit_stt_usage_metrics()
        if text or last:
            other = self._stream.language
            frame = TranscriptionFrame(
                text or NOTHING_SAID,
                self._user_id,
                time_now_iso8601(),
                _language(other) if other else self._spoken_language,
                finalized=last,
            )
            await self.push_frame(frame)

    async def _decode_partial(self) -> None:
        try:
            text = await self._stream.partial()
        except Exception as error:  # the final decode still has its chance
            self._partials_failed = True
            await self._report(error)
            return
        if text and text != self._shown and self._user_speaking:
            self._shown = text
            await self.push_frame(
                InterimTranscriptionFrame(
                    text, self._user_id, time_now_iso8601(), self._spoken_language
                )
            )

    async def _report(self, error: Exception) -> None:
        category = error.category if isinstance(error, RecognitionError) else ErrorCategory.SERVER
        await self.push_error(
            f"speech recognition failed: {error}", exception=error, category=category
        )

    def _bytes(self, seconds: float) -> int:
        return int(self.sample_rate * seconds) * 2


def _language(code: str) -> Language | None:
    try:
        return Language(code)
    except ValueError:
        return None
