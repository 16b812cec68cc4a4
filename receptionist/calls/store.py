"""Keeps what happens on calls, as it happens, beside them and never in their way.

A call hands over an event and goes on at once. One task per store writes the events in order, one
short transaction each, so a killed process loses at most the turn that was running. While the
database refuses, events wait in memory, up to a bound, and are tried again.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from loguru import logger

from receptionist.calls.events import (
    AssistantSpeaks,
    CallEnded,
    CallerHeard,
    CallEvent,
    CallSink,
    CallStarted,
    ConsentHeard,
)
from receptionist.calls.repository import SIGN_OF_LIFE_S, CallRepository
from receptionist.database import Database
from receptionist.errors import StorageError
from receptionist.questions.repository import QuestionRepository

CAPACITY = 10_000
"""Events kept waiting at most: half an hour of twenty busy calls, some ten megabytes."""

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    call_id: str
    position: int
    event: CallEvent
    at: datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


class CallStore:
    """Writes the calls of one tenant. Close it when the last call is over.

    Args:
        database: Where to.
        tenant: Whose calls.
        capacity: Events kept waiting at most.
        sign_of_life_s: How often it says that calls are running.
        needs_consent: The questions of a call are collected only once the caller has agreed.
        now: Tells the time.
    """

    def __init__(
        self,
        database: Database,
        tenant: str,
        *,
        capacity: int = CAPACITY,
        sign_of_life_s: float = SIGN_OF_LIFE_S,
        needs_consent: bool = False,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._database = database
        self._tenant = tenant
        self._capacity = capacity
        self._sign_of_life_s = sign_of_life_s
        self._now = now
        self._waiting: deque[_Waiting] = deque()
        self._lost: Counter[str] = Counter()
        self._running: set[str] = set()
        self._needs_consent = needs_consent
        self._agreed: set[str] = set()
        self._next_sign_s = 0.0
        self._in_trouble = False
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._closed = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    @property
    def unstored(self) -> Mapping[str, int]:
        """Events that are not in the database, by call: those that wait and those given up."""
        return self._lost + Counter(item.call_id for item in self._waiting)

    def sink(self, call_id: str) -> CallSink:
        """Returns the sink of one call; it never waits and never raises."""
        position = 0

        async def keep(event: CallEvent) -> None:
            nonlocal position
            if isinstance(event, CallerHeard | AssistantSpeaks):
                return
            self._put(_Waiting(call_id=call_id, position=position, event=event, at=self._now()))
            position += 1

        return keep

    async def flush(self, timeout_s: float = 5.0) -> Mapping[str, int]:
        """Waits until everything is written, `timeout_s` at most, and returns `unstored`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._drained.wait()
        return self.unstored

    async def close(self, timeout_s: float = 5.0) -> Mapping[str, int]:
        """Writes what waits, for `timeout_s` at most, stops, and returns `unstored`."""
        await self.flush(timeout_s)
        self._closed.set()
        self._arrived.set()
        if self._writer is not None:
            await self._writer
        if unstored := self.unstored:
            logger.error(
                f"{sum(unstored.values())} events of {len(unstored)} calls could not be kept in "
                f"{self._database.name!r}: {', '.join(sorted(unstored))}"
            )
        return unstored

    def _put(self, item: _Waiting) -> None:
        if self._closed.is_set() or len(self._waiting) >= self._capacity:
            self._lost[item.call_id] += 1
            if isinstance(item.event, CallEnded):
                self._running.discard(item.call_id)
            return
        self._waiting.append(item)
        self._drained.clear()
        self._arrived.set()
        if self._writer is None:
            self._writer = asyncio.create_task(self._write(), name=f"call store {self._tenant}")

    async def _write(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._closed.is_set():
            self._arrived.clear()
            try:
                await self._write_waiting()
                await self._show_life()
            except Exception as error:  # whatever it was, later calls are still to be kept
                self._stumble(error)
                await _wait(self._closed, pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                self._recover()
                pause_s = FIRST_PAUSE_S
                await _wait(self._arrived, self._sign_of_life_s if self._running else None)

    async def _write_waiting(self) -> None:
        while self._waiting and not self._closed.is_set():
            item = self._waiting[0]
            try:
                async with self._database.write() as session:
                    calls = CallRepository(session, self._tenant)
                    await calls.record(item.call_id, item.position, item.event, item.at)
                    if not self._needs_consent or item.call_id in self._agreed:
                        questions = QuestionRepository(session, self._tenant)
                        await questions.record(item.call_id, item.position, item.event, item.at)
            except Exception as error:  # one bad event must not hold up those behind it
                if isinstance(error, StorageError) and error.retryable:
                    raise
                logger.error(f"Event {item.position} of call {item.call_id!r} is lost: {error}")
                self._lost[item.call_id] += 1
            self._waiting.popleft()
            self._follow(item)
        if not self._waiting:
            self._drained.set()

    def _follow(self, item: _Waiting) -> None:
        if isinstance(item.event, CallStarted):
            self._running.add(item.call_id)
        elif isinstance(item.event, ConsentHeard) and item.event.consent == "given":
            self._agreed.add(item.call_id)
        elif isinstance(item.event, CallEnded):
            self._running.discard(item.call_id)
            self._agreed.discard(item.call_id)

    async def _show_life(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if not self._running or now_s < self._next_sign_s:
            return
        async with self._database.write() as session:
            await CallRepository(session, self._tenant).sign_of_life(self._running, self._now())
        self._next_sign_s = now_s + self._sign_of_life_s

    def _stumble(self, error: Exception) -> None:
        if not self._in_trouble:
            logger.warning(f"Calls go on, but are not being kept: {error}")
        self._in_trouble = True

    def _recover(self) -> None:
        if self._in_trouble:
            logger.warning(f"Calls are kept again in {self._database.name!r}.")
        self._in_trouble = False


async def _wait(event: asyncio.Event, timeout_s: float | None) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await event.wait()
