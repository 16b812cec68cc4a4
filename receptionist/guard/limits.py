"""How often tools may do things, on one call and on all calls of an hour."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

HOUR_S = 3600.0
TENANT_TOOL = "tenant_tool"
"""All tools a tenant brings along count together."""
PER_CALL: Mapping[str, int] = MappingProxyType(
    {
        "transfer_call": 4,
        "take_message": 3,
        "promise_callback": 3,
        "book_appointment": 3,
        TENANT_TOOL: 20,
    }
)
PER_HOUR: Mapping[str, int] = MappingProxyType(
    {
        "transfer_call": 240,
        "take_message": 240,
        "promise_callback": 120,
        "book_appointment": 120,
        TENANT_TOOL: 2000,
    }
)
"""More than four lines that are always busy can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How often things may be done, by tool.

    Attributes:
        per_call: On one call.
        per_hour: On all calls of a tenant.
        countries: ISO 3166-1 codes of the countries callers may be rung back in; empty is any.
    """

    per_call: Mapping[str, int] = field(default_factory=lambda: PER_CALL)
    per_hour: Mapping[str, int] = field(default_factory=lambda: PER_HOUR)
    countries: frozenset[str] = frozenset()


class HourlyCount:
    """Counts what was done in the last hour, on all calls of a process.

    Args:
        clock_s: Reads any clock that only goes forward.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._done: dict[str, deque[float]] = {}

    def of(self, name: str) -> int:
        """Returns how often `name` was done."""
        done, now_s = self._done.setdefault(name, deque()), self._clock_s()
        while done and done[0] <= now_s - HOUR_S:
            done.popleft()
        return len(done)

    def add(self, name: str) -> None:
        """Counts one more."""
        self._done.setdefault(name, deque()).append(self._clock_s())

    def take_back(self, name: str) -> None:
        """Does not count the last one: nothing came of it."""
        if done := self._done.get(name):
            done.pop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds for all calls of a tenant."""

    caps: Caps = field(default_factory=Caps)
    hourly: HourlyCount = field(default_factory=HourlyCount)
