"""Who else is reached under the name this process has registered.

A registrar lists everybody in its 200 OK (RFC 3261, 10.3), which the package keeps to itself: while
it registers, its messages are read as it logs them.
"""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from baresip import Runtime

HEARD_S = 0.5
"""The log comes by a thread of its own, a moment after the outcome."""
_LIMIT = 64 * 1024
_CONTACT = re.compile(r"^(?:contact|m)[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_BETWEEN = re.compile(r"<([^>]*)>")
_PLACE = re.compile(
    r"^\s*sips?:(?:[^@\s]*@)?(\[[^\]\s]*\]|[^:;?,>\s\[\]]+)(?::(\d{1,5}))?", re.IGNORECASE
)
_SENT = re.compile(r"^TX [^\n]*\nREGISTER ")
_GRANTED = re.compile(r"^RX [^\n]*\nSIP/2\.0 200 ")


def contacts(message: str) -> tuple[str, ...]:
    """Returns the URIs a message lists as Contact, in their order."""
    found = list[str]()
    for value in _CONTACT.findall(message[:_LIMIT].partition("\r\n\r\n")[0]):
        plain = _QUOTED.sub("", value)
        uris = _BETWEEN.findall(plain) or [part.partition(";")[0] for part in plain.split(",")]
        found += [uri.strip() for uri in uris if place(uri)]
    return tuple(found)


def place(uri: str) -> str:
    """Returns `host:port` of a SIP URI; "" where it has none."""
    match = _PLACE.match(uri)
    return f"{match[1].lower()}:{match[2] or 5060}" if match else ""


def others(granted: str, sent: str) -> tuple[str, ...]:
    """Returns who is listed in an answer to REGISTER beside whoever has sent it.

    A single one is always ours: some registrars write down the address they see.
    """
    ours = {place(uri) for uri in contacts(sent)}
    listed = contacts(granted)
    return tuple(uri for uri in listed if place(uri) not in ours) if len(listed) > 1 else ()


class Overheard(logging.Handler):
    """What is said with a registrar; lines come on a thread of the package's."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._loop = asyncio.get_running_loop()
        self._sent = ""
        self._beside: asyncio.Future[tuple[str, ...]] = self._loop.create_future()

    def emit(self, record: logging.LogRecord) -> None:
        """Takes a message that was sent or received."""
        text = record.getMessage()
        if _SENT.match(text):
            self._sent = text
        elif _GRANTED.match(text) and re.search(r"^CSeq:.*\bREGISTER\b", text, re.I | re.M):
            self._loop.call_soon_threadsafe(self._settle, others(text, self._sent))

    async def beside(self) -> tuple[str, ...]:
        """Returns the others, as their URIs; nobody where the answer was not heard."""
        try:
            async with asyncio.timeout(HEARD_S):
                return await self._beside
        except TimeoutError:
            return ()

    def _settle(self, beside: tuple[str, ...]) -> None:
        if not self._beside.done():
            self._beside.set_result(beside)


@asynccontextmanager
async def overheard(runtime: Runtime) -> AsyncGenerator[Overheard]:
    """Yields what is said with registrars meanwhile.

    Raises:
        BaresipError: the stack does not answer.
    """
    handler, said = Overheard(), logging.getLogger("baresip.native.sip")
    level = said.level
    said.addHandler(handler)
    said.setLevel(logging.DEBUG)
    try:
        await runtime.set_sip_trace(True)
        try:
            yield handler
        finally:
            await runtime.set_sip_trace(False)
    finally:
        said.setLevel(level)
        said.removeHandler(handler)
