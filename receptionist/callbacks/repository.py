"""Every query on callbacks; each sees the callbacks of one tenant only."""

from collections.abc import Sequence

from sqlalchemy import select

from receptionist.callbacks.attempts import AttemptRepository
from receptionist.callbacks.models import CallbackRow
from receptionist.callbacks.records import CallbackRecord
from receptionist.database import Database, insert_once


class CallbackRepository:
    """The callbacks of one tenant. Each method is a transaction of its own."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    @property
    def attempts(self) -> AttemptRepository:
        """The tries to keep them."""
        return AttemptRepository(self._database, self._tenant)

    async def save(self, callback: CallbackRecord) -> str:
        """Keeps `callback` and returns its id; it is on the disk then.

        Saving an id again changes nothing: the promise stands as it was first made.

        Raises:
            StorageError: it could not be kept, so it must not be promised.
        """
        if callback.tenant != self._tenant:
            raise ValueError(f"callback {callback.id!r} is of tenant {callback.tenant!r}")
        async with self._database.write() as session:
            await insert_once(session, CallbackRow, callback.model_dump())
        return callback.id

    async def latest(self, limit: int) -> Sequence[CallbackRecord]:
        """Returns the last `limit` callbacks that were promised, the latest first."""
        query = (
            select(CallbackRow)
            .where(CallbackRow.tenant == self._tenant)
            .order_by(CallbackRow.created_at.desc(), CallbackRow.id)
            .limit(limit)
        )
        async with self._database.read() as session:
            return [CallbackRecord.model_validate(row) for row in await session.scalars(query)]


async def tenants_with_callbacks(database: Database) -> Sequence[str]:
    """Returns the tenants callbacks were promised for, for whoever runs the machine."""
    async with database.read() as session:
        tenants = select(CallbackRow.tenant).distinct().order_by(CallbackRow.tenant)
        return (await session.scalars(tenants)).all()
