"""Addresses that may be used by whoever was given them: unguessable, short-lived, mostly once."""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class _Issued(Generic[T]):
    grant: T
    until_s: float


class Tickets(Generic[T]):
    """Tokens, each with what it grants.

    Args:
        now_s: Reads a clock that never goes back.
        life_s: How long a token may be used.
    """

    def __init__(self, now_s: Callable[[], float], life_s: float) -> None:
        self._now_s = now_s
        self._life_s = life_s
        self._issued: dict[str, _Issued[T]] = {}

    def __len__(self) -> int:
        """Returns how many may still be used."""
        self._forget()
        return len(self._issued)

    def issue(self, grant: T) -> str:
        """Returns a token for `grant`."""
        self._forget()
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._issued[token] = _Issued(grant=grant, until_s=self._now_s() + self._life_s)
        return token

    def redeem(self, token: str) -> T | None:
        """Returns what `token` grants, once; None when it grants nothing, or no longer."""
        self._forget()
        issued = self._issued.pop(token, None)
        return issued.grant if issued else None

    def look_up(self, token: str) -> T | None:
        """Returns what `token` grants; it stays good."""
        self._forget()
        issued = self._issued.get(token)
        return issued.grant if issued else None

    def withdraw(self, token: str) -> None:
        """Makes a token grant nothing."""
        self._issued.pop(token, None)

    def _forget(self) -> None:
        # In the order they were issued, and all live equally long.
        now_s = self._now_s()
        while self._issued:
            token = next(iter(self._issued))
            if self._issued[token].until_s > now_s:
                return
            del self._issued[token]


class SpentOnce:
    """Remembers what has been used, so that it is not used again.

    Args:
        most: How much is remembered; the oldest is forgotten first.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._spent: OrderedDict[str, None] = OrderedDict()

    def spend(self, thing: str) -> bool:
        """Returns whether this was the first time."""
        if thing in self._spent:
            return False
        self._spent[thing] = None
        if len(self._spent) > self._most:
            self._spent.popitem(last=False)
        return True
