"""The pipecat service of one call around a voice shared by all calls."""

from collections.abc import AsyncGenerator

from pipecat.frames.frames import Frame, TTSAudioRawFrame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.utils.errors import ErrorCategory

from providers.tts import pcm
from providers.tts.speaker import STALL_S, Speaker


class LocalTTSService(TTSService):
    """Speaks each text it is given as it is, as soon as its first piece is made.

    Texts arrive already cut (`AggregatedTextFrame`, `TTSSpeakFrame`) and are not aggregated again.

    Args:
        speaker: The voice at the rate of this call.
        settings: What the voice is, for pipecat's reports.
    """

    def __init__(self, speaker: Speaker, *, settings: TTSSettings) -> None:
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            sample_rate=speaker.rate_hz,
            # A pause between two pieces, while a voice or a brain is slow, ends no turn.
            stop_frame_timeout_s=STALL_S,
            # A local voice that stays silent reports its own error, below.
            max_consecutive_zero_audio_contexts=0,
            settings=settings,
        )
        self._speaker = speaker

    def can_generate_metrics(self) -> bool:
        """Reports time to first audio."""
        return True

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Yields the text as audio frames; a failure is pushed as an error and ends the text."""
        await self.start_tts_usage_metrics(text)
        rate_hz = self._speaker.rate_hz
        heard = False
        said = self._speaker.say(text)
        try:
            async for piece in said:
                for part in pcm.frames(piece, rate_hz):
                    heard = True
                    yield TTSAudioRawFrame(part, rate_hz, 1, context_id=context_id)
        except Exception as error:
            # Whatever a voice raises, the call goes on: the pipeline decides what to say instead.
            await self.push_error(
                f"cannot say {text!r}: {error}", exception=error, category=ErrorCategory.SERVER
            )
        finally:
            await said.aclose()
        if not heard:
            # A context without audio would stay open for seconds; one silent frame closes it.
            yield TTSAudioRawFrame(pcm.silence(rate_hz), rate_hz, 1, context_id=context_id)
