"""Counts failures to sign in, and lets whoever fails wait, twice as long each time."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.admin.errors import TooOftenError
from receptionist.admin.models import AttemptsRow
from receptionist.admin.tokens import digest

LONGEST_WAIT_S = 15 * 60
"""Somebody who fails on purpose keeps the owner out no longer than this at a time."""
FORGOTTEN = timedelta(days=1)
_IPV6_NETWORK = 64
"""One household or one server has so many bits of addresses to choose from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose failures are counted.

    Attributes:
        name: Key of the row.
        free: Failures without a wait: a mistyped password, or an office behind one address.
    """

    name: str
    free: int


def account_subject(email: str) -> Subject:
    """Returns the subject of an account, which need not exist."""
    return Subject(name=f"account:{digest(email)}", free=3)


def address_subject(address: str) -> Subject:
    """Returns the subject of an address; IPv6 by its network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return Subject(name="address:unknown", free=20)
    if parsed.version == 6:
        network = ipaddress.ip_network((int(parsed), _IPV6_NETWORK), strict=False)
        return Subject(name=f"address:{network}", free=20)
    return Subject(name=f"address:{parsed}", free=20)


def wait_s(failures: int, free: int) -> int:
    """Returns how long one waits after so many failures."""
    beyond = failures - free
    return min(2 ** min(beyond - 1, 20), LONGEST_WAIT_S) if beyond > 0 else 0


class Lockout:
    """The failures, in the transaction of `session`; it never commits.

    An attempt counts as a failure when it begins: who guesses many at once gains nothing.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def begin(self, subjects: Sequence[Subject], now: datetime) -> None:
        """Counts an attempt.

        Raises:
            TooOftenError: one of them has to wait; nothing is counted then.
        """
        rows = [await self._row(subject, now) for subject in subjects]
        longest = max(row.waits_until for row in rows)
        if longest > now:
            wait = int((longest - now).total_seconds()) + 1
            raise TooOftenError(
                f"Too many failures to sign in; try again in {wait} seconds.", retry_after_s=wait
            )
        for row, subject in zip(rows, subjects, strict=True):
            known = row.failures if now - row.last_at < FORGOTTEN else 0
            _set(row, known + 1, subject, now)

    async def take_back(self, subject: Subject, now: datetime) -> None:
        """Forgets one attempt, which was right."""
        row = await self._row(subject, now)
        _set(row, max(0, row.failures - 1), subject, now)

    async def forget(self, subject: Subject) -> None:
        """Forgets every attempt."""
        await self._session.execute(delete(AttemptsRow).where(AttemptsRow.subject == subject.name))

    async def tidy(self, now: datetime) -> None:
        """Deletes what is forgotten."""
        await self._session.execute(
            delete(AttemptsRow).where(AttemptsRow.last_at < now - FORGOTTEN)
        )

    async def _row(self, subject: Subject, now: datetime) -> AttemptsRow:
        if (found := await self._session.get(AttemptsRow, subject.name)) is not None:
            return found
        row = AttemptsRow(subject=subject.name, failures=0, last_at=now, waits_until=now)
        self._session.add(row)
        return row


def _set(row: AttemptsRow, failures: int, subject: Subject, now: datetime) -> None:
    row.failures, row.last_at = failures, now
    row.waits_until = now + timedelta(seconds=wait_s(failures, subject.free))
