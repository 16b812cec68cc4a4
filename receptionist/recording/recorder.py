"""Writes a call to the disk while it goes on: caller left, assistant right, marked as synthetic.

The file is a WAV file at any moment: its lengths are brought up to date with every second of
sound, so what a crash leaves can be heard up to there.
"""

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO, Self

import numpy as np
import soxr
from loguru import logger
from numpy.typing import NDArray

from guardrails.marking import Marking, wav_header

CHANNELS = 2
_SAMPLE_BYTES = 2
_HELD_S = 0.5
"""The assistant's sound is placed where it was played, up to this much behind the caller's."""
_BATCH_S = 1.0
_SIZE = struct.Struct("<I")
_RIFF_SIZE_AT = 4
_RIFF_HEAD_BYTES = 8
_LONGEST = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Sound of one side, s16le mono, and where it belongs in the recording."""

    channel: int
    start_s: float
    pcm: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A recording that is complete.

    Attributes:
        file: Where it is.
        sha256: Of the whole file.
        duration_s: How long it is.
    """

    file: Path
    sha256: str
    duration_s: float


class Recorder:
    """Records one call from the moment it is made; the disk has a thread of its own.

    A disk that refuses ends the recording, never the call.

    Args:
        file: Where to; its folder is made.
        marking: What the file says of its sound.
        start_s: When the recording begins, in seconds of the call.
        rate_in_hz: Of the caller's sound.
        rate_out_hz: Of the assistant's.
    """

    def __init__(
        self, file: Path, marking: Marking, *, start_s: float, rate_in_hz: int, rate_out_hz: int
    ) -> None:
        self._file = file
        self._start_s = start_s
        self._pieces: SimpleQueue[_Piece | None] = SimpleQueue()
        self._recorded: Recorded | None = None
        rate_hz = max(rate_in_hz, rate_out_hz)
        self._writing = _Writing(file, marking, rate_hz)
        self._tracks = (_Track(rate_in_hz, rate_hz), _Track(rate_out_hz, rate_hz))
        self._thread = Thread(target=self._run, name=f"recorder {file.stem}", daemon=True)
        self._thread.start()

    def caller(self, pcm: bytes, start_s: float) -> None:
        """Takes the caller's next sound, which began `start_s` into the call."""
        self._put(_Piece(channel=0, start_s=start_s - self._start_s, pcm=pcm))

    def assistant(self, pcm: bytes, start_s: float) -> None:
        """Takes what the assistant said `start_s` into the call."""
        self._put(_Piece(channel=1, start_s=start_s - self._start_s, pcm=pcm))

    def close(self) -> Recorded | None:
        """Completes the file; blocking. Returns None when there is no whole recording."""
        self._pieces.put(None)
        self._thread.join()
        return self._recorded

    def _put(self, piece: _Piece) -> None:
        if self._thread.is_alive():  # else the disk has refused, and nobody would take it
            self._pieces.put(piece)

    # --- in the thread ----------------------------------------------------------------------

    def _run(self) -> None:
        left, right = self._tracks
        try:
            with self._writing as writing:
                while (piece := self._pieces.get()) is not None:
                    self._tracks[piece.channel].add(piece.start_s, piece.pcm)
                    if left.heard_s - writing.written_s >= _HELD_S + _BATCH_S:
                        right.fill(left.heard_s - _HELD_S)
                        writing.add(left, right, min(left.length, right.length))
                whole_s = max(left.heard_s, right.heard_s)
                for track in self._tracks:
                    track.fill(whole_s)
                    track.end()
                writing.add(left, right, min(left.length, right.length))
            self._recorded = writing.recorded()
        except OSError as error:
            logger.error(f"The recording {self._file.name!r} ends here: {error}")


class _Track:
    """One side, resampled as it comes, with silence where there was nothing."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._from_hz = from_hz
        self._heard = 0
        self._ready = np.zeros(0, np.int16)
        same = from_hz == to_hz
        self._stream = None if same else soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16")

    @property
    def heard_s(self) -> float:
        """How much of the call it has heard."""
        return self._heard / self._from_hz

    @property
    def length(self) -> int:
        """Samples that can be taken."""
        return self._ready.size

    def add(self, start_s: float, pcm: bytes) -> None:
        """Puts `pcm` at its place; what was before the recording began is left out."""
        samples = np.frombuffer(pcm, np.int16)
        if start_s < 0:
            samples = samples[round(-start_s * self._from_hz) :]
        self.fill(start_s)
        self._push(samples)

    def fill(self, until_s: float) -> None:
        """Nothing was heard until then, beyond what was."""
        silence = round(until_s * self._from_hz) - self._heard
        if silence > 0:
            self._push(np.zeros(silence, np.int16))

    def end(self) -> None:
        """Nothing follows."""
        if self._stream is not None:
            self._keep(self._stream.resample_chunk(np.zeros(0, np.int16), last=True))

    def take(self, count: int) -> NDArray[np.int16]:
        """Returns the next `count` samples."""
        taken, self._ready = self._ready[:count], self._ready[count:]
        return taken

    def _push(self, samples: NDArray[np.int16]) -> None:
        self._heard += samples.size
        self._keep(samples if self._stream is None else self._stream.resample_chunk(samples))

    def _keep(self, samples: NDArray[np.int16]) -> None:
        self._ready = np.concatenate((self._ready, samples))


class _Writing:
    """The file, open; a context manager."""

    def __init__(self, file: Path, marking: Marking, rate_hz: int) -> None:
        self._path = file
        self._header = wav_header(marking, rate_hz=rate_hz, channels=CHANNELS)
        self._rate_hz = rate_hz
        self._frames = 0
        self._file: BinaryIO | None = None

    @property
    def written_s(self) -> float:
        """Seconds of sound in the file."""
        return self._frames / self._rate_hz

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("xb")
        self._file.write(self._header)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, left: _Track, right: _Track, frames: int) -> None:
        """Writes the next `frames` of both sides, then the lengths in the header."""
        assert self._file
        both = np.stack((left.take(frames), right.take(frames)), axis=1)
        self._file.write(both.tobytes())
        self._file.flush()
        self._frames += frames
        data_bytes = self._frames * CHANNELS * _SAMPLE_BYTES
        size = len(self._header) + data_bytes
        self._patch(_RIFF_SIZE_AT, size - _RIFF_HEAD_BYTES)
        self._patch(len(self._header) - _SIZE.size, data_bytes)
        self._file.seek(size)

    def recorded(self) -> Recorded:
        """Returns what was written, read once more."""
        with self._path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
        return Recorded(file=self._path, sha256=digest.hexdigest(), duration_s=self.written_s)

    def _patch(self, place: int, value: int) -> None:
        assert self._file
        self._file.seek(place)
        self._file.write(_SIZE.pack(min(value, _LONGEST)))
        self._file.flush()
