"""Links that work once and for a while."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.admin.models import LinkRow
from receptionist.admin.records import Purpose
from receptionist.admin.tokens import digest, new_id, new_token

LINK_LASTS = timedelta(hours=1)
CODE_LASTS = timedelta(minutes=5)
"""From the password to the code."""
_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link and its token, which nobody can read again.

    Attributes:
        id: Of the link.
        token: What is handed out.
        expires_at: When it stops to work.
    """

    id: str
    token: str
    expires_at: datetime


class LinkRepository:
    """The links, in the transaction of `session`; it never commits."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, account_id: str, purpose: Purpose, now: datetime) -> NewLink:
        """Returns a new link.

        Earlier ones for the same do not work any more, but for invitations: two customers may
        invite the same person.
        """
        if purpose is not Purpose.INVITATION:
            await self.end(account_id, {purpose}, now)
        token = new_token()
        lasts = CODE_LASTS if purpose is Purpose.SECOND_FACTOR else LINK_LASTS
        row = LinkRow(
            id=new_id(),
            token_sha256=digest(token),
            account_id=account_id,
            purpose=purpose.value,
            created_at=now,
            expires_at=now + lasts,
        )
        self._session.add(row)
        await self._session.execute(delete(LinkRow).where(LinkRow.expires_at < now - _KEPT))
        await self._session.flush()
        return NewLink(id=row.id, token=token, expires_at=row.expires_at)

    async def usable(self, token: str, purposes: set[Purpose], now: datetime) -> LinkRow | None:
        """Returns the link of a token; None when it does not work."""
        row = LinkRow
        query = select(row).where(
            row.token_sha256 == digest(token),
            row.purpose.in_([purpose.value for purpose in purposes]),
            row.used_at.is_(None),
            row.expires_at > now,
        )
        return await self._session.scalar(query)

    async def end(self, account_id: str, purposes: Collection[Purpose], now: datetime) -> None:
        """Ends the links of an account for these purposes."""
        row, wanted = LinkRow, [purpose.value for purpose in purposes]
        mine = (row.account_id == account_id, row.purpose.in_(wanted), row.used_at.is_(None))
        await self._session.execute(update(row).where(*mine).values(used_at=now))

    async def end_these(self, ids: Collection[str], now: datetime) -> None:
        """Ends links by their ids."""
        row = LinkRow
        unused = (row.id.in_(ids), row.used_at.is_(None))
        await self._session.execute(update(row).where(*unused).values(used_at=now))
