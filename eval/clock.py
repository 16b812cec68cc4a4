"""A virtual clock: a whole call in milliseconds, bit-identical on repeat.

On this loop nothing waits. When no callback is ready, time jumps to the next timer; work handed to
an executor runs inline, so engines take no virtual time and their results always come in the same
order. Sockets and threads of other libraries are outside it: give them fakes.

Import this module before pipecat: pipecat binds `time.time` as a dataclass default at import.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

EPOCH_S = 1_700_000_000.0
"""What `time.time()` reads when a virtual run begins; any fixed moment would do."""

_START_S = 1_000.0
_STUCK_AFTER_S = 30.0
"""Real seconds without a timer, a callback or a socket event before a run is called stuck."""

_running: ContextVar["VirtualLoop | None"] = ContextVar("virtual_loop", default=None)


class StuckError(RuntimeError):
    """Every task of a virtual run waits for something that will never happen."""


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting for a timer, moves the clock to it."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Returns ready events at once; moves the virtual clock when there are none."""
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        if timeout is None:
            events = super().select(_STUCK_AFTER_S)
            if not events:
                raise StuckError("no timer is set and nothing is ready: a task waits for ever")
            return events
        self.loop.jump(timeout)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is a number it moves itself."""

    def __init__(self) -> None:
        selector = _JumpingSelector()
        super().__init__(selector)
        selector.loop = self
        self._now_s = _START_S

    def time(self) -> float:
        """Returns the virtual time in seconds."""
        return self._now_s

    def jump(self, seconds: float) -> None:
        """Moves the clock forward."""
        self._now_s += seconds

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> Any:
        """Runs `func` inline, so that its result always comes at the same virtual moment."""
        del executor
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


_real_time, _real_monotonic = time.time, time.monotonic
_real_monotonic_ns, _real_time_ns = time.monotonic_ns, time.time_ns


def _time() -> float:
    loop = _running.get()
    return EPOCH_S + loop.time() - _START_S if loop else _real_time()


def _time_ns() -> int:
    return int(_time() * 1e9) if _running.get() else _real_time_ns()


def _monotonic() -> float:
    loop = _running.get()
    return loop.time() if loop else _real_monotonic()


def _monotonic_ns() -> int:
    loop = _running.get()
    return int(loop.time() * 1e9) if loop else _real_monotonic_ns()


time.time, time.time_ns = _time, _time_ns
time.monotonic, time.monotonic_ns = _monotonic, _monotonic_ns


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Runs `main` to its end on a virtual clock.

    Raises:
        StuckError: every task waits for something that will never happen.
    """
    loop = VirtualLoop()
    token = _running.set(loop)
    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(main)
    finally:
        _running.reset(token)
