"""The lines of the stack, and which calls make room when they run short.

As with half-open TCP connections: a caller who was answered and does not confirm it holds a line as
long as nobody else wants it.
"""

import asyncio

from receptionist.telephony.sip.call import BaresipCall
from receptionist.telephony.sip.configuration import lines_of, spare_of
from receptionist.telephony.sip.contract import EndpointOptions

LATE_ACK_S = 1.0
"""An ACK takes a round trip; whoever has sent none by then may lose his line to another caller."""
_LOOK_S = 0.05


class Lines:
    """Who has one.

    Args:
        options: Of the stack.

    Attributes:
        calls: Those that this process knows, of both directions.
    """

    def __init__(self, options: EndpointOptions) -> None:
        self.calls: set[BaresipCall] = set()
        self._short_at = lines_of(options) - spare_of(options)
        self._short = asyncio.Event()

    def make_room(self) -> bool:
        """Ends the call that waits longest for its caller's ACK; returns whether there is one."""
        answering = [call.answering for call in self.calls]
        oldest = max(answering, key=lambda each: each.unconfirmed_s, default=None)
        if oldest is None or oldest.unconfirmed_s <= LATE_ACK_S:
            return False
        oldest.give_up()
        return True

    def one_more(self) -> None:
        """Makes room when lines are short; called for each call that comes."""
        if len(self.calls) >= self._short_at:
            self.make_room()
            self._short.set()

    async def keep_some(self) -> None:
        """Makes room as long as lines are short, until it is cancelled.

        Whoever finds none at all is refused by the stack, and nobody here hears of him.
        """
        while True:
            await self._short.wait()
            while len(self.calls) >= self._short_at:
                self.make_room()
                await asyncio.sleep(_LOOK_S)
            self._short.clear()
