"""What programs sign in with."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.admin.models import KeyRow
from receptionist.admin.permissions import Permission
from receptionist.admin.records import KeyRecord
from receptionist.admin.tokens import KeyParts, digest, is_secret, new_key, written

USED_EVERY = timedelta(minutes=1)
"""How exactly it is known when a key was used last: not every request has to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key, and as it is shown once."""

    record: KeyRecord
    shown: str


class KeyRepository:
    """The keys, in the transaction of `session`; it never commits."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self,
        name: str,
        scope: str,
        permissions: Collection[Permission],
        *,
        by: str,
        now: datetime,
        expires_at: datetime,
    ) -> NewKey:
        """Returns a new key."""
        key = new_key()
        row = KeyRow(
            id=key.id,
            secret_sha256=digest(key.secret),
            name=name,
            scope=scope,
            permissions=sorted(permissions),
            created_at=now,
            created_by=by,
            expires_at=expires_at,
        )
        self._session.add(row)
        await self._session.flush()
        return NewKey(record=KeyRecord.model_validate(row), shown=written(key))

    async def good(self, key: KeyParts, now: datetime) -> KeyRow | None:
        """Returns the key a program has shown; None when it is not one, or not any more."""
        row = await self._session.get(KeyRow, key.id)
        # Compared also where there is no such key, so that the answer takes as long.
        right = is_secret(key.secret, row.secret_sha256 if row else "")
        if row is None or not right or row.revoked_at is not None or row.expires_at <= now:
            return None
        return row

    async def touch(self, key_id: str, now: datetime) -> None:
        """Notes that a key is used."""
        await self._session.execute(update(KeyRow).where(KeyRow.id == key_id).values(used_at=now))

    async def all(self) -> Sequence[KeyRow]:
        """Returns every key, the latest first."""
        query = select(KeyRow).order_by(KeyRow.created_at.desc(), KeyRow.id)
        return (await self._session.scalars(query)).all()

    async def by_id(self, key_id: str) -> KeyRow | None:
        """Returns a key."""
        return await self._session.get(KeyRow, key_id)
