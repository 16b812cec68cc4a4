"""Says to a caller why he is not answered.

baresip-python refuses with `486 Busy Here` alone. The stack below it can say any status, but only
on its own thread.
"""

import ctypes
from dataclasses import dataclass

from receptionist.telephony.sip.contract import CallGoneError
from receptionist.telephony.sip.stack import function
from receptionist.telephony.sip.stack_thread import StackThread

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
        thread: That of the stack.
    """

    def __init__(self, thread: StackThread) -> None:
        self._thread = thread
        here = ctypes.c_void_p
        self._find = function("uag_call_find", here, ctypes.c_char_p)
        self._agent = function("call_get_ua", here, here)
        self._hang_up = function(
            "ua_hangupf",
            None,
            here,
            here,
            ctypes.c_uint16,
            ctypes.c_char_p,
            ctypes.c_char_p,  # a format, and nothing to put into it
        )

    async def refuse(
        self, call_id: str, code: int, reason: str = "", told: Told | None = None
    ) -> None:
        """Answers the INVITE of `call_id` with `code`; returns when that is sent.

        Raises:
            CallGoneError: the caller has given up.
        """
        words = "".join(c for c in reason if c.isprintable()) or REASONS.get(code, "Declined")
        said = words.encode("ascii", "replace")
        text = (told.headers() if told else b"") + b"Content-Length: 0\r\n\r\n"
        named = call_id.encode()

        def run() -> bool:
            found = self._find(named)
            if found:
                self._hang_up(self._agent(found), found, code, said, text)
            return bool(found)

        if not await self._thread.run(run):
            raise CallGoneError(f"The call {call_id!r} has ended before it was refused.")
