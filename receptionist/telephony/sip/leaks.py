"""Ends calls that the stack itself has forgotten.

An INVITE of which no dialog can be made - no Contact, no tag in From - is answered with 500, and
its call is let go. The package has taken note of it by then, when it reported the offer, and keeps
it for ever: it takes a line, two files and two ports, and nobody is told of it. Such a call is
known by its state: that of a caller who was never let in is still the first.
"""

import asyncio
import ctypes
from collections.abc import Iterator

from baresip import BaresipError, Event, Runtime, StackEvent
from loguru import logger

from receptionist.telephony.sip.stack import function, glance
from receptionist.telephony.sip.stack_thread import StackThread

LOOKED_FOR_S = 0.1
"""Fewer come in that time than there are lines, but for a flood of 2,500 a second."""
_NEW = b"IDLE"


class _Link(ctypes.Structure):
    """An element of a list of the stack (`struct le` of libre)."""


_Link._fields_ = [
    ("before", ctypes.c_void_p),
    ("after", ctypes.POINTER(_Link)),
    ("list", ctypes.c_void_p),
    ("holds", ctypes.c_void_p),
]


class Leaks:
    """Ends them as long as it runs.

    Args:
        runtime: The running stack.
        thread: Its thread.
    """

    def __init__(self, runtime: Runtime, thread: StackThread) -> None:
        self._thread = thread
        self._offered = asyncio.Event()
        runtime.subscribe(self._heard)
        here = ctypes.c_void_p
        self._agents = glance("uag_list", here)
        self._calls = glance("ua_calls", here, here)
        self._state = glance("call_statename", ctypes.c_char_p, here)
        self._is_ours = glance("call_is_outgoing", ctypes.c_bool, here)
        self._keep = glance("mem_ref", here, here)
        self._hang_up = function(
            "ua_hangupf", None, here, here, ctypes.c_uint16, ctypes.c_char_p, ctypes.c_char_p
        )

    async def run(self) -> None:
        """Ends what is forgotten, a moment after each offer, until it is cancelled."""
        while True:
            await self._offered.wait()
            await asyncio.sleep(LOOKED_FOR_S)
            self._offered.clear()
            await self.end()

    async def end(self) -> None:
        """Ends what is forgotten."""
        try:
            ended = await self._thread.run(self._end)
        except BaresipError as error:
            logger.debug(f"nobody looks for calls that were forgotten: {error}")
            return
        if ended:
            logger.info(f"{ended} calls of malformed INVITEs, which the stack had kept, were ended")

    def _end(self) -> int:
        """Runs on the stack's thread."""
        found = [
            (agent, call)
            for agent in _held(self._agents())
            for call in _held(self._calls(agent))
            if self._state(call) == _NEW and not self._is_ours(call)
        ]
        for agent, call in found:
            # Its one owner left is the package, which lets go when it hears of the end: the stack
            # would then free it a second time.
            self._keep(call)
            self._hang_up(agent, call, 0, None, None)
        return len(found)

    def _heard(self, event: StackEvent) -> None:
        if event.event is Event.CALL_REMOTE_SDP:
            self._offered.set()


def _held(first: int | None) -> Iterator[int]:
    """Yields what a list of the stack holds."""
    if not first:
        return
    link = ctypes.cast(first, ctypes.POINTER(ctypes.POINTER(_Link)))[0]
    while link:
        yield link.contents.holds
        link = link.contents.after
