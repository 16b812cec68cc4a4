"""Every query on accounts and their roles."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.admin.models import AccountRow, MembershipRow, RecoveryCodeRow
from receptionist.admin.permissions import INSTALLATION, Role
from receptionist.admin.records import Grant
from receptionist.admin.tokens import new_id, recovery_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A role somebody has, or is invited to.

    Attributes:
        grant: Which, and where.
        invitation: The link that has to be redeemed before the role gives anything; None when it
            does.
    """

    grant: Grant
    invitation: str | None


class AccountRepository:
    """The accounts, in the transaction of `session`; it never commits.

    Whoever changes them has a transaction in which nobody else does; see AdminContext.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_email(self, email: str) -> AccountRow | None:
        """Returns the account of an address."""
        return await self._session.scalar(select(AccountRow).where(AccountRow.email == email))

    async def by_id(self, account_id: str) -> AccountRow | None:
        """Returns an account."""
        return await self._session.get(AccountRow, account_id)

    async def all(self) -> Sequence[AccountRow]:
        """Returns every account, by address."""
        return (await self._session.scalars(select(AccountRow).order_by(AccountRow.email))).all()

    async def add(self, email: str, name: str, now: datetime) -> AccountRow:
        """Returns a new account, with which nobody can sign in yet."""
        row = AccountRow(id=new_id(), email=email, name=name, totp_step=0, created_at=now)
        self._session.add(row)
        await self._session.flush()
        return row

    # --- roles ------------------------------------------------------------------------------

    async def memberships(self, account_id: str) -> Sequence[Membership]:
        """Returns the roles of an account, also those it is only invited to."""
        return (await self.memberships_of([account_id])).get(account_id, [])

    async def memberships_of(
        self, account_ids: Collection[str] | None = None
    ) -> dict[str, list[Membership]]:
        """Returns the roles of these accounts, or of all."""
        row = MembershipRow
        query = select(row).order_by(row.scope, row.role)
        if account_ids is not None:
            query = query.where(row.account_id.in_(account_ids))
        found: dict[str, list[Membership]] = {}
        for one in await self._session.scalars(query):
            grant = Grant(role=Role(one.role), scope=one.scope)
            membership = Membership(grant=grant, invitation=one.invitation)
            found.setdefault(one.account_id, []).append(membership)
        return found

    async def grants(self, account_id: str) -> tuple[Grant, ...]:
        """Returns the roles an account has."""
        found = await self.memberships(account_id)
        return tuple(one.grant for one in found if one.invitation is None)

    async def add_role(
        self, account_id: str, grant: Grant, now: datetime, invitation: str | None
    ) -> None:
        """Gives a role, or invites to it; one that is there stays, an invitation is renewed."""
        key = (account_id, grant.scope, grant.role.value)
        row = await self._session.get(MembershipRow, key)
        if row is None:
            row = MembershipRow(
                account_id=account_id,
                scope=grant.scope,
                role=grant.role.value,
                since=now,
                invitation=invitation,
            )
            self._session.add(row)
        elif row.invitation is not None:
            row.invitation = invitation
        await self._session.flush()

    async def take_role(self, account_id: str, grant: Grant) -> None:
        """Takes a role, or the invitation to it, away."""
        row = MembershipRow
        mine = (row.account_id == account_id, row.scope == grant.scope, row.role == grant.role)
        await self._session.execute(delete(row).where(*mine))

    async def take_up(self, invitation: str, now: datetime) -> None:
        """Lets the roles of an invitation count."""
        row = MembershipRow
        taken = update(row).where(row.invitation == invitation).values(invitation=None, since=now)
        await self._session.execute(taken)

    async def other_owners(self, account_id: str) -> int:
        """Returns how many others own the installation and can sign in."""
        row, account = MembershipRow, AccountRow
        query = (
            select(func.count())
            .select_from(row)
            .join(account, account.id == row.account_id)
            .where(
                row.scope == INSTALLATION,
                row.role == Role.OWNER,
                row.invitation.is_(None),
                account.disabled_at.is_(None),
                account.password_hash.is_not(None),
                account.id != account_id,
            )
        )
        return await self._session.scalar(query) or 0

    # --- recovery codes ---------------------------------------------------------------------

    async def set_recovery_codes(self, account_id: str, codes: Collection[str]) -> None:
        """Puts `codes` in the place of those there were."""
        mine = RecoveryCodeRow.account_id == account_id
        await self._session.execute(delete(RecoveryCodeRow).where(mine))
        for code in codes:
            kept = recovery_digest(account_id, code)
            self._session.add(RecoveryCodeRow(account_id=account_id, code_sha256=kept))
        await self._session.flush()

    async def use_recovery_code(self, account_id: str, code: str) -> bool:
        """Uses a code up; returns False when it is none, or was used before."""
        key = (account_id, recovery_digest(account_id, code))
        row = await self._session.get(RecoveryCodeRow, key)
        if row is None:
            return False
        await self._session.delete(row)
        await self._session.flush()
        return True

    async def recovery_codes_left(self, account_id: str) -> int:
        """Returns how many codes are not used yet."""
        mine = RecoveryCodeRow.account_id == account_id
        query = select(func.count()).select_from(RecoveryCodeRow).where(mine)
        return await self._session.scalar(query) or 0
