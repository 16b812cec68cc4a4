"""Follows audio that was queued ahead until it is heard. Clock-free.

Audio is given to the network long before it is played, so that a stall makes no hole. What belongs
to it - that the assistant speaks, which words were said - is held back until its moment comes.
"""

from collections import deque
from dataclasses import dataclass

from pipecat.frames.frames import (
    BotSpeakingFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    OutputAudioRawFrame,
    SystemFrame,
)
from pipecat.processors.frame_processor import FrameDirection

SPOKEN_OF = (BotStartedSpeakingFrame, BotSpeakingFrame, BotStoppedSpeakingFrame)
"""What tells everybody that the assistant speaks: true when the caller hears it."""
_FASTER = 1.02
"""Clocks of two machines differ; what is played may run so much ahead of ours."""


@dataclass(frozen=True, slots=True)
class Held:
    """A frame that waits for the sample it belongs to."""

    frame: Frame
    direction: FrameDirection
    at: int


class Playout:
    """Holds frames until the audio before them has been played.

    Args:
        rate_hz: Of the audio, s16le mono.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._written = 0
        self._played = 0
        self._allowed = 0.0
        self._held: deque[Held] = deque()
        self._passing = False

    @property
    def ahead_ms(self) -> int:
        """Audio written and not yet played."""
        return (self._written - self._played) * 1000 // self._rate_hz

    def waits(self, frame: Frame, direction: FrameDirection) -> bool:
        """Returns whether `frame` must not be passed on yet, and keeps it if so."""
        spoken_of = isinstance(frame, SPOKEN_OF)
        follows = direction is FrameDirection.DOWNSTREAM and not isinstance(frame, SystemFrame)
        if not (spoken_of or follows or isinstance(frame, OutputAudioRawFrame)):
            return False
        if not (self._held or self._passing) and self._played >= self._written:
            return False
        self._held.append(Held(frame, direction, self._written))
        return True

    def wrote(self, pcm: bytes) -> None:
        """Audio was queued."""
        if self._played >= self._written:
            self._allowed = float(self._played)
        self._written += len(pcm) // 2

    def advance(self, elapsed_s: float, queued_samples: int) -> list[Held]:
        """Returns what is due.

        Args:
            elapsed_s: Time since the last call of this.
            queued_samples: Still to be sent. A line that takes audio faster than time passes, as
                one on hold does, plays to nobody; it is not believed.
        """
        self._allowed = min(
            self._allowed + elapsed_s * self._rate_hz * _FASTER, float(self._written)
        )
        self._played = max(self._played, min(self._written - queued_samples, int(self._allowed)))
        due: list[Held] = []
        while self._held and self._held[0].at <= self._played:
            due.append(self._held.popleft())
        self._passing = bool(due)
        return due

    def passed(self) -> None:
        """What was due has been passed on; until then nothing may overtake it."""
        self._passing = False

    def cut(self) -> bytes:
        """Forgets what may be interrupted; returns the audio that must be heard all the same.

        That audio is to be queued again, in place of everything that was.
        """
        kept: deque[Held] = deque()
        again = bytearray()
        start = self._played
        for held in self._held:
            frame = held.frame
            if isinstance(frame, OutputAudioRawFrame):
                if not frame.interruptible:
                    begins = held.at - len(frame.audio) // 2
                    again += frame.audio[max(0, self._played - begins) * 2 :]
                    kept.append(Held(frame, held.direction, start + len(again) // 2))
            elif isinstance(frame, SystemFrame) or not frame.interruptible:
                kept.append(Held(frame, held.direction, start + len(again) // 2))
        self._held = kept
        self._written = start + len(again) // 2
        self._allowed = min(self._allowed, float(self._written))
        return bytes(again)

    def clear(self) -> None:
        """Forgets everything."""
        self._held.clear()
        self._written = self._played
