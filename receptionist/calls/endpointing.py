"""Begins and ends the caller's turn: voice activity, the end-of-turn model and the transcript."""

import asyncio

from loguru import logger
from pipecat.audio.turn.base_turn_analyzer import BaseTurnAnalyzer, EndOfTurnState
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameProcessorSetup
from pipecat.turns.types import ProcessFrameResult
from pipecat.turns.user_start.base_user_turn_start_strategy import BaseUserTurnStartStrategy
from pipecat.turns.user_stop.base_user_turn_stop_strategy import BaseUserTurnStopStrategy

from receptionist.calls.turns import Endpointer, EndpointPolicy


class LateWords(BaseUserTurnStartStrategy):
    """Begins a turn with words that come when the turn they belong to has been given up.

    A recogniser that is slow for once must not cost the caller his sentence. No other transcript
    begins a turn.
    """

    def __init__(self) -> None:
        super().__init__()
        self._heard = False
        self._owed = False

    async def handle_user_turn_started(self) -> None:
        """Words that come now belong to this turn."""
        await super().handle_user_turn_started()
        self._heard = self._owed = False

    async def handle_user_turn_stopped(self) -> None:
        """Without a final transcript, one is still owed."""
        await super().handle_user_turn_stopped()
        self._owed = not self._heard

    async def process_frame(self, frame: Frame) -> ProcessFrameResult:
        """Follows final transcripts."""
        await super().process_frame(frame)
        if isinstance(frame, TranscriptionFrame) and frame.finalized:
            owed, self._owed, self._heard = self._owed, False, True
            if owed and frame.text.strip():
                await self.trigger_user_turn_started()
        return ProcessFrameResult.CONTINUE


class PatientStop(BaseUserTurnStopStrategy):
    """Ends the turn when a transcript is there and the caller has been silent long enough.

    The end-of-turn model runs beside the final decode and only shortens the wait; it never holds
    up the audio behind it, and a model that fails leaves the longer wait.

    Args:
        policy: How long to wait.
        analyzer: The end-of-turn model of this call.
    """

    def __init__(self, policy: EndpointPolicy, analyzer: BaseTurnAnalyzer) -> None:
        super().__init__()
        self._endpointer = Endpointer(policy)
        self._analyzer = analyzer
        self._speaking = False
        self._silent_since_s = 0.0
        self._timer: asyncio.Task[None] | None = None
        self._judge: asyncio.Task[None] | None = None

    async def setup(self, setup: FrameProcessorSetup) -> None:
        """Tells the model the rate of the audio."""
        await super().setup(setup)
        self._analyzer.set_sample_rate(setup.audio_in_sample_rate)

    async def cleanup(self) -> None:
        """Ends the timer and the model's work."""
        await super().cleanup()
        await self._stop_tasks()
        await self._analyzer.cleanup()

    async def handle_user_turn_started(self) -> None:
        """Forgets the last turn."""
        await super().handle_user_turn_started()
        self._endpointer.reset()

    async def handle_user_turn_stopped(self) -> None:
        """Forgets the turn, and the speech the model holds of it."""
        await super().handle_user_turn_stopped()
        self._endpointer.reset()
        self._analyzer.clear()

    async def process_frame(self, frame: Frame) -> ProcessFrameResult:
        """Follows speech, silence and transcripts."""
        await super().process_frame(frame)
        if isinstance(frame, InputAudioRawFrame):
            self._analyzer.append_audio(frame.audio, self._speaking)
            return ProcessFrameResult.CONTINUE
        if isinstance(frame, VADUserStartedSpeakingFrame):
            self._speaking = True
            self._analyzer.update_vad_start_secs(frame.start_secs)
            await self._stop_tasks()
            self._endpointer.speech_started()
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            self._speaking = False
            self._silent_since_s = asyncio.get_running_loop().time() - frame.stop_secs
            self._endpointer.speech_stopped(self._silent_since_s)
            self._judge = self.create_task(self._ask_model(), "end-of-turn")
            await self._set_timer()
        elif isinstance(frame, TranscriptionFrame) and frame.finalized:
            if not self._speaking:  # `LateWords` may have begun a turn without any speech in it
                self._endpointer.speech_stopped(self._silent_since_s)
            self._endpointer.heard()
            await self._set_timer()
        return ProcessFrameResult.CONTINUE

    async def _ask_model(self) -> None:
        try:
            state, _ = await self._analyzer.analyze_end_of_turn()
        except Exception as error:
            logger.error(f"end-of-turn model failed, waiting the longer silence: {error!r}")
            return
        self._endpointer.judged(complete=state == EndOfTurnState.COMPLETE)
        await self._set_timer()

    async def _set_timer(self) -> None:
        if self._timer:
            await self.cancel_task(self._timer)
            self._timer = None
        deadline_s = self._endpointer.deadline_s
        if deadline_s is not None:
            self._timer = self.create_task(self._end_turn_at(deadline_s), "turn-timer")

    async def _end_turn_at(self, deadline_s: float) -> None:
        await asyncio.sleep(max(0.0, deadline_s - asyncio.get_running_loop().time()))
        self._timer = None
        await self.trigger_user_turn_stopped()

    async def _stop_tasks(self) -> None:
        for task in (self._timer, self._judge):
            if task:
                await self.cancel_task(task)
        self._timer = self._judge = None
