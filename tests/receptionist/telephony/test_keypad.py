import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.clock import run_virtual
from receptionist.telephony.keypad import MOST_KEYS, Keypad

pytestmark = pytest.mark.unit

Presses = Sequence[tuple[float, str]]


class Notes:
    """Writes down what is typed, and when."""

    def __init__(self, settled: Sequence[str] = ()) -> None:
        self.entries: list[tuple[str, float]] = []
        self.began: list[float] = []
        self._settled = settled
        self._began_s = asyncio.get_running_loop().time()

    async def typing(self) -> None:
        self.began.append(self._now_s())

    def settled(self, keys: str) -> bool:
        return keys in self._settled

    async def take(self, keys: str) -> None:
        self.entries.append((keys, self._now_s()))

    def _now_s(self) -> float:
        return round(asyncio.get_running_loop().time() - self._began_s, 3)


def typed(presses: Presses, *, pause_ms: int = 1500, settled: Sequence[str] = ()) -> Notes:
    """Presses each key after a pause."""

    async def press() -> Notes:
        keypad, notes = Keypad(pause_ms), Notes(settled)
        gathering = asyncio.create_task(keypad.gather(notes))
        for pause_s, key in presses:
            await asyncio.sleep(pause_s)
            keypad.press(key)
        await asyncio.sleep(10)
        gathering.cancel()
        return notes

    return run_virtual(press())


def entries(*presses: tuple[float, str]) -> list[tuple[str, float]]:
    return typed(presses).entries


def test_keys_that_follow_each_other_are_one_entry_that_a_pause_ends() -> None:
    assert entries((0, "4"), (1.4, "7"), (1.4, "2")) == [("472", 4.3)]


def test_hash_ends_an_entry_at_once() -> None:
    assert entries((0, "4"), (0.2, "7"), (0.2, "#")) == [("47", 0.4)]


def test_pause_separates_two_entries() -> None:
    assert entries((0, "0"), (2, "9")) == [("0", 1.5), ("9", 3.5)]


def test_hash_alone_is_no_entry() -> None:
    assert entries((0, "#"), (0.1, "#"), (0.1, "5"), (0.1, "#")) == [("5", 0.3)]


def test_star_is_a_key_like_any_other() -> None:
    assert entries((0, "*"), (0.1, "1"), (0.1, "#")) == [("*1", 0.2)]


@pytest.mark.parametrize("pause_ms", [500, 1500, 5000])
def test_a_slow_number_is_not_cut_within_the_pause_that_is_set(pause_ms: int) -> None:
    pause_s = pause_ms / 1000
    notes = typed([(0.9 * pause_s, digit) for digit in "01632960555"], pause_ms=pause_ms)
    assert [keys for keys, _ in notes.entries] == ["01632960555"]
    assert notes.entries[0][1] == pytest.approx(0.9 * 11 * pause_s + pause_s)


def test_the_first_key_is_told_at_once_and_only_the_first() -> None:
    notes = typed([(1, "4"), (0.5, "7"), (3, "2"), (0.1, "#"), (1, "#")])
    assert notes.began == [1.0, 4.5]


def test_what_is_settled_waits_for_no_pause() -> None:
    notes = typed([(0, "1"), (0.2, "2"), (0.2, "0")], settled=["1", "20"])
    assert notes.entries == [("1", 0.0), ("20", 0.4)]


def test_a_key_that_is_leant_on_is_an_entry_all_the_same() -> None:
    notes = typed([(0.01, "5")] * (MOST_KEYS + 3))
    assert [len(keys) for keys, _ in notes.entries] == [MOST_KEYS, 3]


@given(st.lists(st.tuples(st.sampled_from([0.1, 2.0]), st.sampled_from("0123456789*#"))))
def test_no_key_is_lost_or_taken_twice(presses: list[tuple[float, str]]) -> None:
    notes = typed(presses)
    pressed = "".join(key for _, key in presses if key != "#")
    assert "".join(keys for keys, _ in notes.entries) == pressed
    assert all(keys for keys, _ in notes.entries)
    assert len(notes.began) == len(notes.entries)
