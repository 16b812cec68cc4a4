"""The sound of one piece of speech made ready to play: trimmed, paused, at the call's rate."""

from collections.abc import Iterator

import numpy as np
import soxr
from numpy.typing import NDArray

FRAME_S = 0.02
_LONGEST_FRAME_S = 0.5
_LEAD_S = 0.010
# Decaying vowels and released stops fall below the threshold before they are over.
_TAIL_S = 0.040
# 44 dB below the loudest sample: under soft fricatives, over the noise floor of neural voices.
_SPEECH_RATIO = 0.006
# Pauses a listener expects; engines add anything between none and half a second.
_PAUSES_S = {",": 0.12, ";": 0.18, ":": 0.18, "–": 0.12, "—": 0.12}
_SENTENCE_PAUSE_S = 0.22
# 46 dB below full scale; a stream cannot be measured against its loudest sample.
_STREAM_SILENCE = 160
_SENTENCE_ENDS = ".!?…"


def from_float(samples: NDArray[np.floating]) -> NDArray[np.int16]:
    """Returns samples of -1..1 as s16."""
    return (np.clip(samples, -1.0, 1.0) * 32767.0).astype(np.int16)


def pause_s(text: str) -> float:
    """Returns how long a speaker rests after `text`: by its last mark, 0 within a clause."""
    ending = text.rstrip("\"'”’»)] ")[-1:]
    return _SENTENCE_PAUSE_S if ending in _SENTENCE_ENDS else _PAUSES_S.get(ending, 0.0)


def playable(
    samples: NDArray[np.int16], *, rate_hz: int, out_rate_hz: int, pause_s: float
) -> bytes:
    """Returns speech ready to play.

    The silence before it is cut to 10 ms, the silence after it becomes `pause_s`, and its length
    is a whole number of 20 ms frames. A piece is resampled in one go, which costs no delay.

    Returns:
        s16le mono @ `out_rate_hz`; empty when the samples hold no sound.
    """
    spoken = _trim(samples, rate_hz)
    if not spoken.size:
        return b""
    if rate_hz != out_rate_hz:
        spoken = soxr.resample(spoken, rate_hz, out_rate_hz, quality="HQ").astype(np.int16)
    frame = _frame_samples(out_rate_hz)
    wanted = spoken.size + int(pause_s * out_rate_hz)
    padded = np.zeros(-(-wanted // frame) * frame, np.int16)
    padded[: spoken.size] = spoken
    return padded.tobytes()


def frames(pcm: bytes, rate_hz: int) -> Iterator[bytes]:
    """Yields `pcm` in parts of at most half a second, cut between 20 ms frames."""
    frame_bytes = _frame_samples(rate_hz) * 2
    step = int(_LONGEST_FRAME_S / FRAME_S) * frame_bytes
    for start in range(0, len(pcm), step):
        yield pcm[start : start + step]


def silence(rate_hz: int) -> bytes:
    """Returns one frame of silence."""
    return bytes(_frame_samples(rate_hz) * 2)


def _frame_samples(rate_hz: int) -> int:
    return int(rate_hz * FRAME_S)


def _trim(samples: NDArray[np.int16], rate_hz: int) -> NDArray[np.int16]:
    level = np.abs(samples.astype(np.int32))
    sounding = np.flatnonzero(level > max(level.max(initial=0) * _SPEECH_RATIO, 8))
    if not sounding.size:
        return samples[:0]
    start = max(0, int(sounding[0]) - int(_LEAD_S * rate_hz))
    return samples[start : int(sounding[-1]) + 1 + int(_TAIL_S * rate_hz)]


class StreamShaper:
    """Makes audio that arrives in parts ready to play: without leading silence, at another rate.

    Parts may be cut at any byte.

    Args:
        rate_hz: Rate of what comes in, s16le mono.
        out_rate_hz: Rate of what goes out.
    """

    def __init__(self, *, rate_hz: int, out_rate_hz: int) -> None:
        self._lead_samples = int(_LEAD_S * rate_hz)
        self._odd = b""
        self._lead: NDArray[np.int16] | None = np.zeros(0, np.int16)
        self._resampler = (
            None
            if rate_hz == out_rate_hz
            else soxr.ResampleStream(rate_hz, out_rate_hz, 1, dtype="int16", quality="HQ")
        )

    def feed(self, part: bytes) -> bytes:
        """Returns what can be played now."""
        joined = self._odd + part
        whole = len(joined) & ~1
        self._odd = joined[whole:]
        return self._resample(self._after_silence(np.frombuffer(joined[:whole], "<i2")))

    def finish(self) -> bytes:
        """Returns what the resampler still held."""
        return self._resample(np.zeros(0, np.int16), last=True)

    def _after_silence(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        if self._lead is None:
            return samples
        joined = np.concatenate([self._lead, samples])
        sounding = np.flatnonzero(np.abs(joined.astype(np.int32)) > _STREAM_SILENCE)
        if not sounding.size:
            self._lead = joined[-self._lead_samples :]
            return joined[:0]
        self._lead = None
        return joined[max(0, int(sounding[0]) - self._lead_samples) :]

    def _resample(self, samples: NDArray[np.int16], *, last: bool = False) -> bytes:
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples, last=last)
        return samples.astype("<i2").tobytes()
