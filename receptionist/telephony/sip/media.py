"""The audio of one call, between the native buffers and whoever speaks and listens.

The native side sends a packet every 20 ms by its own clock, whatever Python is busy with.
"""

import asyncio

import numpy as np
import soxr
from baresip import AudioNotActive, AudioRestarted
from baresip.audio import AudioInfo, CallAudio

from receptionist.telephony.sip.gaps import GapFiller

TX_LIMIT_MS = 800
"""More than this is never queued: who writes faster than it is heard only adds delay."""
FLUSH_S = 0.045
"""The native side drops its queue at its next packet, with whatever was written meanwhile."""
_READ_BYTES = 32768
_WINDOW_S = 0.01


class CallMedia:
    """Reads and writes s16le mono @ rate_hz; never waits.

    Args:
        audio: The native streams.
        rate_hz: Rate of the call; streams at another one, after a re-INVITE, are resampled.
    """

    def __init__(self, audio: CallAudio, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._audio = audio
        self._gaps = GapFiller(rate_hz)
        self._loop = asyncio.get_running_loop()
        self._part = b""
        self._behind = bytearray()
        self._flush_until_s = 0.0
        self._flush_mark = -1
        self._from_caller = _Rate(rate_hz)
        self._to_caller = _Rate(rate_hz)

    @property
    def filled_ms(self) -> int:
        """Audio made up for what was lost."""
        return self._gaps.filled_samples * 1000 // self.rate_hz

    def read(self, *, held: bool = False) -> bytes:
        """Returns what has arrived, in whole windows of 10 ms."""
        self._settle()
        pcm = b""
        try:
            info = self._audio.info()
            if info.rx_ready:
                pcm = self._audio.read(_READ_BYTES)
                pcm = self._from_caller.convert(pcm, info.rx_sample_rate, self.rate_hz)
        except (AudioNotActive, AudioRestarted):
            pass
        pcm = self._part + self._gaps.take(pcm, self._loop.time(), held=held)
        whole = len(pcm) - len(pcm) % (int(self.rate_hz * _WINDOW_S) * 2)
        self._part = pcm[whole:]
        return pcm[:whole]

    def write(self, pcm: bytes) -> None:
        """Queues audio; nothing of it is kept while none can be sent."""
        self._behind += pcm
        self._settle()

    def flush(self) -> None:
        """Drops what is queued; at most the packet under way is still heard."""
        self._behind.clear()
        try:
            if self._audio.info().tx_buffered == 0:
                return
            self._flush_mark = self._audio.stats().tx_flushed_bytes
            self._audio.flush_tx()
        except (AudioNotActive, AudioRestarted):
            return
        self._flush_until_s = self._loop.time() + FLUSH_S

    @property
    def queued_ms(self) -> int:
        """What was written and is not yet sent."""
        self._settle()
        queued = len(self._behind) / 2 / self.rate_hz
        info = self._info()
        if info is not None and not self._flushing():
            queued += info.tx_buffered / 2 / info.tx_sample_rate
        return round(queued * 1000)

    def _settle(self) -> None:
        """Hands on what waits for the end of a flush."""
        if not self._behind or self._flushing():
            return
        info = self._info()
        if info is None:
            self._behind.clear()
            return
        room = info.tx_sample_rate * TX_LIMIT_MS // 1000 * 2 - info.tx_buffered
        pcm = self._to_caller.convert(bytes(self._behind), self.rate_hz, info.tx_sample_rate)
        self._behind.clear()
        try:
            self._audio.write(pcm[: max(0, room) & ~1])
        except (AudioNotActive, AudioRestarted):
            return

    def _flushing(self) -> bool:
        if self._flush_mark < 0:
            return False
        try:
            done = self._audio.stats().tx_flushed_bytes != self._flush_mark
        except AudioNotActive:
            done = True
        if done or self._loop.time() >= self._flush_until_s:
            self._flush_mark = -1
        return self._flush_mark >= 0

    def _info(self) -> AudioInfo | None:
        try:
            info = self._audio.info()
        except AudioNotActive:
            return None
        return info if info.tx_ready and info.tx_sample_rate else None


class _Rate:
    """Brings audio to another rate where a re-INVITE has changed that of the streams."""

    def __init__(self, rate_hz: int) -> None:
        self._rates = (rate_hz, rate_hz)
        self._stream: soxr.ResampleStream | None = None

    def convert(self, pcm: bytes, from_hz: int, to_hz: int) -> bytes:
        if from_hz == to_hz or not pcm:
            return pcm
        if self._stream is None or self._rates != (from_hz, to_hz):
            self._rates = (from_hz, to_hz)
            self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16", quality="LQ")
        return self._stream.resample_chunk(np.frombuffer(pcm, np.int16)).tobytes()
