"""A recording is on the disk while the call goes on, and is marked as partly synthetic."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from loguru import logger
from numpy.typing import NDArray

from guardrails.marking import DigitalSource, Marking, digital_source
from receptionist.recording.recorder import Recorder

pytestmark = pytest.mark.integration

MARKING = Marking(
    source=DigitalSource.COMPOSITE,
    engines=("piper:joe",),
    created_at=datetime(2026, 11, 23, tzinfo=UTC),
    title="call c1",
)
FRAME_S = 0.02


def tone(seconds: float, rate_hz: int, hz: int) -> bytes:
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return (8000 * np.sin(2 * np.pi * hz * times)).astype("<i2").tobytes()


def recorder(
    file: Path, *, start_s: float = 0.0, rates: tuple[int, int] = (16000, 24000)
) -> Recorder:
    rate_in_hz, rate_out_hz = rates
    return Recorder(file, MARKING, start_s=start_s, rate_in_hz=rate_in_hz, rate_out_hz=rate_out_hz)


def caller_speaks(target: Recorder, from_s: float, until_s: float, rate_hz: int = 16000) -> None:
    pcm = tone(until_s - from_s, rate_hz, 440)
    step = round(FRAME_S * rate_hz) * 2
    for place in range(0, len(pcm), step):
        target.caller(pcm[place : place + step], from_s + place / 2 / rate_hz)


def loud(samples: NDArray[np.int16], from_s: float, until_s: float, rate_hz: int) -> float:
    part = samples[round(from_s * rate_hz) : round(until_s * rate_hz)].astype(float)
    return float(np.sqrt(np.mean(part * part)))


def read(file: Path) -> tuple[NDArray[np.int16], int]:
    samples, rate_hz = soundfile.read(file, dtype="int16", always_2d=True)
    return np.asarray(samples, np.int16), int(rate_hz)


@pytest.mark.parametrize("rates", [(16000, 24000), (48000, 24000), (8000, 8000)])
def test_both_sides_are_where_they_were_heard(tmp_path: Path, rates: tuple[int, int]) -> None:
    file = tmp_path / "demo" / "c1.wav"
    target = recorder(file, rates=rates)
    caller_speaks(target, 0.0, 2.0, rates[0])
    target.assistant(tone(1.0, rates[1], 880), 2.0)
    caller_speaks(target, 2.0, 4.0, rates[0])
    recorded = target.close()
    assert recorded is not None
    samples, rate_hz = read(file)
    assert rate_hz == max(rates)
    assert recorded.duration_s == pytest.approx(4.0, abs=0.01)
    assert samples.shape[0] == pytest.approx(4.0 * rate_hz, abs=0.01 * rate_hz)
    assert loud(samples[:, 0], 0.1, 3.9, rate_hz) == pytest.approx(8000 / 2**0.5, rel=0.05)
    assert loud(samples[:, 1], 0.0, 1.95, rate_hz) < 10
    assert loud(samples[:, 1], 2.05, 2.95, rate_hz) == pytest.approx(8000 / 2**0.5, rel=0.05)
    assert loud(samples[:, 1], 3.05, 4.0, rate_hz) < 10
    assert recorded.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    with file.open("rb") as opened:
        assert digital_source(opened) is DigitalSource.COMPOSITE


def test_nothing_from_before_the_consent_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "c1.wav"
    target = recorder(file, start_s=10.0)
    target.assistant(tone(2.0, 24000, 880), 9.0)
    caller_speaks(target, 10.0, 12.0)
    recorded = target.close()
    assert recorded is not None
    assert recorded.duration_s == pytest.approx(2.0, abs=0.01)
    samples, rate_hz = read(file)
    assert loud(samples[:, 1], 0.05, 0.95, rate_hz) > 5000
    assert loud(samples[:, 1], 1.05, 2.0, rate_hz) < 10


def test_what_a_crash_leaves_can_be_heard_and_is_marked(tmp_path: Path) -> None:
    file = tmp_path / "c1.wav"
    target = recorder(file)
    caller_speaks(target, 0.0, 10.0)
    left = tmp_path / "left.wav"
    whole = target.close()
    assert whole is not None
    left.write_bytes(file.read_bytes()[:-50_001])
    samples, rate_hz = read(left)
    assert samples.shape[0] / rate_hz > 9
    with left.open("rb") as opened:
        assert digital_source(opened) is DigitalSource.COMPOSITE


def test_a_disk_that_refuses_ends_the_recording_alone(tmp_path: Path) -> None:
    lines: list[str] = []
    handler = logger.add(lambda line: lines.append(str(line)), format="{level} {message}")
    (tmp_path / "demo").write_text("a file where the folder should be")
    target = recorder(tmp_path / "demo" / "c1.wav")
    caller_speaks(target, 0.0, 1.0)
    assert target.close() is None
    logger.remove(handler)
    assert any("ends here" in line for line in lines)


def test_a_recording_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "c1.wav"
    file.write_bytes(b"another call")
    assert recorder(file).close() is None
    assert file.read_bytes() == b"another call"


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.sampled_from([0, 1]), st.floats(-2, 6), st.integers(0, 4000)), max_size=30
    )
)
def test_whatever_arrives_the_file_is_whole(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[int, float, int]]
) -> None:
    file = tmp_path_factory.mktemp("recording") / "c1.wav"
    target = recorder(file, start_s=1.0)
    for channel, start_s, samples in pieces:
        put = target.caller if channel == 0 else target.assistant
        put(b"\1\0" * samples, start_s)
    recorded = target.close()
    assert recorded is not None
    assert soundfile.info(file).frames == round(recorded.duration_s * 24000)
