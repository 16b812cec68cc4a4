"""What people and programs did here, in the chains that calls have too (docs/audit.md).

A row is written in the transaction of what it tells: neither is there without the other.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.admin.permissions import INSTALLATION
from receptionist.admin.principals import Principal
from receptionist.audit.records import AuditEntry, Kind
from receptionist.audit.repository import AuditRepository

Told = str | int | bool | list[str]


def chain_of(scope: str) -> str:
    """Returns the name of the chain of a scope; no tenant can have it."""
    return INSTALLATION if scope == INSTALLATION else f"@customer/{scope}"


class AuditTrail:
    """Writes in the transaction of `session`."""

    def __init__(self, session: AsyncSession, now: datetime) -> None:
        self._session = session
        self._now = now

    async def note(
        self,
        who: Principal,
        action: str,
        details: Mapping[str, Told] = MappingProxyType({}),
        scope: str = INSTALLATION,
    ) -> None:
        """Writes that somebody did something.

        Args:
            who: Did it.
            action: What, `thing:done`.
            details: What else there is to know; never a secret.
            scope: On which customer, or everywhere.
        """
        told = {"by": _named(who), **details}
        entry = AuditEntry(at=self._now, kind=Kind.ADMIN, action=action, details=told)
        await AuditRepository(self._session, chain_of(scope)).append([entry])

    async def note_look(self, who: Principal, tenant: str, call_id: str, what: str) -> None:
        """Writes, in the tenant's own chain, that somebody looked at what a caller said.

        Args:
            who: Looked.
            tenant: Whose caller.
            call_id: On which call.
            what: Was looked at, such as `transcript` or `recording`.
        """
        entry = AuditEntry(
            at=self._now,
            kind=Kind.LOOKED_AT,
            call_id=call_id,
            action=what,
            details={"by": _named(who)},
        )
        await AuditRepository(self._session, tenant).append([entry])


def _named(who: Principal) -> dict[str, str]:
    return {"kind": who.kind, "id": who.id, "name": who.name}
