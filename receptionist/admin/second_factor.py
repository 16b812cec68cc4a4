"""The second factor: a code of an authenticator (TOTP), or a recovery code."""

from dataclasses import dataclass
from datetime import datetime

from receptionist.admin.account_repository import AccountRepository
from receptionist.admin.audit_trail import AuditTrail
from receptionist.admin.context import AdminContext
from receptionist.admin.errors import ConflictError, WrongCredentialsError
from receptionist.admin.models import AccountRow
from receptionist.admin.principals import Principal
from receptionist.admin.secret_box import SecretBox
from receptionist.admin.session_repository import SessionRepository
from receptionist.admin.tokens import new_recovery_codes
from receptionist.admin.totp import DIGITS, address_of, matching_step, new_secret, shown

WRONG_CODE = "The code is wrong or was used before; wait for the next one."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """What an authenticator has to know.

    Attributes:
        secret: To be typed.
        address: To be read from a QR code.
    """

    secret: str
    address: str


async def is_good_code(
    box: SecretBox, accounts: AccountRepository, account: AccountRow, code: str, now: datetime
) -> bool:
    """Takes a code of the authenticator or a recovery code; neither is taken twice."""
    if account.totp_secret is None or account.totp_since is None:
        return False
    bare = "".join(code.split())
    if len(bare) != DIGITS:
        return await accounts.use_recovery_code(account.id, bare)
    return _takes(box, account, bare, now)


def _takes(box: SecretBox, account: AccountRow, code: str, now: datetime) -> bool:
    secret = box.open(account.totp_secret or "", account.id)
    step = matching_step(secret, code, now, account.totp_step)
    if step is None:
        return False
    account.totp_step = step
    return True


class SecondFactor:
    """Sets up the second factor of whoever is signed in; he has shown his password again.

    Args:
        context: What it is made of.
    """

    def __init__(self, context: AdminContext) -> None:
        self._context = context

    async def prepare(self, who: Principal) -> NewSecret:
        """Returns a secret; it counts once a code of it has come back.

        Raises:
            ConflictError: there is a second factor already.
        """
        async with self._context.write() as session:
            account = await _own(AccountRepository(session), who)
            if account.totp_since is not None:
                raise ConflictError("There is a second factor already; remove it first.")
            secret = new_secret()
            account.totp_secret = self._context.box.close(secret, account.id)
            return NewSecret(secret=shown(secret), address=address_of(secret, account.email))

    async def confirm(self, who: Principal, code: str) -> tuple[str, ...]:
        """Makes the second factor count, and returns the recovery codes.

        Other sessions end: they were begun without it.

        Raises:
            ConflictError: none was prepared, or it counts already.
            WrongCredentialsError: the code is wrong.
        """
        now = self._context.now()
        async with self._context.write() as session:
            accounts = AccountRepository(session)
            account = await _own(accounts, who)
            if account.totp_secret is None or account.totp_since is not None:
                raise ConflictError("No second factor waits for a code.")
            if not _takes(self._context.box, account, code, now):
                raise WrongCredentialsError(WRONG_CODE)
            account.totp_since = now
            codes = new_recovery_codes()
            await accounts.set_recovery_codes(account.id, codes)
            await SessionRepository(session).end_others(account.id, who.session)
            await AuditTrail(session, now).note(who, "second_factor:added")
        return codes

    async def renew_recovery_codes(self, who: Principal) -> tuple[str, ...]:
        """Returns new recovery codes; those before do not work any more.

        Raises:
            ConflictError: there is no second factor.
        """
        now = self._context.now()
        async with self._context.write() as session:
            accounts = AccountRepository(session)
            account = await _own(accounts, who)
            if account.totp_since is None:
                raise ConflictError("There is no second factor.")
            codes = new_recovery_codes()
            await accounts.set_recovery_codes(account.id, codes)
            await AuditTrail(session, now).note(who, "second_factor:codes_renewed")
        return codes

    async def remove(self, who: Principal) -> None:
        """Takes the second factor away.

        Raises:
            ConflictError: there is none.
        """
        now = self._context.now()
        async with self._context.write() as session:
            accounts = AccountRepository(session)
            account = await _own(accounts, who)
            if account.totp_since is None:
                raise ConflictError("There is no second factor.")
            await without_second_factor(accounts, account)
            await AuditTrail(session, now).note(who, "second_factor:removed")


async def without_second_factor(accounts: AccountRepository, account: AccountRow) -> None:
    """Takes secret and recovery codes from an account.

    The step of the code taken last stays: it costs nothing and no code works twice.
    """
    account.totp_secret = account.totp_since = None
    await accounts.set_recovery_codes(account.id, ())


async def _own(accounts: AccountRepository, who: Principal) -> AccountRow:
    account = await accounts.by_id(who.id)
    if account is None:
        raise WrongCredentialsError("This account does not exist any more.")
    return account
