"""Tries to call somebody back: kept before he is dialled, so that nobody is dialled twice at once.

Whatever happens to the process, a try is counted: what was not ended by it ends as interrupted.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.callbacks.config import CallbackDialling
from receptionist.callbacks.dialling import Hindrance, NotDialledError, held_back, runs
from receptionist.callbacks.models import CallbackAttemptRow, CallbackRow
from receptionist.callbacks.records import (
    AttemptOutcome,
    AttemptRecord,
    CallbackRecord,
    CallbackState,
)
from receptionist.calls.repository import CallRepository
from receptionist.database import Database, one_writer
from receptionist.errors import NotFoundError

_HOUR = timedelta(hours=1)
_AT_ONCE = 50


class AttemptRepository:
    """The tries of one tenant. Each method is a transaction of its own."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def due(self, now: datetime) -> Sequence[CallbackRecord]:
        """Returns the open callbacks that are owed at `now`, the oldest first."""
        query = (
            select(CallbackRow)
            .where(CallbackRow.tenant == self._tenant, CallbackRow.state == CallbackState.OPEN)
            .where(CallbackRow.due_from <= now, CallbackRow.due_until >= now)
            .order_by(CallbackRow.due_from, CallbackRow.id)
            .limit(_AT_ONCE)
        )
        async with self._database.read() as session:
            return [CallbackRecord.model_validate(row) for row in await session.scalars(query)]

    async def callback(self, callback_id: str) -> CallbackRecord:
        """Returns a callback.

        Raises:
            NotFoundError: this tenant has no such callback.
        """
        async with self._database.read() as session:
            return CallbackRecord.model_validate(await self._row(session, callback_id))

    async def of(self, callback_id: str) -> Sequence[AttemptRecord]:
        """Returns the tries of a callback, in order."""
        async with self._database.read() as session:
            return await self._attempts(session, callback_id)

    async def language(self, callback: CallbackRecord) -> str | None:
        """Returns the language the callee spoke at last when he asked for it; None is unknown."""
        async with self._database.read() as session:
            calls = CallRepository(session, self._tenant)
            try:
                call = await calls.get(callback.call_id, now=callback.created_at)
            except NotFoundError:
                return None
            return call.languages[-1]

    async def claim(
        self,
        callback_id: str,
        call_id: str,
        rules: CallbackDialling,
        now: datetime,
        *,
        by_hand: bool = False,
    ) -> AttemptRecord:
        """Keeps a new try and returns it; whoever has got it dials, and nobody else does.

        Raises:
            NotDialledError: why nobody is to dial now.
            NotFoundError: this tenant has no such callback.
            StorageError: it could not be kept, so nobody may be dialled.
        """
        async with self._database.write() as session:
            # An hour has so many calls over all callbacks, so all of them wait.
            await one_writer(session, f"tries of {self._tenant}")
            row = await self._locked(session, callback_id)
            attempts = await self._attempts(session, callback_id)
            callback = CallbackRecord.model_validate(row)
            why = held_back(callback, attempts, rules, now, by_hand=by_hand)
            if why is None and await self._in_hour(session, now) >= rules.per_hour:
                why = Hindrance.PER_HOUR
            if why is Hindrance.TOO_OFTEN:  # the process died during the last one
                row.state = CallbackState.GIVEN_UP
            await self._bury(session, attempts, now)
            attempt = AttemptRecord(
                callback_id=callback_id,
                number=len(attempts) + 1,
                tenant=self._tenant,
                call_id=call_id,
                started_at=now,
                seen_at=now,
            )
            if why is None:
                session.add(CallbackAttemptRow(**attempt.model_dump()))
        if why is not None:
            raise NotDialledError(callback_id, why)
        return attempt

    async def alive(self, attempt: AttemptRecord, now: datetime) -> None:
        """Notes that it was going on at `now`."""
        async with self._database.write() as session:
            row = await session.get(CallbackAttemptRow, (attempt.callback_id, attempt.number))
            if row is not None and row.ended_at is None:
                row.seen_at = now

    async def ended(
        self,
        attempt: AttemptRecord,
        outcome: AttemptOutcome,
        rules: CallbackDialling,
        now: datetime,
    ) -> None:
        """Keeps how it ended, and what that makes of the callback."""
        async with self._database.write() as session:
            # The callback first, as `claim` does: two who hold what the other wants never meet.
            callback = await self._locked(session, attempt.callback_id)
            row = await session.get_one(CallbackAttemptRow, (attempt.callback_id, attempt.number))
            row.seen_at = row.ended_at = now
            row.outcome = outcome
            if outcome is AttemptOutcome.ANSWERED:
                callback.state = CallbackState.DONE
            elif attempt.number >= rules.tries and callback.state == CallbackState.OPEN:
                callback.state = CallbackState.GIVEN_UP

    # --- inside -----------------------------------------------------------------------------

    async def _locked(self, session: AsyncSession, callback_id: str) -> CallbackRow:
        """Returns a callback that nobody else changes now; SQLite has one writer anyway."""
        return await self._row(session, callback_id, lock=True)

    async def _row(
        self, session: AsyncSession, callback_id: str, *, lock: bool = False
    ) -> CallbackRow:
        query = select(CallbackRow).where(
            CallbackRow.tenant == self._tenant, CallbackRow.id == callback_id
        )
        row = await session.scalar(query.with_for_update() if lock else query)
        if row is None:
            raise NotFoundError(f"Tenant {self._tenant!r} has no callback {callback_id!r}.")
        return row

    async def _attempts(self, session: AsyncSession, callback_id: str) -> Sequence[AttemptRecord]:
        query = (
            select(CallbackAttemptRow)
            .where(CallbackAttemptRow.tenant == self._tenant)
            .where(CallbackAttemptRow.callback_id == callback_id)
            .order_by(CallbackAttemptRow.number)
        )
        return [AttemptRecord.model_validate(row) for row in await session.scalars(query)]

    async def _in_hour(self, session: AsyncSession, now: datetime) -> int:
        query = select(func.count()).where(
            CallbackAttemptRow.tenant == self._tenant,
            CallbackAttemptRow.started_at > now - _HOUR,
        )
        return await session.scalar(query) or 0

    async def _bury(
        self, session: AsyncSession, attempts: Sequence[AttemptRecord], now: datetime
    ) -> None:
        """Ends the tries of processes that died."""
        for attempt in attempts:
            if attempt.ended_at is None and not runs(attempt, now):
                key = (attempt.callback_id, attempt.number)
                row = await session.get_one(CallbackAttemptRow, key)
                row.ended_at, row.outcome = attempt.seen_at, AttemptOutcome.INTERRUPTED
