"""Every query on messages; each sees the messages of one tenant only."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from receptionist.database import Database, put
from receptionist.messages.models import MessageRow
from receptionist.messages.records import MessageRecord


class MessageRepository:
    """The messages of one tenant. Each method is a transaction of its own.

    A message does not wait in the queue of call events: the caller is told that it was noted, so it
    is noted first.
    """

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def save(self, message: MessageRecord) -> str:
        """Keeps `message` and returns its id; it is on the disk then.

        Saving an id again replaces what was kept: a tool that was told of an error cannot know
        whether the first attempt came through after all.

        Raises:
            StorageError: it could not be kept, so the caller must not be told that it was.
        """
        if message.tenant != self._tenant:
            raise ValueError(f"message {message.id!r} is of tenant {message.tenant!r}")
        async with self._database.write() as session:
            await put(session, MessageRow, message.model_dump())
        return message.id

    async def latest(self, limit: int) -> Sequence[MessageRecord]:
        """Returns the last `limit` messages, the latest first."""
        query = self._mine().order_by(MessageRow.created_at.desc(), MessageRow.id)
        return await self._records(query.limit(limit))

    async def of_call(self, call_id: str) -> Sequence[MessageRecord]:
        """Returns the messages taken on a call, in order."""
        query = self._mine().where(MessageRow.call_id == call_id)
        return await self._records(query.order_by(MessageRow.created_at, MessageRow.id))

    def _mine(self) -> Select[MessageRow]:
        return select(MessageRow).where(MessageRow.tenant == self._tenant)

    async def _records(self, query: Select[MessageRow]) -> Sequence[MessageRecord]:
        async with self._database.read() as session:
            rows = await session.scalars(query)
            return [MessageRecord.model_validate(row) for row in rows]


async def tenants_with_messages(database: Database) -> Sequence[str]:
    """Returns the tenants messages are kept of, for whoever runs the machine."""
    async with database.read() as session:
        tenants = select(MessageRow.tenant).distinct().order_by(MessageRow.tenant)
        return (await session.scalars(tenants)).all()
