"""Every query on consents; each sees those of one tenant only."""

from collections.abc import Sequence

from sqlalchemy import select

from receptionist.consent.models import ConsentRow
from receptionist.consent.records import ConsentRecord
from receptionist.database import Database, insert_once


class ConsentRepository:
    """The consents of one tenant's callers. Each method is a transaction of its own."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def save(self, consent: ConsentRecord) -> None:
        """Keeps `consent`; it is on the disk then. What was kept of a call first stands.

        Raises:
            StorageError: it could not be kept, so nothing may be recorded.
        """
        if consent.tenant != self._tenant:
            raise ValueError(f"the consent of call {consent.call_id!r} is not {self._tenant!r}'s")
        async with self._database.write() as session:
            await insert_once(session, ConsentRow, consent.model_dump(mode="python"))

    async def of_call(self, call_id: str) -> ConsentRecord | None:
        """Returns what was answered on a call; None when nobody was asked."""
        row = ConsentRow
        query = select(row).where(row.tenant == self._tenant, row.call_id == call_id)
        async with self._database.read() as session:
            found = await session.scalar(query)
        return found and ConsentRecord.model_validate(found)

    async def latest(self, limit: int) -> Sequence[ConsentRecord]:
        """Returns the last `limit` consents, the latest first."""
        row = ConsentRow
        query = select(row).where(row.tenant == self._tenant)
        query = query.order_by(row.at.desc(), row.call_id).limit(limit)
        async with self._database.read() as session:
            return [ConsentRecord.model_validate(one) for one in await session.scalars(query)]
