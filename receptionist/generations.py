"""Which version of the tenant answers new calls, while calls that run keep the one they began with.

What a version needs is closed some time after another has taken its place: not while a call runs
on it, nor while a call may be about to, such as one that still rings.
"""

import asyncio
from collections.abc import Callable, Generator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass

from receptionist.calls.plan import CallPlan
from receptionist.loaded import Loaded

GRACE_S = 300.0
"""Longer than any telephone rings."""
_LOOK_S = 30.0


@dataclass(slots=True, kw_only=True)
class Generation:
    """A version that answers, or did.

    Attributes:
        loaded: What its calls share.
        owned: Closes that.
        calls: How many run on it.
        until_s: When it may be closed; None while it answers.
    """

    loaded: Loaded
    owned: AsyncExitStack
    calls: int = 0
    until_s: float | None = None


class Generations:
    """The versions that are open; the last one answers new calls.

    Args:
        first: That answers.
        clock_s: Reads any clock that only goes forward.
    """

    def __init__(self, first: Generation, clock_s: Callable[[], float] | None = None) -> None:
        self._open = [first]
        self._clock_s = clock_s or asyncio.get_running_loop().time

    @property
    def now(self) -> Loaded:
        """What answers new calls."""
        return self._open[-1].loaded

    def of(self, plan: CallPlan) -> Loaded:
        """Returns what a call is answered with, as it was when it was planned."""
        return self._generation(plan).loaded

    @contextmanager
    def answering(self, plan: CallPlan) -> Generator[Loaded]:
        """Yields what a call is answered with, which stays open as long as the block lasts."""
        generation = self._generation(plan)
        generation.calls += 1
        try:
            yield generation.loaded
        finally:
            generation.calls -= 1

    def replace(self, new: Generation) -> None:
        """Lets `new` answer from now on."""
        self._open[-1].until_s = self._clock_s() + GRACE_S
        self._open.append(new)

    async def retire(self) -> None:
        """Closes the versions that answer no new calls, each when its last call is over."""
        while len(self._open) > 1:
            await asyncio.sleep(_LOOK_S)
            await self.close_unused()

    async def close_unused(self) -> None:
        """Closes the versions that no call runs on and none is about to."""
        now_s = self._clock_s()
        for one in list(self._open):
            if one.until_s is not None and one.until_s <= now_s and not one.calls:
                self._open.remove(one)
                await one.owned.aclose()

    async def close(self) -> None:
        """Closes all; no call runs any more."""
        for one in reversed(self._open):
            await one.owned.aclose()

    def _generation(self, plan: CallPlan) -> Generation:
        found = (one for one in self._open if one.loaded.snapshot is plan.snapshot)
        return next(found, self._open[-1])
