"""Sound files as a caller's turns."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from receptionist.errors import RecordingError
from receptionist.telephony.memory import CallerAudio
from receptionist.telephony.recording import read

pytestmark = pytest.mark.unit


def write(
    path: Path, rate_hz: int, seconds: float, channels: int = 1, subtype: str | None = None
) -> Path:
    samples = np.zeros((round(rate_hz * seconds), channels), np.float32)
    samples[:, 0] = 0.5 * np.sin(np.arange(len(samples)) * 2 * np.pi * 300 / rate_hz)
    soundfile.write(path, samples, rate_hz, subtype=subtype)
    return path


@pytest.mark.parametrize(
    ("name", "rate_hz", "subtype"),
    [
        ("a.wav", 8000, "ULAW"),
        ("a.wav", 44100, "FLOAT"),
        ("a.flac", 48000, None),
        ("a.ogg", 16000, None),
        ("a.wav", 11025, "PCM_U8"),
    ],
)
def test_any_rate_and_format_becomes_one_turn(
    tmp_path: Path, name: str, rate_hz: int, subtype: str | None
) -> None:
    (turn,) = read([write(tmp_path / name, rate_hz, 1.0, subtype=subtype)])
    assert turn.rate_hz == (8000 if rate_hz <= 8000 else 16000)
    samples = np.frombuffer(turn.pcm, np.int16)
    assert len(samples) == pytest.approx(turn.rate_hz, rel=0.01)
    assert np.abs(samples).max() == pytest.approx(16384, rel=0.05)


def test_files_of_different_rates_become_one_rate(tmp_path: Path) -> None:
    turns = read([write(tmp_path / "a.wav", 8000, 0.5), write(tmp_path / "b.wav", 22050, 0.5)])
    assert {turn.rate_hz for turn in turns} == {16000}


def test_two_channels_are_heard_together(tmp_path: Path) -> None:
    (turn,) = read([write(tmp_path / "a.wav", 8000, 0.5, channels=2)])
    assert np.abs(np.frombuffer(turn.pcm, np.int16)).max() == pytest.approx(8192, rel=0.05)


def test_what_is_no_recording_is_refused_with_what_to_give_instead(tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("hello")
    empty = tmp_path / "empty.wav"
    empty.touch()
    cases = {
        text: "no sound file",
        empty: "no sound file",
        write(tmp_path / "none.wav", 8000, 0.0): "is empty",
        write(tmp_path / "slow.wav", 10, 30.0): "rate of 10 Hz",
        write(tmp_path / "long.wav", 4000, 2 * 3600): "lasts 120 minutes",
        tmp_path / "absent.wav": "does not exist",
        tmp_path: "is no file",
    }
    for path, problem in cases.items():
        with pytest.raises(RecordingError, match=problem):
            read([path])


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.mktemp("junk") / "a.wav"
    path.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt " + junk)
    try:
        turns = read([path])
    except RecordingError:
        return
    assert turns[0].rate_hz in (8000, 16000)


async def test_a_caller_speaks_in_order_and_is_silent_after() -> None:
    caller = CallerAudio(8000)
    caller.say(b"\x01\x00" * 200)
    assert caller.next_frame() == b"\x01\x00" * 160
    waiting = asyncio.ensure_future(caller.wait_said())
    await asyncio.sleep(0)
    assert not waiting.done()
    assert caller.next_frame() == b"\x01\x00" * 40 + bytes(240)
    await waiting
    assert caller.next_frame() == bytes(320)
