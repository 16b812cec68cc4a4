"""Where speech is, from its loudness alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from providers.stt.loudness import Loudness

pytestmark = pytest.mark.unit

RATE_HZ = 8000


def sound(seconds: float, level: float) -> NDArray[np.int16]:
    samples = np.random.default_rng(0).normal(0, level * 32767, int(seconds * RATE_HZ))
    return samples.astype(np.int16)


def heard(*parts: NDArray[np.int16]) -> Loudness:
    loudness = Loudness(RATE_HZ)
    audio = np.concatenate(parts)
    for start in range(0, len(audio), 100):  # frames that do not fit the blocks
        loudness.feed(audio[start : start + 100])
    return loudness


@pytest.mark.parametrize("floor", [0.0, 0.003])
def test_the_end_of_speech_is_known_in_a_quiet_and_in_a_noisy_room(floor: float) -> None:
    loudness = heard(sound(0.5, floor), sound(1.0, 0.1), sound(0.2, floor))
    assert loudness.voiced_end == pytest.approx(1.5 * RATE_HZ, abs=RATE_HZ * 0.02)
    assert loudness.quiet_s == pytest.approx(0.2, abs=0.021)


def test_speech_that_goes_on_is_not_quiet() -> None:
    assert heard(sound(0.5, 0), sound(1.0, 0.1)).quiet_s == 0


def test_a_steady_sound_says_nothing_about_speech() -> None:
    loudness = heard(sound(2.0, 0.05))
    assert loudness.quiet_s == 0
    assert not loudness.silent


def test_a_dead_line_is_silent() -> None:
    assert heard(sound(2.0, 0)).silent


def test_a_long_turn_is_cut_in_its_pause() -> None:
    loudness = heard(sound(4.0, 0.1), sound(0.3, 0.001), sound(4.0, 0.1))
    cut = loudness.quietest(2 * RATE_HZ, 7 * RATE_HZ)
    assert 4.0 * RATE_HZ <= cut <= 4.3 * RATE_HZ


def test_positions_hold_after_the_front_was_cut_off() -> None:
    loudness = heard(sound(0.5, 0), sound(3.0, 0.1), sound(0.2, 0))
    loudness.drop(2 * RATE_HZ)
    assert loudness.voiced_end == pytest.approx(1.5 * RATE_HZ, abs=RATE_HZ * 0.02)
