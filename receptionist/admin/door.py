"""The door every request below /api/v1 goes through: who asks, and is it really he."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import urlsplit

from fastapi import Request
from loguru import logger
from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.admin.account_repository import AccountRepository
from receptionist.admin.context import AdminContext
from receptionist.admin.cookies import session_token
from receptionist.admin.errors import CsrfError, NotSignedInError
from receptionist.admin.key_repository import USED_EVERY, KeyRepository
from receptionist.admin.lockout import address_subject
from receptionist.admin.models import KeyRow
from receptionist.admin.permissions import Permission
from receptionist.admin.principals import Principal, permissions_of
from receptionist.admin.rate_limits import KNOWN, STRANGERS, RateLimits
from receptionist.admin.session_repository import SEEN_EVERY, Place, SessionRepository
from receptionist.admin.tokens import is_csrf, read_key
from receptionist.errors import StorageError

Touch = Callable[[AsyncSession], Awaitable[None]]

CSRF_HEADER = "X-CSRF-Token"
_SAFE = {"GET", "HEAD", "OPTIONS"}
_NOBODY = "Nobody is signed in, or not any more."
_NO_KEY = "This key is none, has ended, or was revoked."


class Door:
    """Finds out who asks.

    Args:
        context: Knows sessions and keys.
        now_s: Reads a clock that never goes back, for rate limits.
        public_url: Where this server is reached, besides the name in the request.
    """

    def __init__(self, context: AdminContext, now_s: Callable[[], float], public_url: str) -> None:
        self.context = context
        self._limits = RateLimits(now_s)
        self._own = urlsplit(public_url).netloc

    def stranger(self, request: Request) -> None:
        """Lets somebody ask who need not be known.

        Raises:
            TooOftenError: he asks too often.
            CsrfError: a page of another site asks.
        """
        self._limits.take(address_subject(place_of(request).address).name, STRANGERS)
        self._check_origin(request)

    async def known(self, request: Request) -> Principal:
        """Returns who asks.

        Raises:
            NotSignedInError: nobody is known.
            CsrfError: a change is not asked for by a page of the session.
            TooOftenError: he asks too often.
        """
        try:
            who = await self._known(request)
        except NotSignedInError:
            # Somebody who tries keys or sessions out is a stranger.
            self._limits.take(address_subject(place_of(request).address).name, STRANGERS)
            raise
        self._limits.take(f"{who.kind} {who.id}", KNOWN)
        return who

    async def _known(self, request: Request) -> Principal:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        # A proxy in front may have a scheme of its own.
        if scheme.lower() == "bearer":
            return await self._program(credentials.strip())
        if not (token := session_token(request)):
            raise NotSignedInError(_NOBODY)
        who = await self._person(token)
        if request.method not in _SAFE:
            self._check_origin(request)
            if not is_csrf(request.headers.get(CSRF_HEADER, ""), token):
                raise CsrfError(f"The header {CSRF_HEADER} is missing or of another session.")
        return who

    async def _person(self, token: str) -> Principal:
        now = self.context.now()
        async with self.context.database.read() as session:
            found = await SessionRepository(session).running(token, now)
            accounts = AccountRepository(session)
            account = await accounts.by_id(found.account_id) if found else None
            if found is None or account is None or account.disabled_at is not None:
                raise NotSignedInError(_NOBODY)
            who = Principal(
                kind="user",
                id=account.id,
                name=account.email,
                on=permissions_of(await accounts.grants(account.id)),
                session=found.id,
            )
        if now - found.seen_at >= SEEN_EVERY:
            await self._touch(lambda session: SessionRepository(session).touch(found.id, now))
        return who

    async def _program(self, credentials: str) -> Principal:
        now = self.context.now()
        key = read_key(credentials)
        if key is None:
            raise NotSignedInError(_NO_KEY)
        async with self.context.database.read() as session:
            found = await KeyRepository(session).good(key, now)
        if found is None:
            raise NotSignedInError(_NO_KEY)
        if _is_long_ago(found.used_at, now):
            await self._touch(lambda session: KeyRepository(session).touch(found.id, now))
        return _holder(found)

    async def _touch(self, touch: Touch) -> None:
        try:
            async with self.context.database.write() as session:
                await touch(session)
        except StorageError as error:  # nobody is turned away for that
            logger.warning(f"When somebody was seen last is not kept: {error}")

    def _check_origin(self, request: Request) -> None:
        """Refuses changes that a page of another site asks for; browsers say which it is.

        Raises:
            CsrfError: it is such.
        """
        if request.method in _SAFE:
            return
        headers = request.headers
        origin, site = headers.get("origin", ""), headers.get("sec-fetch-site", "none")
        own = {headers.get("host", ""), self._own} - {""}
        if site not in {"same-origin", "none"} or (origin and urlsplit(origin).netloc not in own):
            raise CsrfError("A page of another site may not ask for this.")


def place_of(request: Request) -> Place:
    """Returns where a request comes from."""
    address = request.client.host if request.client else ""
    return Place(address=address, browser=request.headers.get("user-agent", ""))


def _holder(key: KeyRow) -> Principal:
    # What a release does not know any more is no permission.
    known = set(Permission)
    allowed = frozenset(Permission(one) for one in key.permissions if one in known)
    return Principal(kind="key", id=key.id, name=key.name, on={key.scope: allowed})


def _is_long_ago(moment: datetime | None, now: datetime) -> bool:
    return moment is None or now - moment >= USED_EVERY
