"""Passwords as they are set: with a link, or by whoever knows the one before."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.admin.account_repository import AccountRepository
from receptionist.admin.audit_trail import AuditTrail
from receptionist.admin.context import AdminContext
from receptionist.admin.errors import LinkError, WrongCredentialsError
from receptionist.admin.link_repository import LinkRepository
from receptionist.admin.lockout import Lockout, account_subject, address_subject
from receptionist.admin.models import AccountRow, LinkRow
from receptionist.admin.password_rules import check_password
from receptionist.admin.permissions import INSTALLATION
from receptionist.admin.principals import Principal
from receptionist.admin.records import Purpose
from receptionist.admin.session_repository import NewSession, Place, SessionRepository
from receptionist.admin.sign_in import SignIn, person

_REDEEMED = {Purpose.INVITATION, Purpose.RESET}
UNUSABLE = "This link was used, is too old or never was one; ask for another."
NOT_YOURS = "You have an account here: give its password."


@dataclass(slots=True, kw_only=True)
class _Redeemed:
    """A link in a transaction, and whose it is."""

    link: LinkRow
    account: AccountRow

    @property
    def has_account(self) -> bool:
        """True when the person is invited once more: his password stays as it is."""
        invited = self.link.purpose == Purpose.INVITATION
        return invited and self.account.password_hash is not None


class Credentials:
    """Sets passwords.

    Args:
        context: What it is made of.
    """

    def __init__(self, context: AdminContext) -> None:
        self._context = context
        self._sign_in = SignIn(context)

    async def redeem(self, token: str, password: str, place: Place) -> Principal:
        """Uses a link up: sets the password, and lets the roles count that somebody is invited to.

        Whoever has an account already shows its password instead.

        Args:
            token: Of the link.
            password: To set, or to show.
            place: Where from.

        Returns:
            Whose link it was; he is not signed in.

        Raises:
            LinkError: the link does not work.
            WeakPasswordError: the password would be guessed; the link still works.
            WrongCredentialsError: it is not the password of the account; the link still works.
            TooOftenError: it was not too often.
        """
        now = self._context.now()
        async with self._context.write() as session:
            found = await _usable(session, token, now)
            about = await self._about(session, found.account)
            if shown := found.has_account:
                subjects = (account_subject(found.account.email), address_subject(place.address))
                await Lockout(session).begin(subjects, now)
            kept = found.account.password_hash
        plain = check_password(password, about)
        right, fresh = True, None
        if shown:
            right = (await self._context.passwords.check(plain, kept)).right
        else:
            fresh = await self._context.passwords.hash(plain)
        async with self._context.write() as session:
            found = await _usable(session, token, now)
            if right and found.account.password_hash == kept:
                return await self._take_up(session, found, fresh, place, now)
            trail, told = AuditTrail(session, now), {"address": place.address, "step": "link"}
            await trail.note(person(found.account), "session:refused", told)
        raise WrongCredentialsError(NOT_YOURS)

    async def change(self, who: Principal, current: str, new: str, place: Place) -> NewSession:
        """Changes the password of whoever is signed in, and signs him out everywhere.

        Returns:
            The session he goes on with.

        Raises:
            WrongCredentialsError: `current` is not his password.
            TooOftenError: it was not too often.
            WeakPasswordError: `new` would be guessed.
        """
        await self._sign_in.check_again(who.id, current, place)
        fresh = await self._hashed(who.id, new)
        now = self._context.now()
        async with self._context.write() as session:
            await _set(session, who.id, fresh, now)
            await AuditTrail(session, now).note(who, "password:changed")
            return await SessionRepository(session).start(who.id, place, now)

    async def set_by_machine(self, who: Principal, user_id: str, password: str) -> None:
        """Sets a password for whoever has the machine; the invitations of the account count.

        Raises:
            WeakPasswordError: it would be guessed.
            LinkError: there is no such account.
        """
        fresh = await self._hashed(user_id, password)
        now = self._context.now()
        async with self._context.write() as session:
            accounts = AccountRepository(session)
            for membership in await accounts.memberships(user_id):
                if membership.invitation is not None:
                    await accounts.take_up(membership.invitation, now)
            await _set(session, user_id, fresh, now)
            await AuditTrail(session, now).note(who, "password:set", {"user": user_id})

    async def _hashed(self, user_id: str, password: str) -> str:
        """Returns the hash of somebody's new password."""
        async with self._context.database.read() as session:
            account = await AccountRepository(session).by_id(user_id)
            if account is None:
                raise LinkError(UNUSABLE)
            about = await self._about(session, account)
        return await self._context.passwords.hash(check_password(password, about))

    async def _take_up(
        self,
        session: AsyncSession,
        found: _Redeemed,
        fresh: str | None,
        place: Place,
        now: datetime,
    ) -> Principal:
        account, link = found.account, found.link
        lockout, who = Lockout(session), person(account)
        if fresh is None:
            await lockout.take_back(account_subject(account.email), now)
            await lockout.take_back(address_subject(place.address), now)
        else:
            await _set(session, account.id, fresh, now)
            await lockout.forget(account_subject(account.email))
        link.used_at = now
        await AccountRepository(session).take_up(link.id, now)
        told = {"purpose": link.purpose, "address": place.address}
        await AuditTrail(session, now).note(who, "link:redeemed", told)
        return who

    async def _about(self, session: AsyncSession, account: AccountRow) -> list[str]:
        """Returns what others know of somebody, and would try."""
        scopes = {one.scope for one in await AccountRepository(session).grants(account.id)}
        named = [await self._context.customers.name(one) for one in scopes - {INSTALLATION}]
        return [account.name, account.email, *scopes, *(name for name in named if name)]


async def _set(session: AsyncSession, user_id: str, fresh: str, now: datetime) -> None:
    """Sets a password; whoever is signed in with the one before is not any more."""
    account = await AccountRepository(session).by_id(user_id)
    if account is None:
        raise LinkError(UNUSABLE)
    account.password_hash = fresh
    await SessionRepository(session).end_all(user_id)
    await LinkRepository(session).end(user_id, {Purpose.RESET, Purpose.SECOND_FACTOR}, now)


async def _usable(session: AsyncSession, token: str, now: datetime) -> _Redeemed:
    link = await LinkRepository(session).usable(token, _REDEEMED, now)
    account = await AccountRepository(session).by_id(link.account_id) if link else None
    if link is None or account is None or account.disabled_at is not None:
        raise LinkError(UNUSABLE)
    return _Redeemed(link=link, account=account)
