"""Whether this process can take one more call and still answer those it has well."""

import asyncio
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from receptionist.errors import BusyError
from receptionist.settings import Settings

TICK_S = 0.1
REMEMBERED = 50
"""Ticks that are looked back on: five seconds."""
ENOUGH = 20
"""Fewer ticks tell nothing: whatever a process does when it begins would make it late."""
RETRY_SOON_S = 5
"""A loop that is late for a moment has usually caught up by then."""
RETRY_LATER_S = 30
"""Calls last minutes: a line may be free by then."""
_SHARE_OF_MEMORY = 0.9
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


class LoopLag:
    """How late the event loop does what is due: what every frame of every call waits for."""

    def __init__(self) -> None:
        self._late_s: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def p90_ms(self) -> float:
        """Milliseconds that nine of ten ticks of the last seconds stayed under; 0 at first."""
        if len(self._late_s) < ENOUGH:
            return 0.0
        return sorted(self._late_s)[len(self._late_s) * 9 // 10] * 1000

    def note(self, late_s: float) -> None:
        """Takes how late a tick was."""
        self._late_s.append(max(0.0, late_s))

    async def measure(self) -> None:
        """Measures until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            self.note(loop.time() - due_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a process takes upon itself.

    Attributes:
        calls: At the same time.
        lag_ms: A loop that is later than this takes no further call.
        memory_mb: Nor does a process that holds more than this.
    """

    calls: int
    lag_ms: float
    memory_mb: float


class Admission:
    """Admits calls, or says why not and when to try again.

    Args:
        limits: What the process takes upon itself.
        lag: Of its event loop.
        memory_mb: Reads what it holds.
    """

    def __init__(
        self, limits: Limits, lag: LoopLag, memory_mb: Callable[[], float] | None = None
    ) -> None:
        self._limits = limits
        self._lag = lag
        self._memory_mb = memory_mb or resident_mb

    def check(self, running: int) -> None:
        """Returns when one more call can be taken beside `running` others.

        Raises:
            BusyError: it cannot; `retry_after_s` says when to try again.
        """
        limits = self._limits
        if running >= limits.calls:
            raise BusyError(
                f"All {limits.calls} lines are busy; call again in a few minutes.",
                retry_after_s=RETRY_LATER_S,
            )
        if self._lag.p90_ms > limits.lag_ms:
            raise BusyError(
                "This receptionist has its hands full; call again in a moment.",
                retry_after_s=RETRY_SOON_S,
            )
        if self._memory_mb() > limits.memory_mb:
            raise BusyError(
                "This receptionist is short of memory; call again in a few minutes.",
                retry_after_s=RETRY_LATER_S,
            )


def resident_mb() -> float:
    """Returns the memory this process holds, in megabytes; 0 where that cannot be read."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:  # not Linux
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def memory_share_mb(workers: int = 1) -> float:
    """Returns what one of `workers` processes may hold, in megabytes.

    That is its share of nine tenths of the machine, or of the container it runs in.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    allowed = min([machine, *filter(None, map(_limit, _LIMITS))])
    return allowed * _SHARE_OF_MEMORY / (1 << 20) / workers


def _limit(path: Path) -> int:
    try:
        written = path.read_text().strip()
    except OSError:
        return 0
    return int(written) if written.isdecimal() else 0


def limits_of(settings: Settings) -> Limits:
    """Returns what a process takes upon itself, as it is set."""
    return Limits(
        calls=settings.max_calls,
        lag_ms=settings.max_lag_ms,
        memory_mb=settings.max_memory_mb or memory_share_mb(),
    )
