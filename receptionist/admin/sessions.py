"""The browsers somebody is signed in with: looked at and ended by himself."""

from collections.abc import Sequence

from receptionist.admin.audit_trail import AuditTrail
from receptionist.admin.context import AdminContext
from receptionist.admin.principals import Principal
from receptionist.admin.records import SessionRecord
from receptionist.admin.session_repository import SessionRepository
from receptionist.errors import NotFoundError


class Sessions:
    """The sessions of whoever asks.

    Args:
        context: What it is made of.
    """

    def __init__(self, context: AdminContext) -> None:
        self._context = context

    async def all(self, who: Principal) -> Sequence[SessionRecord]:
        """Returns them, the one used last first."""
        async with self._context.database.read() as session:
            rows = await SessionRepository(session).of(who.id, self._context.now())
            return [
                SessionRecord.model_validate(row).model_copy(
                    update={"current": row.id == who.session}
                )
                for row in rows
            ]

    async def end(self, who: Principal, session_id: str) -> None:
        """Ends one.

        Raises:
            NotFoundError: he has none of this id.
        """
        async with self._context.write() as session:
            if not await SessionRepository(session).end(who.id, session_id):
                raise NotFoundError(f"You have no session {session_id!r}.")
            trail = AuditTrail(session, self._context.now())
            await trail.note(who, "session:ended", {"session": session_id})

    async def end_all(self, who: Principal) -> None:
        """Signs him out everywhere."""
        async with self._context.write() as session:
            count = await SessionRepository(session).end_all(who.id)
            trail = AuditTrail(session, self._context.now())
            await trail.note(who, "session:ended", {"sessions": count})

    async def end_token(self, token: str) -> None:
        """Ends the session of a token, if there is one: another has taken its place."""
        async with self._context.write() as session:
            sessions = SessionRepository(session)
            if found := await sessions.running(token, self._context.now()):
                await sessions.end(found.account_id, found.id)
