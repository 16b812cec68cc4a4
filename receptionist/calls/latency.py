"""Where the caller's wait goes: marks on the loop's clock, the whole on the timeline."""

from receptionist.calls.events import LatencyMeasured


class LatencyMeter:
    """Measures one answer at a time.

    Stages, in milliseconds: `endpointing` from the caller's last sound to the decision that his
    turn is over (the transcript is made meanwhile; `stt` is what it took after the voice stopped),
    `brain` from there to the first text, `tts` to the first audible sample.
    """

    def __init__(self) -> None:
        self._turn: int | None = None
        self._speech_end_s = 0.0
        self._vad_stop_s: float | None = None
        self._transcript_s: float | None = None
        self._turn_end_s = 0.0
        self._text_s: float | None = None

    def voice_stopped(self, at_s: float) -> None:
        """Voice activity ended."""
        self._vad_stop_s, self._transcript_s = at_s, None

    def transcribed(self, at_s: float) -> None:
        """A final transcript arrived."""
        self._transcript_s = at_s

    def turn_ended(self, turn: int, speech_end_s: float, at_s: float) -> None:
        """The caller's turn is over; his last sound was at `speech_end_s`."""
        self._turn, self._speech_end_s = turn, speech_end_s
        self._turn_end_s, self._text_s = at_s, None

    def text(self, at_s: float) -> None:
        """The brain gave text."""
        if self._text_s is None:
            self._text_s = at_s

    def dropped(self) -> None:
        """The caller went on or something else was said: there is nothing to measure."""
        self._turn = None

    def audible(self, at_s: float) -> LatencyMeasured | None:
        """The first sample of the answer was heard; None when no answer is being measured."""
        if self._turn is None or self._text_s is None:
            return None
        turn, self._turn = self._turn, None
        stages = {
            "endpointing": self._turn_end_s - self._speech_end_s,
            "brain": self._text_s - self._turn_end_s,
            "tts": at_s - self._text_s,
        }
        if self._vad_stop_s is not None and self._transcript_s is not None:
            stages["stt"] = self._transcript_s - self._vad_stop_s
        return LatencyMeasured(
            turn=turn,
            voice_to_voice_ms=_ms(at_s - self._speech_end_s),
            stages={name: _ms(seconds) for name, seconds in stages.items()},
        )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
