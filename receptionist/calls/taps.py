"""Where the conversation listens to the pipeline: beside the caller, before and after the voice."""

from abc import abstractmethod

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMContextUserTurnFrame,
    OutputAudioRawFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from receptionist.calls.conversation import Conversation
from receptionist.calls.language import LanguageWatch


class _Tap(FrameProcessor):
    """Tells the conversation of what passes, and passes everything on."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__()
        self._conversation = conversation

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Reports and passes on."""
        await super().process_frame(frame, direction)
        self._report(frame, direction)
        await self.push_frame(frame, direction)

    @abstractmethod
    def _report(self, frame: Frame, direction: FrameDirection) -> None: ...


class CallerTap(_Tap):
    """Between the recogniser and the turn: audio, voice activity (upstream), transcripts."""

    def __init__(self, conversation: Conversation, languages: LanguageWatch) -> None:
        super().__init__(conversation)
        self._languages = languages

    def _report(self, frame: Frame, direction: FrameDirection) -> None:
        conversation = self._conversation
        if isinstance(frame, InputAudioRawFrame):
            conversation.caller_frame(frame.audio)
        elif isinstance(frame, VADUserStartedSpeakingFrame):
            conversation.voice_started(frame.start_secs)
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            conversation.voice_stopped()
        elif isinstance(frame, TranscriptionFrame | InterimTranscriptionFrame):
            final = isinstance(frame, TranscriptionFrame)
            conversation.transcribed(frame.text, final=final)
            if final:
                self._languages.transcribed(frame.text, frame.language and frame.language.value)


class TurnTap(_Tap):
    """Before the brain: a turn of the caller is noted before anything is done about it."""

    def _report(self, frame: Frame, direction: FrameDirection) -> None:
        downstream = direction is FrameDirection.DOWNSTREAM
        if isinstance(frame, LLMContextUserTurnFrame) and downstream:
            self._conversation.caller_turn_ended(frame.text)


class VoiceTap(_Tap):
    """Before the transport: how much audio belongs to which clause."""

    def _report(self, frame: Frame, direction: FrameDirection) -> None:
        transcript = self._conversation.transcript
        if isinstance(frame, TTSStartedFrame):
            transcript.voice_began(interruptible=frame.interruptible)
        elif isinstance(frame, TTSStoppedFrame):
            transcript.voice_ended()
        elif isinstance(frame, TTSAudioRawFrame):
            transcript.made.audio(len(frame.audio) / 2 / frame.sample_rate)
        elif isinstance(frame, TTSTextFrame):
            self._conversation.clause_made(frame.text)


class EarTap(_Tap):
    """After the transport: what the caller has really heard."""

    def _report(self, frame: Frame, direction: FrameDirection) -> None:
        conversation = self._conversation
        if isinstance(frame, OutputAudioRawFrame):
            conversation.assistant_heard(frame.audio)
        elif isinstance(frame, BotStartedSpeakingFrame):
            conversation.assistant_started()
        elif isinstance(frame, BotStoppedSpeakingFrame):
            conversation.assistant_stopped()
        elif isinstance(frame, InterruptionFrame):
            conversation.interrupted()
