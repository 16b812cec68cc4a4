"""Says to a caller why he is not answered.

baresip-python refuses with `486 Busy Here` alone. The stack below it can say any status, but only
on its own thread: there a refusal is run when the stack reports the end of a command.
"""

import asyncio
import ctypes
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import baresip
from baresip import Runtime

from receptionist.telephony.sip.contract import CallGoneError
from receptionist.telephony.sip.stack import events, library, native

REASONS = {
    302: "Moved Temporarily",
    403: "Forbidden",
    404: "Not Found",
    410: "Gone",
    480: "Temporarily Unavailable",
    482: "Loop Detected",
    483: "Too Many Hops",
    486: "Busy Here",
    488: "Not Acceptable Here",
    500: "Server Internal Error",
    503: "Service Unavailable",
    600: "Busy Everywhere",
    603: "Decline",
}
VERSION = "0.5.2a3"
"""What is called here is no part of the package's interface: another version must be tried."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a caller is told beside the status.

    Attributes:
        retry_after_s: When he may try again; None says nothing of it.
        contact: URI he is to call instead; "" is none.
    """

    retry_after_s: int | None = None
    contact: str = ""

    def headers(self) -> bytes:
        """Returns it as headers, which the stack reads as a format: a `%` is written twice."""
        told = "" if self.retry_after_s is None else f"Retry-After: {self.retry_after_s}\r\n"
        uri = "".join(c for c in self.contact if c.isprintable() and c not in "<> ")
        told += f"Contact: <{uri}>\r\n" if uri else ""
        return told.encode("ascii", "replace").replace(b"%", b"%%")


class Refusals:
    """Refuses calls of one stack.

    Args:
        runtime: The running stack; events go through this from now on.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._due: deque[Callable[[], None]] = deque()
        self._find: Any = library.uag_call_find
        self._find.restype, self._find.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
        self._agent: Any = library.call_get_ua
        self._agent.restype, self._agent.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
        self._hang_up: Any = library.ua_hangupf
        self._hang_up.restype = None
        self._hang_up.argtypes = [
            ctypes.c_void_p,
            ctypes.c_void_p,
            ctypes.c_uint16,
            ctypes.c_char_p,
            ctypes.c_char_p,  # a format, and nothing to put into it
        ]
        self._sink = events.set_sink(None)
        events.set_sink(self._take)

    @staticmethod
    def possible() -> bool:
        """Returns whether the package is the one this was tried with."""
        return baresip.__version__ == VERSION

    async def refuse(
        self, call_id: str, code: int, reason: str = "", told: Told | None = None
    ) -> None:
        """Answers the INVITE of `call_id` with `code`; returns when that is sent.

        Raises:
            CallGoneError: the caller has given up.
        """
        words = "".join(c for c in reason if c.isprintable()) or REASONS.get(code, "Declined")
        said = words.encode("ascii", "replace")
        headers = told.headers() if told else b""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bool] = loop.create_future()

        def run() -> None:
            found = self._find(call_id.encode())
            if found:
                text = headers + b"Content-Length: 0\r\n\r\n"
                self._hang_up(self._agent(found), found, code, said, text)
            loop.call_soon_threadsafe(done.set_result, bool(found))

        self._due.append(run)
        await self._runtime.cmd(native.lib.BP_CMD_PING)
        if not await done:
            raise CallGoneError(f"The call {call_id!r} has ended before it was refused.")

    def _take(self, event: int, handle: int, payload: bytes | None) -> None:
        """Runs on the stack's thread."""
        if event == native.lib.BP_EV_PONG:
            while self._due:
                self._due.popleft()()
        self._sink(event, handle, payload)
