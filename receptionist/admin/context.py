"""What everything about accounts shares."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from receptionist.admin.passwords import Hashing
from receptionist.admin.secret_box import SecretBox
from receptionist.database import Database, one_writer

_ACCOUNTS = "accounts"
"""Name of the lock of whoever changes them; it is taken before that of an audit chain."""


class Customers(Protocol):
    """Knows the customers, whose tables are not ours."""

    async def name(self, customer: str) -> str | None:
        """Returns what a customer is called; None when there is none of this id."""
        ...

    async def of_tenant(self, tenant: str) -> str | None:
        """Returns the id of the customer a tenant belongs to; None when it belongs to none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminContext:
    """What the services are made of.

    Attributes:
        database: Keeps everything.
        now: Tells the time (aware).
        passwords: Hashes passwords.
        box: Encrypts what has to be read back.
        customers: Knows the customers.
    """

    database: Database
    now: Callable[[], datetime]
    passwords: Hashing
    box: SecretBox
    customers: Customers

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncSession]:
        """Opens a transaction in which nobody else changes accounts, links or keys.

        Raises:
            StorageError: the database refuses; nothing was kept.
        """
        async with self.database.write() as session:
            await one_writer(session, _ACCOUNTS)
            yield session
