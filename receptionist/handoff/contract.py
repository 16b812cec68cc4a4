"""What putting a caller through needs of the line he is on, and what that line gets back.

A line (SIP, a carrier's WebSocket) implements `Dialler` and `Leg`; `Transfers` does the rest. All
waits are on the loop's clock.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from receptionist.tools.contract import TransferOutcome


class RingError(Exception):
    """Nobody took the call.

    Attributes:
        outcome: Why not; never `answered`.
    """

    def __init__(self, outcome: TransferOutcome, detail: str = "") -> None:
        self.outcome = outcome
        super().__init__(detail or outcome.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came from somebody's telephone within a time.

    Attributes:
        words: What was said; "" when nothing was.
        key: A key that was pressed; "" when none was.
        spoke_s: How long the voice lasted without a pause of a second.
    """

    words: str = ""
    key: str = ""
    spoke_s: float = 0.0


class Leg(Protocol):
    """A telephone that was answered: the second leg of a call that is being put through.

    Attributes:
        rate_hz: Of its audio, s16le mono.
        keys: What is pressed on it.
        closed: Set when it is gone, whoever hung up.
    """

    rate_hz: int
    keys: asyncio.Queue[str]
    closed: asyncio.Event

    async def say(self, text: str, language: str) -> None:
        """Speaks `text` and returns when it has been played, or when a key cuts it off."""
        ...

    async def hear(self, timeout_s: float, language: str) -> Heard:
        """Listens until something was said or pressed, `timeout_s` at most."""
        ...

    async def hang_up(self) -> None:
        """Ends it; once it has ended this does nothing."""
        ...


LegT = TypeVar("LegT", bound=Leg)


class Dialler(Protocol[LegT]):
    """How the line of one caller reaches other telephones; it joins only legs it has rung."""

    async def ring(self, number: str, *, ring_s: float) -> LegT:
        """Returns the answered leg. Cancelling it stops the ringing at once.

        Args:
            number: E.164, or an extension of the PBX.
            ring_s: How long it may ring.

        Raises:
            RingError: nobody took it.
        """
        ...

    async def join(self, leg: LegT, *, leave: bool = False) -> None:
        """Lets caller and leg speak with each other; returns when one of them has hung up.

        With `leave` the caller's own exchange is asked to take our place, and it returns as soon as
        that has; where it does not, they are joined here as ever.

        It begins when the assistant has said its last words: the end of the pipeline must not
        end the call. What it raises is a bridge that broke.
        """
        ...

    async def refer(self, number: str, *, ring_s: float) -> TransferOutcome | None:
        """Lets the caller's own exchange put him through (REFER, a carrier's API).

        Returns:
            How it ended; None where this line cannot, and the second leg is rung instead.
        """
        ...


AnyDialler = Dialler[Any]
"""Whoever rings and joins need not know what a leg is made of."""
