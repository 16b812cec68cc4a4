"""Tells a person who answers a telephone from a machine, by how it begins to speak. A hint, pure.

A person says a word or two and waits; a machine reads out a sentence, or ends with a tone.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from providers.contracts import VADEngine

MACHINE_S = 2.5
"""Whoever speaks so long without a pause reads something out."""
PAUSE_S = 0.6
SENTENCE_S = 1.6
"""Names and greetings are shorter; whoever says more is given time for the next sentence."""
LONG_PAUSE_S = 1.0
WAITS_S = 2.0
"""Whoever has said nothing by then waits to be spoken to."""
BEEP_S = 0.2
_WINDOW_S = 0.032
_VOICED = 0.5
_PURE = 0.9
_BEEP_HZ = (350.0, 2600.0)
_BEEP_LEVEL = 300.0
"""Root mean square: a tone that is quieter comes from somewhere in the room."""


class Answerer(StrEnum):
    """Who has answered."""

    PERSON = "person"
    MACHINE = "machine"


class Listener:
    """Follows what is heard from the moment a call is answered.

    Args:
        rate_hz: Of the audio: 8000 or 16000.
        confidence: Returns how sure it is that a window of 32 ms holds a voice.

    Attributes:
        quiet_s: How long nobody has spoken.
        beeped: The tone has been heard after which a machine records.
    """

    def __init__(self, rate_hz: int, confidence: Callable[[bytes], float]) -> None:
        self._rate_hz = rate_hz
        self._confidence = confidence
        self._window = round(rate_hz * _WINDOW_S)
        self._rest = b""
        self._heard_s = self._spoke_s = self._tone_s = 0.0
        self._tone_hz = 0.0
        self.quiet_s = 0.0
        self.beeped = False

    @classmethod
    def of(cls, vad: VADEngine, rate_hz: int) -> Self:
        """Returns a listener with the ears of `vad`."""
        analyzer: Any = vad.analyzer()
        analyzer.set_sample_rate(rate_hz)
        return cls(rate_hz, lambda window: float(np.max(analyzer.voice_confidence(window))))

    def hear(self, pcm: bytes) -> Answerer | None:
        """Takes what came, s16le; returns who it is as soon as that can be told."""
        self._rest += pcm
        size = 2 * self._window
        while len(self._rest) >= size:
            window, self._rest = self._rest[:size], self._rest[size:]
            self._take(window)
            if known := self._known():
                return known
        return None

    def _take(self, window: bytes) -> None:
        self._heard_s += _WINDOW_S
        self._follow_tone(np.frombuffer(window, np.int16).astype(float))
        if self._tone_s or self._confidence(window) < _VOICED:
            self.quiet_s += _WINDOW_S
            return
        # Longer pauses have told already who it is.
        self._spoke_s += _WINDOW_S + (self.quiet_s if self._spoke_s else 0.0)
        self.quiet_s = 0.0

    def _known(self) -> Answerer | None:
        if self.beeped or self._spoke_s >= MACHINE_S:
            return Answerer.MACHINE
        pause_s = PAUSE_S if self._spoke_s < SENTENCE_S else LONG_PAUSE_S
        if self._spoke_s and self.quiet_s >= pause_s:
            return Answerer.PERSON
        waits = not self._spoke_s and not self._tone_s and self._heard_s >= WAITS_S
        return Answerer.PERSON if waits else None

    def _follow_tone(self, samples: NDArray[np.float64]) -> None:
        hz = self._tone_in(samples)
        steady = hz and abs(hz - self._tone_hz) <= self._rate_hz / samples.size
        self._tone_s = self._tone_s + _WINDOW_S if steady else (_WINDOW_S if hz else 0.0)
        self._tone_hz = hz
        self.beeped = self.beeped or self._tone_s >= BEEP_S

    def _tone_in(self, samples: NDArray[np.float64]) -> float:
        """Returns the frequency of a pure tone; 0 is none."""
        if np.sqrt((samples**2).mean()) < _BEEP_LEVEL:
            return 0.0
        power = np.abs(np.fft.rfft(samples * np.hanning(samples.size))) ** 2
        peak = int(power.argmax())
        hz = peak * self._rate_hz / samples.size
        purity = power[max(0, peak - 2) : peak + 3].sum() / power.sum()
        return hz if purity >= _PURE and _BEEP_HZ[0] <= hz <= _BEEP_HZ[1] else 0.0
