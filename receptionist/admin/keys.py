"""Keys of programs: made, listed and revoked."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from receptionist.admin.audit_trail import AuditTrail
from receptionist.admin.authority import check_scopes
from receptionist.admin.context import AdminContext
from receptionist.admin.errors import ForbiddenError, UnusableError
from receptionist.admin.key_repository import KeyRepository, NewKey
from receptionist.admin.permissions import (
    INSTALLATION,
    INSTALLATION_ONLY,
    PEOPLE_ONLY,
    Permission,
)
from receptionist.admin.principals import Principal
from receptionist.admin.records import KeyRecord
from receptionist.errors import NotFoundError

LONGEST_DAYS = 730
"""A key that is never looked at again ends by itself."""


class Keys:
    """Manages keys, for whoever may.

    Args:
        context: What it is made of.
    """

    def __init__(self, context: AdminContext) -> None:
        self._context = context

    async def all(self, who: Principal) -> Sequence[KeyRecord]:
        """Returns the keys `who` may see, the latest first."""
        async with self._context.database.read() as session:
            rows = await KeyRepository(session).all()
            return [
                KeyRecord.model_validate(row)
                for row in rows
                if who.may(Permission.KEY_READ, row.scope)
            ]

    async def make(
        self, who: Principal, name: str, scope: str, permissions: Collection[Permission], days: int
    ) -> NewKey:
        """Makes a key.

        Args:
            who: Asks.
            name: What it is for.
            scope: Where it works.
            permissions: What for.
            days: How long.

        Raises:
            NotFoundError: there is no such customer.
            ForbiddenError: `who` may not do all this himself.
            UnusableError: no key may have one of the permissions.
        """
        await check_scopes(who, [scope], self._context.customers)
        if not who.may(Permission.KEY_MANAGE, scope):
            raise ForbiddenError(f"You may not make keys on {scope!r}.")
        never = PEOPLE_ONLY if scope == INSTALLATION else PEOPLE_ONLY | INSTALLATION_ONLY
        if refused := sorted(never & set(permissions)):
            raise UnusableError(f"No key may have {', '.join(refused)} there.")
        if beyond := sorted(set(permissions) - who.permissions(scope)):
            raise ForbiddenError(f"You may not do this yourself: {', '.join(beyond)}.")
        now = self._context.now()
        async with self._context.write() as session:
            made = await KeyRepository(session).add(
                name,
                scope,
                permissions,
                by=who.name,
                now=now,
                expires_at=now + timedelta(days=days),
            )
            told = {
                "key": made.record.id,
                "name": name,
                "permissions": [str(one) for one in made.record.permissions],
            }
            await AuditTrail(session, now).note(who, "key:made", told, scope)
        return made

    async def revoke(self, who: Principal, key_id: str) -> KeyRecord:
        """Ends a key.

        Raises:
            NotFoundError: there is none of this id that `who` may see.
            ForbiddenError: he may not end it.
        """
        now = self._context.now()
        async with self._context.write() as session:
            row = await KeyRepository(session).by_id(key_id)
            if row is None or not who.may(Permission.KEY_READ, row.scope):
                raise NotFoundError(f"There is no key {key_id!r}.")
            if not who.may(Permission.KEY_MANAGE, row.scope):
                raise ForbiddenError(f"You may not end keys on {row.scope!r}.")
            if row.revoked_at is None:
                row.revoked_at = now
                told = {"key": row.id, "name": row.name}
                await AuditTrail(session, now).note(who, "key:revoked", told, row.scope)
            return KeyRecord.model_validate(row)
