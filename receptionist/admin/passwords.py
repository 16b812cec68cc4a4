"""Hashes passwords with argon2id (RFC 9106), off the loop, a few at a time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from receptionist.admin.errors import TooOftenError
from receptionist.admin.password_rules import LONGEST, normal

NOBODYS = "nobody has this password"

P = ParamSpec("P")
R = TypeVar("R")

TIME_COST = 3
MEMORY_KIB = 64 * 1024
"""With three passes, RFC 9106's recommendation where memory is scarce (4, second option)."""
LANES = 1
"""One thread: calls run beside it (docs/decisions/0009-one-thread-for-small-sums.md)."""
AT_ONCE = 1
"""Each takes 64 MB and a core for a fifth of a second, which calls need more."""
WAITING = 20
"""Further ones are told to come again: a flood must not queue for minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of a password.

    Attributes:
        right: It is the one.
        stale: Its hash was made with other costs than today's.
    """

    right: bool
    stale: bool


class Hashing(Protocol):
    """Makes and checks hashes."""

    async def hash(self, password: str) -> str:
        """Returns the hash of a password."""
        ...

    async def check(self, password: str, kept: str | None) -> Checked:
        """Tells whether `kept` is of `password`; None is of none, and takes as long."""
        ...


class Passwords:
    """argon2id.

    Args:
        time_cost: Passes over the memory.
        memory_kib: Memory of one hash.
    """

    def __init__(self, time_cost: int = TIME_COST, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=LANES
        )
        # Checked where there is no account, so that the answer takes as long.
        self._nobody = self._hasher.hash(NOBODYS)
        self._free = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """Returns the hash of a password.

        Raises:
            TooOftenError: too many are waiting.
        """
        return await self._turn(self._hasher.hash, normal(password))

    async def check(self, password: str, kept: str | None) -> Checked:
        """Tells whether `kept` is of `password`; None is of none, and takes as long.

        Raises:
            TooOftenError: too many are waiting.
        """
        right = await self._turn(self._matches, normal(password)[: 4 * LONGEST], kept)
        stale = right and kept is not None and self._hasher.check_needs_rehash(kept)
        return Checked(right=right, stale=stale)

    def _matches(self, password: str, kept: str | None) -> bool:
        try:
            return self._hasher.verify(kept or self._nobody, password) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False

    async def _turn(self, work: Callable[P, R], *given: P.args, **named: P.kwargs) -> R:
        if self._waiting >= WAITING:
            raise TooOftenError("Too many people are signing in; try again.", retry_after_s=5)
        self._waiting += 1
        try:
            async with self._free:
                return await asyncio.to_thread(work, *given, **named)
        finally:
            self._waiting -= 1
