"""Makes the audio of a call as long as the call is, whatever the network loses of it.

A decoder hands on what has arrived and is silent about what has not: with 5 % of the packets lost
a recording is 5 % too short. Here a frame that is missing becomes the last one, fading.
"""

import numpy as np

FRAME_S = 0.02
LATE_S = 0.03
"""A frame may come so late before it counts as lost; the jitter buffer has waited before."""
OVERRUN_S = 0.1
"""Audio that arrives after a gap longer than this lies behind what the native buffer dropped."""
AHEAD_S = 0.2
"""So far what was made up may run before the clock; further off, the sender's clock is fast."""
GONE_S = 2.0
"""After so long without a packet nothing is made up: the caller's audio is gone, not late."""
FADE = (0.7, 0.4, 0.15)
"""Loudness of the frames made up, one after the other; silence follows (ITU-T G.711 App. I)."""


class GapFiller:
    """Fills what is missing. Clock-free: it is told the time.

    Args:
        rate_hz: Of the audio, s16le mono.

    Attributes:
        filled_samples: How much was made up.
    """

    def __init__(self, rate_hz: int) -> None:
        self.filled_samples = 0
        self._rate_hz = rate_hz
        self._frame = round(rate_hz * FRAME_S)
        self._began_s: float | None = None
        self._arrived_s = 0.0
        self._given = 0
        self._last = np.zeros(self._frame, np.int16)
        self._faded = 0

    def take(self, pcm: bytes, now_s: float, *, held: bool = False) -> bytes:
        """Returns the audio up to now.

        Args:
            pcm: What has arrived since the last time; "" when nothing has.
            now_s: Time, on any clock that does not jump.
            held: The other side has us on hold: silence is what is to be expected.
        """
        if self._began_s is None:
            if not pcm:
                return b""
            self._began_s = now_s - len(pcm) / 2 / self._rate_hz
        if pcm:
            self._arrived_s = now_s
        self._given += len(pcm) // 2
        lag_s = now_s - self._began_s - self._given / self._rate_hz
        if lag_s < -AHEAD_S:
            self._began_s += lag_s + AHEAD_S
        if pcm:
            return self._after_overrun(lag_s) + self._heard(pcm)
        if now_s - self._arrived_s > GONE_S and not held:
            self._began_s += max(0.0, lag_s)
            return b""
        return self._made_up(lag_s)

    def _after_overrun(self, lag_s: float) -> bytes:
        if lag_s < OVERRUN_S:
            return b""
        samples = int(lag_s / FRAME_S) * self._frame
        self._given += samples
        self.filled_samples += samples
        return bytes(samples * 2)

    def _heard(self, pcm: bytes) -> bytes:
        samples = np.frombuffer(pcm, np.int16)[-self._frame :]
        self._last = np.zeros(self._frame, np.int16)
        self._last[self._frame - samples.size :] = samples
        self._faded = 0
        return pcm

    def _made_up(self, lag_s: float) -> bytes:
        made = bytearray()
        while lag_s > LATE_S:
            loudness = FADE[self._faded] if self._faded < len(FADE) else 0.0
            made += (self._last * loudness).astype(np.int16).tobytes()
            self._faded += 1
            lag_s -= FRAME_S
        samples = len(made) // 2
        self._given += samples
        self.filled_samples += samples
        return bytes(made)
