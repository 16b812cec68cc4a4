"""A call's audio is as long as the call, whatever is lost of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.telephony.sip.gaps import AHEAD_S, GONE_S, GapFiller

pytestmark = pytest.mark.unit

RATE_HZ = 8000
FRAME = 160
TONE = (8000 * np.sin(2 * np.pi * 440 * np.arange(FRAME) / RATE_HZ)).astype(np.int16).tobytes()


def taken(arrivals: list[int], filler: GapFiller | None = None) -> bytes:
    """Audio of a call that is read every 20 ms, so many packets having come each time."""
    filler = filler or GapFiller(RATE_HZ)
    return b"".join(
        filler.take(TONE * packets, number * 0.02) for number, packets in enumerate(arrivals, 1)
    )


def seconds(pcm: bytes) -> float:
    return len(pcm) / 2 / RATE_HZ


def test_nothing_is_made_up_where_nothing_is_lost() -> None:
    filler = GapFiller(RATE_HZ)
    assert taken([1] * 100, filler) == TONE * 100
    assert filler.filled_samples == 0


def test_a_call_begins_with_its_first_packet() -> None:
    assert taken([0, 0, 0, 1, 1]) == TONE * 2


def test_packets_that_come_in_twos_are_not_lost() -> None:
    assert taken([2, 0] * 50) == TONE * 100


def test_a_lost_packet_becomes_the_one_before_it_fading() -> None:
    heard = np.frombuffer(taken([1] * 10 + [0] * 6 + [1] * 10), np.int16).reshape(-1, FRAME)
    loudness = np.abs(heard.astype(int)).max(axis=1)
    made_up = loudness[10:15]
    assert list(made_up) == sorted(made_up, reverse=True)
    assert made_up[0] > 4000
    assert made_up[-1] == 0


@given(st.lists(st.booleans(), min_size=50, max_size=400))
def test_a_recording_is_as_long_as_the_call_whatever_is_lost(arrives: list[bool]) -> None:
    # No gap is as long as one after which a caller counts as gone.
    arrivals = [1, *(int(come or number % 40 == 0) for number, come in enumerate(arrives))]
    assert seconds(taken(arrivals)) == pytest.approx(len(arrivals) * 0.02, abs=0.041)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=300))
def test_it_never_runs_far_from_the_clock(arrivals: list[int]) -> None:
    filler = GapFiller(RATE_HZ)
    given_s = 0.0
    for number, packets in enumerate(arrivals, 1):
        given_s += seconds(filler.take(TONE * packets, number * 0.02))
        sent_s = sum(arrivals[:number]) * 0.02
        assert given_s <= max(number * 0.02, sent_s) + AHEAD_S + 0.041


def test_what_was_dropped_while_nobody_read_becomes_silence_before_what_came_after() -> None:
    filler = GapFiller(RATE_HZ)
    filler.take(TONE, 0.02)
    heard = filler.take(TONE * 25, 1.52)  # a second and a half later half a second is left
    assert seconds(heard) == pytest.approx(1.5, abs=0.021)
    assert heard.endswith(TONE * 25)
    assert not np.frombuffer(heard[: -len(TONE) * 25], np.int16).any()


def test_a_caller_without_packets_falls_silent_after_a_while_so_that_he_can_be_missed() -> None:
    filler = GapFiller(RATE_HZ)
    heard = taken([1] * 10 + [0] * 300, filler)
    assert seconds(heard) == pytest.approx(0.2 + GONE_S, abs=0.1)
    # He comes back: nothing is made up for the time he was away.
    assert filler.take(TONE, 310 * 0.02 + 0.02) == TONE


def test_a_caller_who_holds_the_line_is_silent_and_not_missed() -> None:
    filler = GapFiller(RATE_HZ)
    filler.take(TONE, 0.02)
    heard = b"".join(filler.take(b"", number * 0.02, held=True) for number in range(2, 301))
    assert seconds(heard) == pytest.approx(6, abs=0.05)


def test_a_sender_with_a_fast_clock_does_not_use_up_what_losses_need() -> None:
    filler = GapFiller(RATE_HZ)
    for number in range(1, 5000):  # 1 % too fast
        filler.take(TONE + TONE[:4] * (number % 2), number * 0.02)
    before = filler.filled_samples
    for number in range(5000, 5050):
        filler.take(b"", number * 0.02)
    assert filler.filled_samples - before > (1 - AHEAD_S - 0.1) * RATE_HZ
