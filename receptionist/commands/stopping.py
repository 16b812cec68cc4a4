"""How whoever runs a process tells it to end."""

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """What the process was told.

    Attributes:
        drain: Take no new calls, and end after those that run.
        stop: Say goodbye on them now; `drain` is set too.
    """

    drain: asyncio.Event = field(default_factory=asyncio.Event)
    stop: asyncio.Event = field(default_factory=asyncio.Event)


@contextmanager
def stopping() -> Generator[Stopping]:
    """Yields what signals tell the process until the block ends.

    SIGTERM drains, Ctrl-C stops, and so does a second signal; a third one interrupts at once.
    """
    loop = asyncio.get_running_loop()
    told = Stopping()
    signals = (signal.SIGINT, signal.SIGTERM)

    def take(number: signal.Signals) -> None:
        if number is signal.SIGINT or told.drain.is_set():
            told.stop.set()
            for other in signals:
                loop.remove_signal_handler(other)
        told.drain.set()

    for number in signals:
        loop.add_signal_handler(number, take, number)
    try:
        yield told
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
