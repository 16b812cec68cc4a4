import asyncio

import pytest

from eval.clock import VirtualLoop, run_virtual
from receptionist.admission import (
    RETRY_LATER_S,
    RETRY_SOON_S,
    Admission,
    Limits,
    LoopLag,
    memory_share_mb,
    resident_mb,
)
from receptionist.errors import BusyError

pytestmark = pytest.mark.unit
LIMITS = Limits(calls=2, lag_ms=200, memory_mb=900)


def admission(lag: LoopLag | None = None, memory_mb: float = 500) -> Admission:
    return Admission(LIMITS, lag or LoopLag(), lambda: memory_mb)


def late(by_s: float, ticks: int) -> LoopLag:
    lag = LoopLag()
    for _ in range(50 - ticks):
        lag.note(0.001)
    for _ in range(ticks):
        lag.note(by_s)
    return lag


def test_a_call_is_taken_while_a_line_is_free() -> None:
    admission().check(1)


def test_a_call_beyond_the_last_line_is_told_when_to_try_again() -> None:
    with pytest.raises(BusyError, match="All 2 lines are busy") as refused:
        admission().check(2)
    assert refused.value.retry_after_s == RETRY_LATER_S


def test_a_loop_that_stays_late_takes_no_further_call() -> None:
    with pytest.raises(BusyError, match="hands full") as refused:
        admission(late(0.3, ticks=10)).check(0)
    assert refused.value.retry_after_s == RETRY_SOON_S


def test_a_loop_that_was_late_once_takes_calls() -> None:
    admission(late(2.0, ticks=1)).check(0)


def test_a_process_short_of_memory_takes_no_further_call() -> None:
    with pytest.raises(BusyError, match="short of memory"):
        admission(memory_mb=901).check(0)


def test_an_idle_loop_is_not_late() -> None:
    async def idle() -> float:
        lag = LoopLag()
        measuring = asyncio.create_task(lag.measure())
        await asyncio.sleep(5)
        measuring.cancel()
        return lag.p90_ms

    assert run_virtual(idle()) == pytest.approx(0, abs=1)


def test_a_loop_that_is_held_up_is_late() -> None:
    async def held_up() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        lag = LoopLag()
        measuring = asyncio.create_task(lag.measure())
        for _ in range(20):
            await asyncio.sleep(0)
            loop.jump(0.4)
            await asyncio.sleep(0.05)
        measuring.cancel()
        return lag.p90_ms

    assert run_virtual(held_up()) > 200


def test_a_process_that_has_just_begun_is_not_called_late() -> None:
    lag = LoopLag()
    for _ in range(10):
        lag.note(3.0)
    admission(lag).check(0)


def test_memory_is_that_of_this_process_and_its_share_that_of_the_machine() -> None:
    assert 10 < resident_mb() < memory_share_mb()
    assert memory_share_mb(4) == pytest.approx(memory_share_mb() / 4)
