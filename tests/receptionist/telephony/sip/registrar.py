"""A registrar that asks for a password, and calls whoever has registered."""

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

NONCE = "4f2a91"
REALM = "pbx"


@dataclass(slots=True)
class Registrar(asyncio.DatagramProtocol):
    """What it knows.

    Attributes:
        password: Of everybody.
        expires_s: How long it remembers whoever has registered.
        contacts: Where those are reached who have shown that they know it, one for each time.
        refuses: Status it refuses everybody with; 0 is nobody.
        beside: Contacts it lists beside that of whoever registers.
        asked: Registrations that came, with and without a password.
    """

    password: str = "sesame"
    expires_s: int = 300
    contacts: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue[str])
    refuses: int = 0
    beside: str = ""
    asked: int = 0
    port: int = 0
    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode("utf-8", "replace")
        if not text.startswith("REGISTER ") or self._transport is None:
            return
        self.asked += 1
        self._transport.sendto(self._answer(text).encode(), addr)

    def _answer(self, text: str) -> str:
        contact = _header(text, "Contact")
        if self.refuses:
            return _reply(text, f"{self.refuses} No")
        if not self._knows(_header(text, "Authorization")):
            asks = f'WWW-Authenticate: Digest realm="{REALM}", nonce="{NONCE}", algorithm=MD5\r\n'
            return _reply(text, "401 Unauthorized", asks)
        found = re.search(r"<([^>]*)>", contact)
        if found and "expires=0" not in contact and _header(text, "Expires") != "0":
            self.contacts.put_nowait(found[1])
        listed = f"Contact: <{found and found[1]}>;expires={self.expires_s}\r\n"
        listed += f"Contact: {self.beside}\r\n" if self.beside else ""
        return _reply(text, "200 OK", listed)

    def _knows(self, given: str) -> bool:
        values = dict(re.findall(r'(\w+)="?([^",]*)"?', given))
        if "response" not in values:
            return False
        ours = _md5(f"{values['username']}:{REALM}:{self.password}")
        asked = _md5(f"REGISTER:{values['uri']}")
        return values["response"] == _md5(f"{ours}:{NONCE}:{asked}")


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _reply(text: str, status: str, more: str = "") -> str:
    kept = "".join(
        f"{name}: {_header(text, name)}{';tag=r' if name == 'To' else ''}\r\n"
        for name in ("Via", "From", "To", "Call-ID", "CSeq")
    )
    return f"SIP/2.0 {status}\r\n{kept}{more}Content-Length: 0\r\n\r\n"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@asynccontextmanager
async def registering(registrar: Registrar) -> AsyncGenerator[Registrar]:
    """Yields a registrar that listens."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: registrar, local_addr=("127.0.0.1", 0)
    )
    try:
        yield registrar
    finally:
        transport.close()
