"""People who may sign in: who they are, what they may do, and who is let in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.admin.account_repository import AccountRepository, Membership
from receptionist.admin.audit_trail import AuditTrail, Told
from receptionist.admin.authority import check_grants, check_reach, check_scopes, record_of
from receptionist.admin.context import AdminContext
from receptionist.admin.errors import ChangedMeanwhileError, ConflictError
from receptionist.admin.link_repository import LinkRepository, NewLink
from receptionist.admin.models import AccountRow
from receptionist.admin.permissions import INSTALLATION, Role
from receptionist.admin.principals import Principal
from receptionist.admin.records import Grant, Purpose, UserRecord
from receptionist.admin.second_factor import without_second_factor
from receptionist.admin.session_repository import SessionRepository
from receptionist.errors import NotFoundError

NO_LINK = "none"
"""Stands for the link of a role that has to be invited to once more before it counts."""
_OWNER = Grant(role=Role.OWNER, scope=INSTALLATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Somebody who has been invited, and the link to hand to him."""

    user: UserRecord
    link: NewLink


@dataclass(slots=True, kw_only=True)
class _Found:
    """A person in a transaction, and what may be seen of him."""

    account: AccountRow
    memberships: Sequence[Membership]
    seen: UserRecord


class Users:
    """Manages people, for whoever may.

    Args:
        context: What it is made of.
    """

    def __init__(self, context: AdminContext) -> None:
        self._context = context

    async def all(self, who: Principal) -> Sequence[UserRecord]:
        """Returns everybody `who` may see, by address."""
        async with self._context.database.read() as session:
            accounts = AccountRepository(session)
            memberships = await accounts.memberships_of()
            found = [
                record_of(account, memberships.get(account.id, []), who)
                for account in await accounts.all()
            ]
        return [user for user in found if user is not None]

    async def one(self, who: Principal, user_id: str) -> UserRecord:
        """Returns somebody.

        Raises:
            NotFoundError: there is nobody of this id whom `who` may see.
        """
        async with self._context.database.read() as session:
            return (await _find(session, who, user_id)).seen

    async def invite(
        self, who: Principal, email: str, name: str, grants: Collection[Grant]
    ) -> Invited:
        """Invites somebody; the roles count once he has redeemed the link.

        The answer does not tell whether he has an account already.

        Raises:
            NotFoundError: a customer does not exist.
            ForbiddenError: `who` may not give one of the roles.
            ConflictError: he is here already.
        """
        await check_scopes(who, (grant.scope for grant in grants), self._context.customers)
        check_grants(who, grants)
        now = self._context.now()
        async with self._context.write() as session:
            accounts, links = AccountRepository(session), LinkRepository(session)
            account = await accounts.by_email(email) or await accounts.add(email, name, now)
            before = await accounts.memberships(account.id)
            if (known := record_of(account, before, who)) and known.state != "invited":
                raise ConflictError(f"{email} is here already; change the roles.")
            await links.end_these(_replaced(before, grants), now)
            link = await links.add(account.id, Purpose.INVITATION, now)
            for grant in grants:
                await accounts.add_role(account.id, grant, now, link.id)
            await _note(session, now, who, "user:invited", account, grants)
            found = await _find(session, who, account.id)
        return Invited(user=found.seen, link=link)

    async def set_roles(
        self, who: Principal, user_id: str, grants: Collection[Grant], etag: str | None
    ) -> UserRecord:
        """Gives somebody these roles, and takes those that `who` may see and are not among them.

        Raises:
            NotFoundError: there is nobody of this id, or no such customer.
            ForbiddenError: `who` may not give or take one of the roles.
            ChangedMeanwhileError: he is not any more what `etag` was made of.
            ConflictError: nobody would own the installation.
        """
        await check_scopes(who, (grant.scope for grant in grants), self._context.customers)
        now = self._context.now()
        async with self._context.write() as session:
            found = await _find(session, who, user_id, etag)
            before, wanted = set(found.seen.roles), set(grants)
            check_grants(who, before ^ wanted)
            await _give(session, found, wanted - before, now)
            accounts = AccountRepository(session)
            for grant in before - wanted:
                await accounts.take_role(user_id, grant)
            # The row locks the chain: two owners cannot remove each other at once.
            taken = [_written(grant) for grant in _sorted(before - wanted)]
            await _note(
                session, now, who, "user:roles_set", found.account, wanted - before, taken=taken
            )
            if _OWNER in before - wanted:
                await _check_owner_left(accounts, user_id)
            # Whoever takes the last role he can see does not see the person any more.
            left = await accounts.memberships(user_id)
            return record_of(found.account, left, who) or found.seen.model_copy(
                update={"roles": ()}
            )

    async def set_disabled(
        self, who: Principal, user_id: str, disabled: bool, etag: str | None
    ) -> UserRecord:
        """Lets somebody sign in no longer, or again; his sessions and links end.

        Raises:
            NotFoundError: there is nobody of this id.
            ForbiddenError: he may do more than `who`.
            ChangedMeanwhileError: he is not any more what `etag` was made of.
            ConflictError: nobody would own the installation.
        """
        now = self._context.now()
        async with self._context.write() as session:
            found = await _find(session, who, user_id, etag)
            check_reach(who, found.memberships)
            found.account.disabled_at = now if disabled else None
            await SessionRepository(session).end_all(user_id)
            await LinkRepository(session).end(user_id, Purpose, now)
            action = "user:disabled" if disabled else "user:enabled"
            await _note(session, now, who, action, found.account)
            if disabled and _OWNER in {one.grant for one in found.memberships}:
                await _check_owner_left(AccountRepository(session), user_id)
            await session.flush()
            return (await _find(session, who, user_id)).seen

    async def reset(self, who: Principal, user_id: str, *, second_factor: bool) -> NewLink:
        """Returns a link with which somebody sets a new password.

        Args:
            who: Asks.
            user_id: For whom.
            second_factor: Take the second factor away as well.

        Raises:
            NotFoundError: there is nobody of this id.
            ForbiddenError: he may do more than `who`, who could sign in as him.
            ConflictError: he is disabled, or has not taken up his invitation.
        """
        now = self._context.now()
        async with self._context.write() as session:
            found = await _find(session, who, user_id)
            check_reach(who, found.memberships)
            if found.seen.state != "active":
                raise ConflictError(f"{found.seen.email} is {found.seen.state}.")
            if second_factor:
                await without_second_factor(AccountRepository(session), found.account)
            await _note(session, now, who, "user:reset", found.account, second_factor=second_factor)
            return await LinkRepository(session).add(user_id, Purpose.RESET, now)

    async def end_sessions(self, who: Principal, user_id: str) -> int:
        """Signs somebody out everywhere; returns where he was signed in.

        Raises:
            NotFoundError: there is nobody of this id.
            ForbiddenError: he may do more than `who`.
        """
        now = self._context.now()
        async with self._context.write() as session:
            found = await _find(session, who, user_id)
            check_reach(who, found.memberships)
            count = await SessionRepository(session).end_all(user_id)
            await _note(session, now, who, "session:ended", found.account, sessions=count)
            return count


async def _find(
    session: AsyncSession, who: Principal, user_id: str, etag: str | None = None
) -> _Found:
    accounts = AccountRepository(session)
    account = await accounts.by_id(user_id)
    memberships = await accounts.memberships(user_id)
    seen = record_of(account, memberships, who) if account else None
    if account is None or seen is None:
        raise NotFoundError(f"There is no user {user_id!r}.")
    if etag is not None and etag != seen.etag:
        raise ChangedMeanwhileError(f"{seen.email} was changed meanwhile; look again.")
    return _Found(account=account, memberships=memberships, seen=seen)


async def _give(
    session: AsyncSession, found: _Found, grants: Collection[Grant], now: datetime
) -> None:
    """Gives roles; to somebody who has not taken up an invitation yet, with that.

    Whoever takes up another one sets the password of the account: what was given without a link
    must not be his.
    """
    seen = set(found.seen.roles)
    waiting = [one.invitation for one in found.memberships if one.grant in seen and one.invitation]
    invitation = (*waiting, NO_LINK)[0] if found.seen.state == "invited" else None
    for grant in grants:
        await AccountRepository(session).add_role(found.account.id, grant, now, invitation)


async def _check_owner_left(accounts: AccountRepository, user_id: str) -> None:
    if not await accounts.other_owners(user_id):
        raise ConflictError("Nobody would own the installation; make somebody else owner first.")


async def _note(
    session: AsyncSession,
    now: datetime,
    who: Principal,
    action: str,
    account: AccountRow,
    grants: Collection[Grant] = (),
    **details: Told,
) -> None:
    """Notes a change in the chain of the installation: an account belongs to no customer."""
    told: dict[str, Told] = {"user": account.id, "email": account.email, **details}
    if grants:
        told["given"] = [_written(grant) for grant in _sorted(grants)]
    await AuditTrail(session, now).note(who, action, told)


def _replaced(memberships: Collection[Membership], grants: Collection[Grant]) -> set[str]:
    """Returns the links that stand for nothing any more when `grants` get another."""
    waiting = [one for one in memberships if one.invitation is not None]
    kept = {one.invitation for one in waiting if one.grant not in grants}
    return {one.invitation for one in waiting if one.invitation} - kept


def _sorted(grants: Collection[Grant]) -> list[Grant]:
    return sorted(grants, key=_written)


def _written(grant: Grant) -> str:
    return f"{grant.role.value}@{grant.scope.removeprefix('@')}"
