import asyncio
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest

from eval.clock import run_virtual
from receptionist.workers.fleet import END_S, LONG_ENOUGH_S, TRIES, WATCH_S, Fleet

pytestmark = pytest.mark.unit

DRAIN_S = 600.0


class ScriptedWorker:
    """A worker whose calls last until the test ends them."""

    def __init__(self, slot: int) -> None:
        self.slot = slot
        self.wrong = ""
        self.hangs = False
        self.told: list[str] = []
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def ready(self) -> None: ...

    async def ended(self) -> int:
        return await asyncio.shield(self._ended)

    async def problem(self) -> str:
        return self.wrong

    def drain(self) -> None:
        self.told.append("drain")

    def stop(self) -> None:
        self.told.append("stop")
        if not self.hangs:
            self.end(0)

    def kill(self) -> None:
        self.told.append("kill")
        self.end(-9)

    def end(self, code: int) -> None:
        if not self._ended.done():
            self._ended.set_result(code)


class Yard:
    """Where workers are launched, with the moment of each."""

    def __init__(self, count: int) -> None:
        self.launched: list[ScriptedWorker] = []
        self.at_s: list[float] = []
        self.fleet = Fleet(count, self._launch, drain_s=DRAIN_S)

    async def _launch(self, slot: int) -> ScriptedWorker:
        await asyncio.sleep(0.01)
        self.launched.append(ScriptedWorker(slot))
        self.at_s.append(asyncio.get_running_loop().time())
        return self.launched[-1]


def watched(play: Callable[[Yard], Coroutine[Any, Any, None]], count: int = 2) -> Yard:
    """Runs a fleet through `play`, then stops it."""

    async def run() -> Yard:
        yard = Yard(count)
        async with asyncio.TaskGroup() as group:
            group.create_task(yard.fleet.run())
            await asyncio.sleep(1)
            await play(yard)
            yard.fleet.stop()
        assert not yard.fleet.workers
        return yard

    return run_virtual(run())


def test_as_many_workers_run_as_are_asked_for_each_with_ports_of_its_own() -> None:
    async def play(yard: Yard) -> None:
        await asyncio.sleep(600)

    assert [worker.slot for worker in watched(play, 3).launched] == [0, 1, 2]


def test_a_worker_that_dies_is_replaced() -> None:
    async def play(yard: Yard) -> None:
        await asyncio.sleep(LONG_ENOUGH_S)
        yard.launched[0].end(-9)
        await asyncio.sleep(0.1)
        assert [worker.slot for worker in yard.launched] == [0, 1, 0]

    watched(play)


def test_a_worker_that_cannot_start_is_tried_again_ever_more_seldom() -> None:
    async def play(yard: Yard) -> None:
        while len(yard.launched) < 8:
            yard.launched[-1].end(1)
            await asyncio.sleep(0.5)

    at_s = watched(play, 1).at_s
    waits_s = [round(later - earlier) for earlier, later in pairwise(at_s)]
    assert waits_s[0] <= 4
    assert waits_s == sorted(waits_s)
    assert 29 <= waits_s[-1] <= 31


def test_an_unwell_worker_keeps_its_calls_while_another_takes_the_new_ones() -> None:
    async def play(yard: Yard) -> None:
        ill = yard.launched[0]
        ill.wrong = "600 open files"
        await asyncio.sleep(WATCH_S * (TRIES + 1))
        assert ill.told == ["drain"]
        assert [worker.slot for worker in yard.launched] == [0, 1, 2]
        assert set(yard.fleet.workers) == {0, 1, 2}
        ill.end(0)
        await asyncio.sleep(0.1)
        assert set(yard.fleet.workers) == {1, 2}

    watched(play)


def test_a_worker_that_is_unwell_for_a_moment_stays() -> None:
    async def play(yard: Yard) -> None:
        yard.launched[0].wrong = "no answer"
        await asyncio.sleep(WATCH_S)
        yard.launched[0].wrong = ""
        await asyncio.sleep(WATCH_S * 10)
        assert len(yard.launched) == 2

    watched(play)


def test_draining_waits_for_the_last_call_and_starts_nobody() -> None:
    async def run() -> Yard:
        yard = Yard(2)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(yard.fleet.run())
            await asyncio.sleep(1)
            yard.fleet.drain()
            await asyncio.sleep(DRAIN_S)
            assert not running.done()
            for worker in yard.launched:
                worker.end(0)
        return yard

    yard = run_virtual(run())
    assert [worker.told for worker in yard.launched] == [["drain"], ["drain"]]
    assert not yard.fleet.workers


def test_a_worker_that_is_being_started_is_told_to_end_too() -> None:
    async def run() -> Yard:
        yard = Yard(2)
        async with asyncio.TaskGroup() as group:
            group.create_task(yard.fleet.run())
            await asyncio.sleep(0.005)
            yard.fleet.stop()
        return yard

    assert [worker.told for worker in run_virtual(run()).launched] == [["stop"], ["stop"]]


def test_a_worker_that_hangs_is_killed_when_its_calls_had_their_time() -> None:
    async def play(yard: Yard) -> None:
        ill = yard.launched[0]
        ill.wrong, ill.hangs = "its telephone does not answer", True
        await asyncio.sleep(WATCH_S * (TRIES + 1))
        await asyncio.sleep(DRAIN_S + END_S - WATCH_S * 2)
        assert ill.told == ["drain"]
        await asyncio.sleep(WATCH_S * 2)
        assert ill.told == ["drain", "kill"]
        yard.launched[1].end(1)
        await asyncio.sleep(5)
        assert yard.launched[-1].slot == 0  # its ports are free again

    watched(play)


def test_all_are_told_to_end_and_none_outlasts_that_by_long() -> None:
    async def run() -> float:
        yard = Yard(2)
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            group.create_task(yard.fleet.run())
            await asyncio.sleep(1)
            yard.launched[1].hangs = True
            yard.fleet.drain()
            await asyncio.sleep(10)
            yard.fleet.stop()
            began_s = loop.time()
        assert yard.launched[0].told == ["drain", "stop"]
        assert yard.launched[1].told == ["drain", "stop", "kill"]
        return loop.time() - began_s

    assert run_virtual(run()) == pytest.approx(END_S, abs=1)
