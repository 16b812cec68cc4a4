import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from providers.tts import pcm

pytestmark = pytest.mark.unit


def tone(length_s: float, rate_hz: int, level: float = 8000) -> NDArray[np.int16]:
    at = np.arange(int(length_s * rate_hz))
    return (np.sin(at * 2 * np.pi * 440 / rate_hz) * level).astype(np.int16)


def onset_s(sound: bytes, rate_hz: int) -> float:
    return int(np.flatnonzero(np.abs(np.frombuffer(sound, "<i2")) > 500)[0]) / rate_hz


@pytest.mark.parametrize("out_rate_hz", [8000, 16000, 22050, 24000, 48000])
def test_piece_is_trimmed_paused_and_whole_frames_long(out_rate_hz: int) -> None:
    silence = np.zeros(24000, np.int16)
    sound = pcm.playable(
        np.concatenate([silence, tone(1.0, 24000), silence]),
        rate_hz=24000,
        out_rate_hz=out_rate_hz,
        pause_s=0.2,
    )
    assert len(sound) % (int(out_rate_hz * 0.02) * 2) == 0
    assert 1.2 <= len(sound) / 2 / out_rate_hz <= 1.28
    assert 0.008 <= onset_s(sound, out_rate_hz) <= 0.013


def test_silence_gives_nothing() -> None:
    made = pcm.playable(np.zeros(8000, np.int16), rate_hz=8000, out_rate_hz=8000, pause_s=0.2)
    assert made == b""


def test_pauses_follow_the_last_mark() -> None:
    assert pcm.pause_s("We are open.") == pcm.pause_s('He said "open!"') > pcm.pause_s("Yes,") > 0
    assert pcm.pause_s("We are open on") == 0


@given(st.binary(max_size=60000).map(lambda b: b[: len(b) & ~1]), st.sampled_from([8000, 22050]))
def test_frames_are_short_whole_and_lose_nothing(sound: bytes, rate_hz: int) -> None:
    parts = list(pcm.frames(sound, rate_hz))
    assert b"".join(parts) == sound
    assert all(len(part) <= rate_hz for part in parts)
    assert all(len(part) % (int(rate_hz * 0.02) * 2) == 0 for part in parts[:-1])


@settings(deadline=None)
@given(st.lists(st.integers(1, 5000), min_size=1, max_size=40))
def test_stream_cut_at_any_byte_sounds_the_same(cuts: list[int]) -> None:
    sound = np.concatenate([np.zeros(2400, np.int16), tone(0.5, 24000)]).tobytes()
    shaper = pcm.StreamShaper(rate_hz=24000, out_rate_hz=24000)
    made, at = b"", 0
    for cut in cuts:
        made += shaper.feed(sound[at : at + cut])
        at += cut
    made += shaper.feed(sound[at:]) + shaper.finish()
    whole = pcm.StreamShaper(rate_hz=24000, out_rate_hz=24000)
    assert made == whole.feed(sound) + whole.finish()
    assert 0.009 <= onset_s(made, 24000) <= 0.011


def test_stream_is_resampled_to_the_end() -> None:
    shaper = pcm.StreamShaper(rate_hz=24000, out_rate_hz=8000)
    sound = tone(1.0, 24000).tobytes()
    made = b"".join(shaper.feed(sound[at : at + 999]) for at in range(0, len(sound), 999))
    made += shaper.finish()
    assert abs(len(made) / 2 - 8000) <= 8
    level = np.abs(np.frombuffer(made, "<i2")[200:-200].astype(int)).max()
    assert 7500 < level < 8500
