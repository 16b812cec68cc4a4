"""A caller who writes his packets himself, so that they can be wrong."""

import asyncio
import re
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 40404 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A response."""

    status: int
    headers: dict[str, str]
    body: str

    @classmethod
    def read(cls, text: str) -> "Reply | None":
        head, _, body = text.partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        found = re.match(r"SIP/2.0 (\d{3})", first)
        if not found:
            return None
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        return cls(status=int(found[1]), headers=headers, body=body)


class Wire:
    """A way to the stack.

    Args:
        target: Port of the stack.
    """

    protocol = "UDP"

    def __init__(self, target: int) -> None:
        self.target = ("127.0.0.1", target)
        self.replies: asyncio.Queue[Reply] = asyncio.Queue()
        self.requests: list[str] = []
        self.port = 0

    def send(self, packet: str | bytes) -> None:
        raise TypeError("a way has a protocol")

    def came(self, text: str) -> None:
        """Takes a message."""
        reply = Reply.read(text)
        if reply:
            self.replies.put_nowait(reply)
        else:
            self.requests.append(text)

    async def final(self, within_s: float = 5.0) -> Reply:
        """Returns the next final response."""
        async with asyncio.timeout(within_s):
            while (reply := await self.replies.get()).status < 200:
                pass
            return reply

    async def silent(self, for_s: float) -> bool:
        """Returns whether nothing final comes."""
        try:
            await self.final(for_s)
        except TimeoutError:
            return True
        return False


class UdpWire(Wire, asyncio.DatagramProtocol):
    """A socket."""

    _transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.came(data.decode("utf-8", "replace"))

    def send(self, packet: str | bytes) -> None:
        data = packet if isinstance(packet, bytes) else packet.encode("utf-8", "replace")
        self._transport.sendto(data, self.target)

    def close(self) -> None:
        self._transport.close()


class TcpWire(Wire, asyncio.Protocol):
    """A connection."""

    protocol = "TCP"
    _transport: asyncio.Transport
    _unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while b"\r\n\r\n" in self._unread:
            head, _, rest = self._unread.partition(b"\r\n\r\n")
            length = re.search(rb"^content-length\s*:\s*(\d+)", head, re.IGNORECASE | re.MULTILINE)
            size = int(length[1]) if length else 0
            if len(rest) < size:
                return
            self._unread = rest[size:]
            self.came((head + b"\r\n\r\n" + rest[:size]).decode("utf-8", "replace"))

    def send(self, packet: str | bytes) -> None:
        self._transport.write(packet if isinstance(packet, bytes) else packet.encode())

    def cut(self) -> None:
        """Breaks the connection, and tells the other side nothing but that (RST)."""
        self._transport.abort()


@dataclass(slots=True, kw_only=True)
class Dialog:
    """One call of such a caller."""

    wire: Wire
    user: str = "demo"
    caller: str = "wire"
    call_id: str = field(default_factory=lambda: secrets.token_hex(8))
    tag: str = field(default_factory=lambda: secrets.token_hex(4))
    branch: str = field(default_factory=lambda: f"z9hG4bK{secrets.token_hex(8)}")
    to_tag: str = ""
    sequence: int = 1

    def request(self, method: str, body: str = "", kind: str = "application/sdp") -> str:
        port, target = self.wire.port, self.wire.target[1]
        to = f";tag={self.to_tag}" if self.to_tag else ""
        content = f"Content-Type: {kind}\r\n" if body else ""
        return (
            f"{method} sip:{self.user}@127.0.0.1:{target} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self.wire.protocol} 127.0.0.1:{port};branch={self.branch}\r\n"
            f"From: <sip:{self.caller}@127.0.0.1:{port}>;tag={self.tag}\r\n"
            f"To: <sip:{self.user}@127.0.0.1:{target}>{to}\r\n"
            f"Call-ID: {self.call_id}\r\n"
            f"CSeq: {self.sequence} {method}\r\n"
            f"Contact: <sip:wire@127.0.0.1:{port};transport={self.wire.protocol.lower()}>\r\n"
            f"Max-Forwards: 70\r\n{content}Content-Length: {len(body)}\r\n\r\n{body}"
        )

    async def invite(self, sdp: str = SDP) -> Reply:
        """Sends an INVITE and returns its final answer, which is acknowledged unless it is 2xx."""
        self.wire.send(self.request("INVITE", sdp))
        reply = await self.wire.final()
        self.answered(reply)
        if reply.status >= 300:
            self.wire.send(self.request("ACK"))
        return reply

    def answered(self, reply: Reply) -> None:
        """Takes the tag of the other side."""
        found = re.search(r"tag=([^;>\s]+)", reply.headers.get("to", ""))
        self.to_tag = found[1] if found else ""

    def again(self) -> None:
        """The next request of the dialog."""
        self.sequence += 1
        self.branch = f"z9hG4bK{secrets.token_hex(8)}"

    def acknowledge(self, sdp: str = "") -> None:
        """Acknowledges a 200; with `sdp` where that was the offer."""
        self.branch = f"z9hG4bK{secrets.token_hex(8)}"
        self.wire.send(self.request("ACK", sdp))


@asynccontextmanager
async def wired(target: int) -> AsyncGenerator[UdpWire]:
    """Yields the socket of a caller of `target`."""
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_datagram_endpoint(
        lambda: UdpWire(target), local_addr=("127.0.0.1", 0)
    )
    try:
        yield wire
    finally:
        wire.close()


@asynccontextmanager
async def connected(target: int) -> AsyncGenerator[TcpWire]:
    """Yields the connection of a caller of `target`."""
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(lambda: TcpWire(target), "127.0.0.1", target)
    try:
        yield wire
    finally:
        wire.cut()
