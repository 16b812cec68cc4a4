"""Signs people in: a password, and a code where there is a second factor."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.admin.account_repository import AccountRepository
from receptionist.admin.audit_trail import AuditTrail
from receptionist.admin.context import AdminContext
from receptionist.admin.errors import WrongCredentialsError
from receptionist.admin.link_repository import LinkRepository, NewLink
from receptionist.admin.lockout import Lockout, account_subject, address_subject
from receptionist.admin.models import AccountRow
from receptionist.admin.principals import Principal
from receptionist.admin.records import Purpose
from receptionist.admin.second_factor import is_good_code
from receptionist.admin.session_repository import NewSession, Place, SessionRepository

WRONG = "E-mail address or password is wrong."
WRONG_CODE = "The code is wrong or used, or the password was typed too long ago."


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Somebody is signed in.

    Attributes:
        principal: Who.
        session: In which session.
    """

    principal: Principal
    session: NewSession


def person(account: AccountRow | None) -> Principal:
    """Returns somebody as the audit log names him, whatever he may do."""
    if account is None:
        # What was typed as an address is not kept: it may have been a password.
        return Principal(kind="user", id="", name="")
    return Principal(kind="user", id=account.id, name=account.email)


class SignIn:
    """Signs people in.

    Args:
        context: What it is made of.
    """

    def __init__(self, context: AdminContext) -> None:
        self._context = context

    async def with_password(self, email: str, password: str, place: Place) -> Started | NewLink:
        """Signs somebody in, or returns what has to come back with a code.

        Whether there is such an account is told neither by the answer nor by the time it takes.

        Raises:
            WrongCredentialsError: it is not right.
            TooOftenError: it was not right too often.
        """
        now = self._context.now()
        async with self._context.write() as session:
            subjects = (account_subject(email), address_subject(place.address))
            await Lockout(session).begin(subjects, now)
            account = await AccountRepository(session).by_email(email)
            kept = account.password_hash if account and account.disabled_at is None else None
        checked = await self._context.passwords.check(password, kept)
        renewed = await self._context.passwords.hash(password) if checked.stale else None
        async with self._context.write() as session:
            account = await AccountRepository(session).by_email(email)
            # Meanwhile the password may have been changed, or the account disabled.
            if checked.right and account is not None and _is_still(account, kept):
                account.password_hash = renewed or kept
                return await self._first_step(session, account, place, now)
            await self._refused(session, account, place, "password")
        raise WrongCredentialsError(WRONG)

    async def with_code(self, challenge: str, code: str, place: Place) -> Started:
        """Signs in somebody whose password was right.

        Args:
            challenge: What `with_password` has returned.
            code: Of the authenticator, or a recovery code.
            place: Where from.

        Raises:
            WrongCredentialsError: it is not right, or comes too late.
            TooOftenError: it was not right too often.
        """
        now = self._context.now()
        async with self._context.write() as session:
            links, accounts = LinkRepository(session), AccountRepository(session)
            link = await links.usable(challenge, {Purpose.SECOND_FACTOR}, now)
            account = await accounts.by_id(link.account_id) if link else None
            named = [account_subject(account.email)] if account else []
            await Lockout(session).begin([*named, address_subject(place.address)], now)
            if (
                link is not None
                and account is not None
                and account.disabled_at is None
                and await is_good_code(self._context.box, accounts, account, code, now)
            ):
                link.used_at = now
                return await self._start(session, account, place, now)
            await self._refused(session, account, place, "code")
        raise WrongCredentialsError(WRONG_CODE)

    async def check_again(self, user_id: str, password: str, place: Place) -> None:
        """Makes sure that whoever is signed in knows the password, before he changes secrets.

        Raises:
            WrongCredentialsError: he does not.
            TooOftenError: he did not too often.
        """
        now = self._context.now()
        async with self._context.write() as session:
            account = await AccountRepository(session).by_id(user_id)
            if account is None or account.disabled_at is not None:
                raise WrongCredentialsError(WRONG)
            subjects = (account_subject(account.email), address_subject(place.address))
            await Lockout(session).begin(subjects, now)
            kept = account.password_hash
        checked = await self._context.passwords.check(password, kept)
        async with self._context.write() as session:
            account = await AccountRepository(session).by_id(user_id)
            if checked.right and account is not None and _is_still(account, kept):
                for subject in subjects:
                    await Lockout(session).take_back(subject, now)
                return
            await self._refused(session, account, place, "password")
        raise WrongCredentialsError(WRONG)

    # --- inside -----------------------------------------------------------------------------

    async def _first_step(
        self, session: AsyncSession, account: AccountRow, place: Place, now: datetime
    ) -> Started | NewLink:
        if account.totp_since is None:
            return await self._start(session, account, place, now)
        # What failed before stays counted until the code was right as well.
        lockout = Lockout(session)
        await lockout.take_back(account_subject(account.email), now)
        await lockout.take_back(address_subject(place.address), now)
        return await LinkRepository(session).add(account.id, Purpose.SECOND_FACTOR, now)

    async def _start(
        self, session: AsyncSession, account: AccountRow, place: Place, now: datetime
    ) -> Started:
        lockout = Lockout(session)
        await lockout.forget(account_subject(account.email))
        await lockout.take_back(address_subject(place.address), now)
        await lockout.tidy(now)
        started = await SessionRepository(session).start(account.id, place, now)
        who = person(account)
        await AuditTrail(session, now).note(
            who, "session:started", {"session": started.id, "address": place.address}
        )
        return Started(principal=who, session=started)

    async def _refused(
        self, session: AsyncSession, account: AccountRow | None, place: Place, step: str
    ) -> None:
        trail = AuditTrail(session, self._context.now())
        await trail.note(
            person(account), "session:refused", {"address": place.address, "step": step}
        )


def _is_still(account: AccountRow, kept: str | None) -> bool:
    return account.password_hash == kept and account.disabled_at is None
