"""How the engines of this process are: shared by all calls, and looked after between them."""

import asyncio
from collections.abc import Callable

from loguru import logger

from providers.contracts import Engine
from providers.fallback.breaker import Breaker, State

PROBE_S = 5.0
"""A probe that takes longer has failed."""


def loop_time_s() -> float:
    """Returns the loop's time."""
    return asyncio.get_running_loop().time()


class Health:
    """What is known of one engine.

    An engine that failed is asked something harmless once its wait is over (`Engine.probe`);
    when it answers, or cannot be asked, the next turn of a caller is its trial.

    Args:
        engine: The engine.
        clock: Seconds, of the loop by default.
    """

    def __init__(self, engine: Engine, clock: Callable[[], float] = loop_time_s) -> None:
        self.engine = engine
        self.breaker = Breaker()
        self._clock = clock
        self._recovering: asyncio.Task[None] | None = None

    def worked(self) -> None:
        """It did what it was asked."""
        if self.breaker.state is State.HALF_OPEN:
            logger.info(f"{self.engine.spec.id} works again")
        self.breaker.worked()

    def failed(self) -> None:
        """It failed; from now on it is looked after."""
        self.breaker.failed(self._clock())
        if self._recovering is None or self._recovering.done():
            # Owned: `close` ends it.
            self._recovering = asyncio.create_task(
                self._recover(), name=f"recover {self.engine.spec.id}"
            )

    async def close(self) -> None:
        """Stops looking after it."""
        if self._recovering:
            self._recovering.cancel()
            await asyncio.gather(self._recovering, return_exceptions=True)
            self._recovering = None

    async def _recover(self) -> None:
        while self.breaker.state is State.OPEN:
            await asyncio.sleep(max(0.0, self.breaker.due_s - self._clock()))
            try:
                async with asyncio.timeout(PROBE_S):
                    await self.engine.probe()
            except Exception as error:  # whatever a vendor's library raises
                logger.debug(f"{self.engine.spec.id} does not answer yet: {error!r}")
                self.breaker.failed(max(self._clock(), self.breaker.due_s))
            else:
                self.breaker.ripen(max(self._clock(), self.breaker.due_s))


class Infirmary:
    """The health of every engine of the process, one entry for each however many chains use it."""

    def __init__(self) -> None:
        self._known: dict[int, Health] = {}

    def of(self, engine: Engine) -> Health:
        """Returns the health of a loaded engine."""
        return self._known.setdefault(id(engine), Health(engine))

    async def close(self) -> None:
        """Stops looking after engines."""
        for health in self._known.values():
            await health.close()
