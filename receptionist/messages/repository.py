"""Every query on messages; each sees the messages of one tenant only."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.messages.models import MessageRow
from receptionist.messages.records import MessageRecord


class MessageRepository:
    """The messages of one tenant, in the transaction of `session`; it never commits."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    def add(self, message: MessageRecord) -> None:
        """Adds `message`, which must be this tenant's."""
        if message.tenant != self._tenant:
            raise ValueError(f"Message {message.id!r} is of {message.tenant!r}")
        self._session.add(MessageRow(**message.model_dump()))

    async def latest(self, limit: int) -> Sequence[MessageRecord]:
        """Returns the last `limit` messages, the latest first."""
        latest = self._mine().order_by(MessageRow.created_at.desc(), MessageRow.id).limit(limit)
        return await self._records(latest)

    async def of_call(self, call_id: str) -> Sequence[MessageRecord]:
        """Returns the messages taken on a call, in order."""
        query = self._mine().where(MessageRow.call_id == call_id)
        return await self._records(query.order_by(MessageRow.created_at, MessageRow.id))

    def _mine(self) -> Select[MessageRow]:
        return select(MessageRow).where(MessageRow.tenant == self._tenant)

    async def _records(self, query: Select[MessageRow]) -> Sequence[MessageRecord]:
        return [MessageRecord.model_validate(row) for row in await self._session.scalars(query)]


async def tenants_with_messages(session: AsyncSession) -> Sequence[str]:
    """Returns the tenants messages are kept of, for whoever runs the machine."""
    found = await session.scalars(select(MessageRow.tenant).distinct().order_by(MessageRow.tenant))
    return found.all()
