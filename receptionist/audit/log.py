"""Writes the audit log beside the calls, in order; nothing is dropped.

While the database refuses, rows wait and are tried again. When they have waited longer than a
caller may be served without a record, the log is in trouble: whoever runs calls is told, so that
people take them over. What is still waiting at the end goes to the disk beside the database.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loguru import logger

from receptionist.audit.entries import entry_of
from receptionist.audit.records import AuditEntry, Kind
from receptionist.audit.repository import AuditRepository
from receptionist.audit.spill import Spill, Spilled
from receptionist.calls.events import CallEvent, CallSink
from receptionist.database import Database
from receptionist.errors import StorageError

CAPACITY = 20_000
"""Rows held in memory at most, some twenty megabytes; more of them go to the disk."""

PATIENCE_S = 5.0
"""How long rows may wait before calls go on with people: a backup of the database is shorter."""

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
WRITE_S = 10.0
"""A database that has not taken a batch by then hangs."""
_BATCH = 200


class AuditLog:
    """The audit log of one tenant; it never waits and never raises. Close it after the last call.

    Args:
        database: Where it is kept.
        tenant: Whose it is.
        data_dir: Where rows wait that the database does not take.
        patience_s: How long rows may wait before it is in trouble.
        capacity: Rows held in memory.
        now: Tells the time.
    """

    def __init__(
        self,
        database: Database,
        tenant: str,
        data_dir: Path,
        *,
        patience_s: float = PATIENCE_S,
        capacity: int = CAPACITY,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._tenant = tenant
        self._spill = Spill(data_dir, tenant)
        self._patience_s = patience_s
        self._capacity = capacity
        self._now = now
        self._listeners: list[Callable[[bool], None]] = []
        self._waiting: deque[AuditEntry] = deque()
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._closed = asyncio.Event()
        self._refused_since_s: float | None = None
        self._in_trouble = False
        self._writer: asyncio.Task[None] | None = None

    @property
    def in_trouble(self) -> bool:
        """True while what happens on calls cannot be proved: people have to take them."""
        return self._in_trouble

    @property
    def unwritten(self) -> int:
        """Rows that wait."""
        return len(self._waiting)

    def on_trouble(self, listener: Callable[[bool], None]) -> Callable[[], None]:
        """Calls `listener` with True when trouble begins and with False when it is over.

        Returns:
            What ends that.
        """
        self._listeners.append(listener)

        def leave() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return leave

    def sink(self, call_id: str, facts: Mapping[str, Any]) -> CallSink:
        """Returns the sink of one call; `facts` stand in its first row (see `facts_of`)."""

        async def keep(event: CallEvent) -> None:
            entry = entry_of(event, call_id, self._now(), facts)
            if entry is not None:
                self.put(entry)

        return keep

    def put(self, entry: AuditEntry) -> None:
        """Takes an entry."""
        self._waiting.append(entry)
        if self._closed.is_set():
            logger.error("An audit row came after the end of the log; it waits on the disk.")
            self._spill_waiting()
            return
        self._drained.clear()
        self._arrived.set()
        if self._writer is None:
            self._writer = asyncio.create_task(self._write(), name=f"audit {self._tenant}")

    async def take_in(self) -> int:
        """Writes what waits on the disk since an earlier process; returns how many rows.

        What the database does not take goes on waiting there.
        """
        taken = 0
        for batch in await asyncio.to_thread(self._spill.waiting):
            try:
                taken += await self._take_in(batch)
            except StorageError as error:
                logger.warning(f"Audit rows go on waiting in {str(batch.file)!r}: {error}")
        return taken

    async def flush(self, timeout_s: float = 5.0) -> int:
        """Waits until everything is written, `timeout_s` at most; returns what is not."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._drained.wait()
        return self.unwritten

    async def close(self, timeout_s: float = 5.0) -> int:
        """Writes what waits, for `timeout_s` at most; returns how many rows went to the disk."""
        await self.flush(timeout_s)
        self._closed.set()
        self._arrived.set()
        if self._writer is not None:
            await self._writer
        left = self.unwritten
        if left:
            entries = list(self._waiting)
            self._waiting.clear()
            await asyncio.to_thread(self._spill.keep, entries)
        return left

    # --- inside -----------------------------------------------------------------------------

    async def _write(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._closed.is_set():
            self._arrived.clear()
            try:
                await self._write_waiting()
            except Exception as error:  # whatever it was, what waits is still to be kept
                self._stumble(error)
                await self._shed()
                await _wait(self._closed, pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                pause_s = FIRST_PAUSE_S
                await self._arrived.wait()

    async def _write_waiting(self) -> None:
        while self._waiting and not self._closed.is_set():
            batch = [self._waiting[place] for place in range(min(_BATCH, len(self._waiting)))]
            written = await self._append(batch)
            for _ in range(written):
                self._waiting.popleft()
        if not self._waiting:
            self._drained.set()

    async def _append(self, batch: Sequence[AuditEntry]) -> int:
        """Writes `batch` and returns how many were dealt with: all, or a first that is refused."""
        try:
            async with asyncio.timeout(WRITE_S), self._database.write() as session:
                await AuditRepository(session, self._tenant).append(batch)
        except StorageError as error:
            if error.retryable:
                raise
            if len(batch) > 1:
                return await self._append(batch[:1])
            # One row that no retry will get in must not hold up those behind it.
            await asyncio.to_thread(self._spill.keep, batch)
            self._trouble(f"An audit row is refused: {error}")
            return 1
        self._recover()
        return len(batch)

    async def _take_in(self, batch: Spilled) -> int:
        details = {"file": batch.file.name, "rows": len(batch.entries)}
        note = AuditEntry(
            uid=f"taken-in-{batch.file.stem}",
            at=self._now(),
            kind=Kind.SPILL_TAKEN_IN,
            details=details | {"unreadable": batch.unreadable},
        )
        async with self._database.write() as session:
            log = AuditRepository(session, self._tenant)
            written = await log.append([note, *batch.entries])
        await asyncio.to_thread(self._spill.taken_in, batch)
        return max(0, len(written) - 1)

    async def _shed(self) -> None:
        """Puts what does not fit into the memory on the disk, the earliest rows first."""
        over = len(self._waiting) - self._capacity
        if over > 0:
            entries = [self._waiting.popleft() for _ in range(over)]
            await asyncio.to_thread(self._spill.keep, entries)

    def _spill_waiting(self) -> None:
        entries = list(self._waiting)
        self._waiting.clear()
        self._spill.keep(entries)

    def _stumble(self, error: Exception) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._refused_since_s is None:
            self._refused_since_s = now_s
            logger.warning(f"The audit log waits: {error}")
        if now_s - self._refused_since_s >= self._patience_s:
            self._trouble(f"The audit log cannot be written: {error!r}")

    def _trouble(self, why: str) -> None:
        if not self._in_trouble:
            logger.error(f"{why} People take the calls.")
            self._tell(True)

    def _recover(self) -> None:
        self._refused_since_s = None
        if self._in_trouble:
            logger.warning(f"The audit log is written again in {self._database.name!r}.")
            self._tell(False)

    def _tell(self, trouble: bool) -> None:
        self._in_trouble = trouble
        for listener in list(self._listeners):
            try:
                listener(trouble)
            except Exception as error:  # the others still have to know
                logger.opt(exception=error).error(f"{listener!r} does not take trouble well")


async def _wait(event: asyncio.Event, timeout_s: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await event.wait()
