"""The two tracks of a call on one clock: samples of the caller's audio.

Pipelines stall and wall clocks drift; counted samples do not. The assistant's audio is laid beside
the caller's at the moment it was played.
"""

from array import array
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

WINDOW_S = 0.01
_AUDIBLE = 100
"""Amplitude of s16 (-50 dBFS) below which a telephone listener hears nothing."""
_JITTER_S = 0.04
"""Chunks of one utterance follow each other; the caller's 20 ms frames only jitter them."""
_SPEECH_RATIO = 0.06
"""Of a turn's loudest 10 ms: quieter windows (-24 dB) at its end are room, not speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A piece of the assistant's audio, s16le mono, and where it was heard."""

    start_s: float
    pcm: bytes


class Tracks(Protocol):
    """Takes both tracks as they are heard, s16le mono; must not wait."""

    def caller(self, pcm: bytes, start_s: float) -> None:
        """Takes the caller's next sound."""
        ...

    def assistant(self, pcm: bytes, start_s: float) -> None:
        """Takes what the assistant said."""
        ...


class Timeline:
    """Counts the caller's samples and places the assistant's.

    Args:
        rate_in_hz: Rate of the caller's audio.
        rate_out_hz: Rate of the assistant's audio.
        keep: Keep the audio of both tracks, for a report of the call.

    Attributes:
        recorder: Records the call; None as long as nobody agreed to that.
    """

    def __init__(self, rate_in_hz: int, rate_out_hz: int, *, keep: bool = False) -> None:
        self.rate_in_hz = rate_in_hz
        self.rate_out_hz = rate_out_hz
        self.recorder: Tracks | None = None
        self._keep = keep
        self._caller = bytearray()
        self._assistant: list[Played] = []
        self._samples_in = 0
        self._windows = array("f")
        self._assistant_end_s = 0.0

    @property
    def now_s(self) -> float:
        """Seconds of the caller's audio so far."""
        return self._samples_in / self.rate_in_hz

    def caller_frame(self, pcm: bytes) -> None:
        """Appends the caller's next audio, a whole number of 10 ms windows."""
        if self.recorder is not None:
            self.recorder.caller(pcm, self.now_s)
        samples = np.frombuffer(pcm, np.int16).astype(np.float32)
        self._samples_in += samples.size
        width = max(1, int(self.rate_in_hz * WINDOW_S))
        for window in np.array_split(samples, max(1, samples.size // width)):
            self._windows.append(float(np.sqrt(np.mean(window * window))) if window.size else 0.0)
        if self._keep:
            self._caller += pcm

    def speech_end_s(self, start_s: float, until_s: float) -> float:
        """Returns where the caller's speech between two moments really ended, by its loudness."""
        first = int(start_s / WINDOW_S)
        levels = np.frombuffer(self._windows, np.float32)[first : round(until_s / WINDOW_S)]
        if not levels.size:
            return until_s
        loud = np.flatnonzero(levels > max(levels.max() * _SPEECH_RATIO, _AUDIBLE / 2))
        return (first + int(loud[-1]) + 1) * WINDOW_S if loud.size else until_s

    def assistant_chunk(self, pcm: bytes) -> tuple[float, float | None]:
        """Places audio that has just been played.

        Returns:
            Its end, and where in it the first audible sample was (None when it is silence).
        """
        length_s = len(pcm) / 2 / self.rate_out_hz
        start_s = max(self.now_s - length_s, 0.0)
        if start_s - self._assistant_end_s < _JITTER_S:
            start_s = self._assistant_end_s
        self._assistant_end_s = start_s + length_s
        if self.recorder is not None:
            self.recorder.assistant(pcm, start_s)
        if self._keep:
            self._assistant.append(Played(start_s=start_s, pcm=pcm))
        audible = np.flatnonzero(np.abs(np.frombuffer(pcm, np.int16).astype(np.int32)) > _AUDIBLE)
        first_s = start_s + int(audible[0]) / self.rate_out_hz if audible.size else None
        return self._assistant_end_s, first_s

    def stereo(self, rate_hz: int) -> NDArray[np.int16]:
        """Returns the recording: shape (samples, 2), caller left, assistant right, at `rate_hz`."""
        left = _resampled(np.frombuffer(self._caller, np.int16), self.rate_in_hz, rate_hz)
        end_s = max([p.start_s + len(p.pcm) / 2 / self.rate_out_hz for p in self._assistant] or [0])
        track = np.zeros(round(end_s * self.rate_out_hz), np.int16)
        for played in self._assistant:
            start = round(played.start_s * self.rate_out_hz)
            piece = np.frombuffer(played.pcm, np.int16)[: track.size - start]
            track[start : start + piece.size] = piece
        right = _resampled(track, self.rate_out_hz, rate_hz)
        both = np.zeros((max(left.size, right.size), 2), np.int16)
        both[: left.size, 0] = left
        both[: right.size, 1] = right
        return both


def _resampled(samples: NDArray[np.int16], from_hz: int, to_hz: int) -> NDArray[np.int16]:
    if from_hz == to_hz or not samples.size:
        return samples
    return np.asarray(soxr.resample(samples, from_hz, to_hz), np.int16)
