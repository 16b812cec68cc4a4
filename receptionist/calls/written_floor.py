"""How the product itself speaks on a call in writing: into the reply that is being made."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Written(Protocol):
    """A call in writing, as far as its floor needs it."""

    async def ask(self, messages: Sequence[Any]) -> None:
        """Lets the brain go on from `messages`; what it says is part of the reply."""
        ...

    async def tell(self, text: str) -> None:
        """Says `text` in the reply, and lets the brain know of it."""
        ...

    def fail(self) -> None:
        """Makes the reply admit a technical problem."""
        ...


class WrittenFloor:
    """Speaks past the brain; nothing in writing can be cut off.

    Args:
        call: Whose reply is being made.
    """

    def __init__(self, call: Written) -> None:
        self._call = call

    async def interrupt(self) -> None:
        """Does nothing: the brain has answered, and nothing of it was let through."""

    async def say(self, text: str, *, must_finish: bool = False) -> None:
        """Puts `text` into the reply."""
        del must_finish
        if text:
            await self._call.tell(text)

    async def go_on(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Writes `messages` into the context and lets the brain answer."""
        await self._call.ask(messages)

    async def offer_keys(
        self, result: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]
    ) -> bool:
        """Returns False: nobody has a keypad here."""
        del result, messages
        return False

    async def fault(self) -> None:
        """Admits a technical problem."""
        self._call.fail()

    def hold(self, *, waiting: bool, kept: bool = False) -> None:
        """Does nothing: the reply comes when it is known how that ended."""
        del waiting, kept

    async def passes(self, seconds: float) -> bool:
        """Returns False: a reply is waited for."""
        del seconds
        return False

    def over(self) -> None:
        """Does nothing: the reply is read, then the call has ended."""
