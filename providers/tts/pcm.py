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
