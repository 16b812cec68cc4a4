"""A caller made of recordings: each file is one turn, said when the assistant has finished."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from receptionist.calls.conversation import Conversation
from receptionist.errors import RecordingError
from receptionist.telephony.memory import CallerAudio

MIN_RATE_HZ = 4000
"""Below this there is no speech to understand."""
MAX_MINUTES = 30
NARROWBAND_HZ, WIDEBAND_HZ = 8000, 16000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One turn of the caller, s16le mono @ rate_hz."""

    path: Path
    rate_hz: int
    pcm: bytes


def read(paths: Sequence[Path]) -> list[Recording]:
    """Reads sound files of any rate and format libsndfile knows, all brought to one rate.

    That is 8 kHz when every file is narrowband, else 16 kHz: the two rates that voice activity
    detection works at.

    Raises:
        RecordingError: a file is missing, no audio, empty, or too long.
    """
    files = [_open(path) for path in paths]
    narrow = all(file.samplerate <= NARROWBAND_HZ for file in files)
    rate_hz = NARROWBAND_HZ if narrow else WIDEBAND_HZ
    try:
        return [_read(path, file, rate_hz) for path, file in zip(paths, files, strict=True)]
    finally:
        for file in files:
            file.close()


def _open(path: Path) -> soundfile.SoundFile:
    if not path.is_file():
        raise RecordingError(f"{path} does not exist or is no file.")
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.SoundFileError, TypeError) as error:
        raise RecordingError(
            f"{path} is no sound file that can be read ({error}). Give WAV, FLAC, OGG or MP3."
        ) from error
    minutes = file.frames / file.samplerate / 60
    problem = ""
    if file.frames == 0:
        problem = "is empty. Give a recording with speech in it."
    elif file.samplerate < MIN_RATE_HZ:
        problem = f"has a rate of {file.samplerate} Hz. Give at least {MIN_RATE_HZ} Hz."
    elif minutes > MAX_MINUTES:
        problem = f"lasts {minutes:.0f} minutes. Give turns of at most {MAX_MINUTES} minutes."
    if problem:
        file.close()
        raise RecordingError(f"{path} {problem}")
    return file


def _read(path: Path, file: soundfile.SoundFile, rate_hz: int) -> Recording:
    try:
        samples = file.read(dtype="float32", always_2d=True).mean(axis=1)
    except soundfile.SoundFileError as error:
        raise RecordingError(f"{path} is damaged: {error}") from error
    if not np.isfinite(samples).all():
        raise RecordingError(f"{path} is damaged: it holds samples that are no numbers.")
    if file.samplerate != rate_hz:
        samples = soxr.resample(samples, file.samplerate, rate_hz)
    pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    return Recording(path=path, rate_hz=rate_hz, pcm=pcm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """When the caller speaks.

    Attributes:
        gap_ms: Pause after the assistant has finished.
        barge_in_ms: When set, every turn after the first begins this long after the assistant has
            begun to answer, whether it has finished or not.
    """

    gap_ms: int = 300
    barge_in_ms: int | None = None


async def converse(
    recordings: Sequence[Recording],
    caller: CallerAudio,
    conversation: Conversation,
    manners: Manners,
) -> None:
    """Says every recording in turn and returns when the last one has been answered."""
    for number, recording in enumerate(recordings):
        if number and manners.barge_in_ms is not None:
            await conversation.when(lambda: conversation.assistant_speaking)
            await asyncio.sleep(manners.barge_in_ms / 1000)
        else:
            await _callers_turn(conversation, manners.gap_ms)
        caller.say(recording.pcm)
        await caller.wait_said()
    await _callers_turn(conversation, manners.gap_ms)


async def _callers_turn(conversation: Conversation, gap_ms: int) -> None:
    """Waits until it has been the caller's turn for `gap_ms`."""
    while True:
        await conversation.when(lambda: conversation.callers_turn)
        try:
            async with asyncio.timeout(gap_ms / 1000):
                await conversation.when(lambda: not conversation.callers_turn)
        except TimeoutError:
            return
