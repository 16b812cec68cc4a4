"""The virtual clock."""

import asyncio
import time

import pytest

from eval.clock import StuckError, run_virtual

pytestmark = pytest.mark.unit


def test_an_hour_passes_in_no_time() -> None:
    async def main() -> float:
        start = time.monotonic()
        await asyncio.sleep(3600)
        return time.monotonic() - start

    real_start = time.perf_counter()
    assert run_virtual(main()) == pytest.approx(3600)
    assert time.perf_counter() - real_start < 1


def test_work_in_a_thread_takes_no_virtual_time_and_its_error_arrives() -> None:
    async def main() -> float:
        start = asyncio.get_running_loop().time()
        assert await asyncio.to_thread(sum, [1, 2]) == 3
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 / 0)
        return asyncio.get_running_loop().time() - start

    assert run_virtual(main()) == 0


def test_two_runs_interleave_their_tasks_alike() -> None:
    async def main() -> list[tuple[str, float]]:
        seen: list[tuple[str, float]] = []

        async def tick(name: str, every_s: float) -> None:
            for _ in range(50):
                await asyncio.sleep(every_s)
                seen.append((name, time.time()))

        await asyncio.gather(tick("a", 0.02), tick("b", 0.03))
        return seen

    assert run_virtual(main()) == run_virtual(main())


def test_the_real_clock_is_back_afterwards() -> None:
    async def main() -> None:
        await asyncio.sleep(100_000)

    before = time.time()
    run_virtual(main())
    assert 0 <= time.time() - before < 60


def test_a_run_that_waits_for_ever_is_called_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.clock._STUCK_AFTER_S", 0.01)

    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(StuckError):
        run_virtual(main())
