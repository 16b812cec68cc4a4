"""How loud an utterance is over time: has speech probably ended, and where is a pause to cut at."""

import math

import numpy as np
from numpy.typing import NDArray

BLOCK_S = 0.02
SMOOTH_BLOCKS = 5
FLOOR_DB = -75.0
"""Digital silence, and everything below what a telephone line carries, counts as this loud."""

VOICED_SHARE = 0.4
"""A block is voiced above this share of the way from the quietest to the loudest 100 ms, in dB."""

MIN_RANGE_DB = 12.0
"""Less between quietest and loudest, and loudness says nothing about where speech is."""

CUT_S = 0.2


class Loudness:
    """Levels of an utterance in blocks of 20 ms, clock-free: all positions are sample counts."""

    def __init__(self, rate_hz: int) -> None:
        self._block = round(rate_hz * BLOCK_S)
        self._tail: NDArray[np.float32] = np.empty(0, np.float32)
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        self._levels: list[float] = []
        self._tail = self._tail[:0]
        self._quietest_db = 0.0
        self._loudest_db = FLOOR_DB

    def feed(self, samples: NDArray[np.int16]) -> None:
        """Takes the next samples."""
        audio = np.concatenate([self._tail, samples.astype(np.float32) / 32768.0])
        blocks = len(audio) // self._block
        self._tail = audio[blocks * self._block :]
        shaped = audio[: blocks * self._block].reshape(blocks, self._block)
        power = np.mean(shaped * shaped, axis=1)
        levels = 10.0 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10)))
        for level in levels.tolist():
            self._levels.append(level)
            if len(self._levels) >= SMOOTH_BLOCKS:
                smooth = sum(self._levels[-SMOOTH_BLOCKS:]) / SMOOTH_BLOCKS
                self._quietest_db = min(self._quietest_db, smooth)
                self._loudest_db = max(self._loudest_db, smooth)

    @property
    def silent(self) -> bool:
        """Whether no block is above what a line carries when nobody speaks."""
        return self._loudest_db <= FLOOR_DB + 1.0

    @property
    def quiet_s(self) -> float:
        """For how long it has been quiet; 0 while loudness cannot tell."""
        return self._quiet_blocks * BLOCK_S

    @property
    def voiced_end(self) -> int:
        """Samples up to the end of the last block that is not quiet."""
        return (len(self._levels) - self._quiet_blocks) * self._block

    @property
    def voiced_s(self) -> float:
        """How much of it is not quiet; all of it while loudness cannot tell."""
        threshold = self._threshold_db
        return BLOCK_S * sum(level > threshold for level in self._levels)

    def quietest(self, begin: int, end: int) -> int:
        """Returns the middle of the quietest 200 ms between two positions, on a block's edge."""
        first, last = begin // self._block, end // self._block
        width = round(CUT_S / BLOCK_S)
        levels = np.asarray(self._levels[first:last])
        sums = np.convolve(levels, np.ones(width), mode="valid")
        return (first + int(np.argmin(sums)) + width // 2) * self._block

    def drop(self, samples: int) -> None:
        """Forgets the levels of the first `samples`; how loud it can get is still known."""
        del self._levels[: samples // self._block]

    @property
    def _threshold_db(self) -> float:
        span = self._loudest_db - self._quietest_db
        if span < MIN_RANGE_DB:
            return -math.inf
        return self._quietest_db + VOICED_SHARE * span

    @property
    def _quiet_blocks(self) -> int:
        threshold = self._threshold_db
        count = 0
        for level in reversed(self._levels):
            if level > threshold:
                break
            count += 1
        return count
