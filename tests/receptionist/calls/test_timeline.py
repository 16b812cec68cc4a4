"""Both tracks of a call on the caller's samples."""

import numpy as np
import pytest

from receptionist.calls.timeline import Timeline

pytestmark = pytest.mark.unit


def tone(seconds: float, rate_hz: int, amplitude: int = 8000) -> bytes:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * 440 * t)).astype("<i2").tobytes()


def feed(timeline: Timeline, pcm: bytes) -> None:
    frame = timeline.rate_in_hz // 50 * 2
    for start in range(0, len(pcm), frame):
        timeline.caller_frame(pcm[start : start + frame])


def test_time_is_the_number_of_samples_heard() -> None:
    timeline = Timeline(8000, 24000)
    feed(timeline, bytes(8000 * 2 * 3))
    assert timeline.now_s == 3.0


def test_speech_ends_at_its_last_loud_sample_not_at_the_noise_behind_it() -> None:
    timeline = Timeline(8000, 24000)
    feed(timeline, bytes(8000) + tone(1.0, 8000) + tone(0.6, 8000, amplitude=40))
    assert timeline.speech_end_s(0.2, timeline.now_s) == pytest.approx(1.5, abs=0.011)


def test_the_assistant_stands_where_it_was_heard() -> None:
    timeline = Timeline(8000, 24000, keep=True)
    silence, speech = bytes(320), tone(0.02, 24000)
    for _ in range(50):
        timeline.caller_frame(silence)
    first = None
    for _ in range(25):
        timeline.caller_frame(silence)
        _, audible_s = timeline.assistant_chunk(speech)
        first = audible_s if first is None else first
    assert first == pytest.approx(1.0, abs=0.001)
    right = timeline.stereo(24000)[:, 1]
    heard = np.flatnonzero(np.abs(right) > 100)
    assert heard[0] / 24000 == pytest.approx(1.0, abs=0.001)
    assert heard[-1] / 24000 == pytest.approx(1.5, abs=0.001)


def test_chunks_of_one_utterance_leave_no_gap_when_frames_jitter() -> None:
    timeline = Timeline(8000, 8000, keep=True)
    chunk = tone(0.02, 8000)
    for count in (1, 2, 0, 1, 1, 2, 0, 1):
        for _ in range(count):
            timeline.caller_frame(bytes(320))
        timeline.assistant_chunk(chunk)
    right = timeline.stereo(8000)[:, 1]
    begin = int(np.flatnonzero(right)[0])
    assert not np.any(np.all(right[begin : begin + 7 * 160].reshape(-1, 40) == 0, axis=1))


def test_the_recording_holds_the_caller_left_and_the_assistant_right() -> None:
    timeline = Timeline(8000, 24000, keep=True)
    feed(timeline, tone(0.5, 8000))
    timeline.assistant_chunk(tone(0.1, 24000))
    both = timeline.stereo(24000)
    assert both.shape == (12000, 2)
    assert np.abs(both[1000:11000, 0]).max() > 7000
    assert np.flatnonzero(np.abs(both[:, 1]) > 100)[0] == pytest.approx(0.4 * 24000, abs=30)


def test_silence_of_the_assistant_is_not_audible() -> None:
    timeline = Timeline(8000, 24000)
    assert timeline.assistant_chunk(bytes(960))[1] is None
