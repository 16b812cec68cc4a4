import asyncio

import pytest

from eval.clock import run_virtual
from receptionist.telephony.keypad import Keypad

pytestmark = pytest.mark.unit


def entries(*presses: tuple[float, str]) -> list[tuple[str, float]]:
    """Presses each key after a pause; returns what was entered, and when."""

    async def press() -> list[tuple[str, float]]:
        loop = asyncio.get_running_loop()
        keypad, began_s, entered = Keypad(), loop.time(), list[tuple[str, float]]()

        async def gather() -> None:
            async for entry in keypad.entries():
                entered.append((entry, round(loop.time() - began_s, 3)))

        gathering = asyncio.create_task(gather())
        for pause_s, key in presses:
            await asyncio.sleep(pause_s)
            keypad.press(key)
        await asyncio.sleep(10)
        gathering.cancel()
        return entered

    return run_virtual(press())


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
