"""Keeps so many workers answering: one that ends or is unwell is replaced, none is cut off."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from loguru import logger

WATCH_S = 5.0
"""Between two looks at a worker."""
TRIES = 2
"""Looks in a row that must find it unwell: a machine may be busy for a moment."""
LONG_ENOUGH_S = 60.0
"""A worker that lasted so long ended for a reason of its own: another is started at once."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
END_S = 120.0
"""After the time its calls may go on: a worker has put the last through and ended in half of it."""


class Worker(Protocol):
    """One process that answers calls."""

    async def ready(self) -> None:
        """Returns when it takes calls, or has ended."""
        ...

    async def ended(self) -> int:
        """Returns its exit code when it has ended."""
        ...

    async def problem(self) -> str:
        """Returns what is wrong with it; "" when it is well."""
        ...

    def drain(self) -> None:
        """Tells it to take no new calls, and to end after those it has."""
        ...

    def stop(self) -> None:
        """Tells it to say goodbye now, and to end."""
        ...

    def kill(self) -> None:
        """Ends it, whatever it does."""
        ...


Launch = Callable[[int], Awaitable[Worker]]
"""Starts a worker in a slot: a number that gives it ports of its own."""


class Fleet:
    """So many workers, each looked after.

    A worker that is replaced keeps its slot until its last call has ended, so there are twice as
    many slots as workers; whoever hands out calls must know them all.

    Args:
        count: Workers that take calls.
        launch: Starts one.
        drain_s: How long calls may go on in a worker that takes no more; one that has not ended
            long after that hangs, and is killed.
    """

    def __init__(self, count: int, launch: Launch, *, drain_s: float) -> None:
        self._count = count
        self._launch = launch
        self._drain_s = drain_s
        self._ending: set[asyncio.Timeout] = set()
        self._free = set(range(self.slots))
        self._workers: dict[int, Worker] = {}
        self._leaving = asyncio.Event()
        self._farewell: Callable[[Worker], None] | None = None

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return self._count * 2

    @property
    def workers(self) -> dict[int, Worker]:
        """The workers that run, those included that take no more calls, by slot."""
        return dict(self._workers)

    async def run(self) -> None:
        """Keeps the workers answering; returns when `drain` or `stop` was called and all ended."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._count):
                group.create_task(self._keep(group), name=f"keep worker {number}")

    def drain(self) -> None:
        """Takes no new calls; ends when the last call has."""
        self._leave(lambda worker: worker.drain())

    def stop(self) -> None:
        """Says goodbye on every call now."""
        self._drain_s = 0.0
        until_s = asyncio.get_running_loop().time() + END_S
        for ending in self._ending:
            ending.reschedule(until_s)
        self._leave(lambda worker: worker.stop())

    def _leave(self, tell: Callable[[Worker], None]) -> None:
        self._farewell = tell
        self._leaving.set()
        for worker in self._workers.values():
            tell(worker)

    # --- one of them ------------------------------------------------------------------------

    async def _keep(self, group: asyncio.TaskGroup) -> None:
        """Keeps one worker answering."""
        loop, pause_s = asyncio.get_running_loop(), FIRST_PAUSE_S
        while not self._leaving.is_set():
            slot, worker = await self._start()
            began_s = loop.time()
            why = await self._watch(worker)
            if self._leaving.is_set():
                await self._see_out(slot, worker)
            elif why:
                logger.error(f"worker {slot} takes no more calls and is replaced: {why}")
                worker.drain()
                group.create_task(self._see_out(slot, worker), name=f"worker {slot} drains")
            else:
                code = await self._see_out(slot, worker)
                logger.error(f"worker {slot} ended with {code}; another is started")
                lasted = loop.time() - began_s >= LONG_ENOUGH_S
                pause_s = FIRST_PAUSE_S if lasted else min(pause_s * 2, LONGEST_PAUSE_S)
                await self._pause(0.0 if lasted else pause_s)

    async def _start(self) -> tuple[int, Worker]:
        slot = min(self._free)
        self._free.remove(slot)
        worker = self._workers[slot] = await self._launch(slot)
        if self._farewell:  # all were told to end while this one was being started
            self._farewell(worker)
        return slot, worker

    async def _see_out(self, slot: int, worker: Worker) -> int:
        if not await self._ends(worker):
            logger.error(f"worker {slot} does not end and is killed")
            worker.kill()
        code = await worker.ended()
        del self._workers[slot]
        self._free.add(slot)
        return code

    async def _ends(self, worker: Worker) -> bool:
        """Waits for the end of a worker; False when it takes too long."""
        try:
            async with asyncio.timeout(self._drain_s + END_S) as ending:
                self._ending.add(ending)
                try:
                    await worker.ended()
                finally:
                    self._ending.discard(ending)
        except TimeoutError:
            return False
        return True

    async def _watch(self, worker: Worker) -> str:
        """Returns what is wrong with the worker; "" when it has ended or all are to end."""
        async with asyncio.TaskGroup() as group:
            ended = group.create_task(worker.ended(), name="ended")
            leaving = group.create_task(self._leaving.wait(), name="leaving")
            looking = group.create_task(_found_unwell(worker), name="look")
            tasks = {ended, leaving, looking}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            found = looking.result() if looking.done() and not ended.done() else ""
            for task in tasks:
                task.cancel()
        return found

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._leaving.wait()
        except TimeoutError:
            return


async def _found_unwell(worker: Worker) -> str:
    """Returns what is wrong with the worker as soon as it stays so."""
    await worker.ready()
    unwell = 0
    while True:
        await asyncio.sleep(WATCH_S)
        problem = await worker.problem()
        unwell = unwell + 1 if problem else 0
        if unwell >= TRIES:
            return problem
