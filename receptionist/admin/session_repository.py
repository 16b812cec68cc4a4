"""The browsers people are signed in with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.admin.models import SessionRow
from receptionist.admin.tokens import digest, new_id, new_token

LONGEST = timedelta(hours=12)
IDLE = timedelta(minutes=30)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was used last: not every request has to write."""
_BROWSER_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody signs in from.

    Attributes:
        address: IP address.
        browser: As it names itself.
    """

    address: str
    browser: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session and its token, which nobody can read again."""

    id: str
    token: str


class SessionRepository:
    """The sessions, in the transaction of `session`; it never commits."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def start(self, account_id: str, place: Place, now: datetime) -> NewSession:
        """Returns a new session, and forgets those that are over."""
        await self._session.execute(delete(SessionRow).where(_over(now)))
        started = NewSession(id=new_id(), token=new_token())
        browser = "".join(sign if sign.isprintable() else " " for sign in place.browser)
        self._session.add(
            SessionRow(
                id=started.id,
                token_sha256=digest(started.token),
                account_id=account_id,
                created_at=now,
                seen_at=now,
                address=place.address,
                browser=browser[:_BROWSER_CHARACTERS],
            )
        )
        await self._session.flush()
        return started

    async def running(self, token: str, now: datetime) -> SessionRow | None:
        """Returns the session of a token; None when there is none, or it is over."""
        mine = (SessionRow.token_sha256 == digest(token), ~_over(now))
        return await self._session.scalar(select(SessionRow).where(*mine))

    async def touch(self, session_id: str, now: datetime) -> None:
        """Notes that a session is used."""
        mine = SessionRow.id == session_id
        await self._session.execute(update(SessionRow).where(mine).values(seen_at=now))

    async def of(self, account_id: str, now: datetime) -> Sequence[SessionRow]:
        """Returns the sessions of an account, the one used last first."""
        row = SessionRow
        query = select(row).where(row.account_id == account_id, ~_over(now))
        return (await self._session.scalars(query.order_by(row.seen_at.desc(), row.id))).all()

    async def end(self, account_id: str, session_id: str) -> bool:
        """Ends a session of an account; returns False when it has none of this id."""
        row = SessionRow
        mine = (row.account_id == account_id, row.id == session_id)
        found = await self._session.scalar(select(row).where(*mine))
        if found is None:
            return False
        await self._session.delete(found)
        await self._session.flush()
        return True

    async def end_all(self, account_id: str) -> int:
        """Ends the sessions of an account; returns how many there were."""
        return await self.end_others(account_id, "")

    async def end_others(self, account_id: str, session_id: str) -> int:
        """Ends the sessions of an account but one; returns how many there were."""
        mine = (SessionRow.account_id == account_id, SessionRow.id != session_id)
        count = len((await self._session.scalars(select(SessionRow.id).where(*mine))).all())
        await self._session.execute(delete(SessionRow).where(*mine))
        return count


def _over(now: datetime) -> ColumnElement[bool]:
    return or_(SessionRow.created_at <= now - LONGEST, SessionRow.seen_at <= now - IDLE)
