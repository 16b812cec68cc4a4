"""Carries the events of one call, in order, to whoever records or shows them."""

import asyncio
from collections.abc import Sequence

from loguru import logger

from receptionist.calls.events import CallEvent, CallSink
from receptionist.calls.privacy import Privacy

DRAIN_S = 5.0
"""A sink that takes longer than this over one event is given no further ones."""


class EventDelivery:
    """A queue between the call, which never waits, and its sinks, which may.

    It is the one way out of a call: what must not be kept is taken out here, once.

    Args:
        sinks: Each receives every event; one that fails loses only its own.
    """

    def __init__(self, sinks: Sequence[CallSink]) -> None:
        self.sinks = list(sinks)
        self._queue: asyncio.Queue[CallEvent | None] = asyncio.Queue()
        self._privacy = Privacy()

    def emit(self, event: CallEvent) -> None:
        """Puts an event in line, without what must not be kept."""
        self._queue.put_nowait(self._privacy.of(event))

    def close(self) -> None:
        """No event follows."""
        self._queue.put_nowait(None)

    async def run(self) -> None:
        """Delivers until closed and empty."""
        while (event := await self._queue.get()) is not None:
            for sink in list(self.sinks):
                try:
                    async with asyncio.timeout(DRAIN_S):
                        await sink(event)
                except TimeoutError:
                    logger.error(f"{sink!r} hangs and is told nothing more of this call")
                    self.sinks.remove(sink)
                except Exception as error:
                    logger.error(f"an event of the call was not delivered: {error!r}")
