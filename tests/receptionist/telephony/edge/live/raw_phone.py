"""A telephone written down packet by packet: SIP over UDP and G.711 over RTP, and nothing more."""

import asyncio
import math
import re
import secrets
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import md5
from struct import pack
from typing import Self, cast

import numpy as np

T1_S = 0.5
FRAME_S = 0.02
FRAME_SAMPLES = 160
RATE_HZ = 8000
CRLF = "\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response."""

    status: int
    reason: str
    headers: Mapping[str, Sequence[str]]
    body: str
    after_s: float

    def header(self, name: str) -> str:
        return next(iter(self.headers.get(name, ())), "")


@dataclass(slots=True, kw_only=True)
class Dialog:
    """A call of ours that was answered, or was tried."""

    call_id: str
    tag: str
    uri: str
    sequence: int = 1
    to: str = ""
    target: str = ""
    routes: Sequence[str] = ()
    media: tuple[str, int] = ("", 0)
    answer: Answer | None = None

    @property
    def status(self) -> int:
        """Status of the last answer; 0 is none."""
        return self.answer.status if self.answer else 0


@dataclass(slots=True)
class Credentials:
    """An account and its password."""

    user: str
    password: str
    used: list[str] = field(default_factory=list[str])

    def response(self, method: str, uri: str, challenge: str) -> str:
        """Returns the value of the header that answers a challenge (RFC 2617)."""
        said = dict(re.findall(r'(\w+)="?([^",]+)', challenge))
        realm, nonce = said["realm"], said["nonce"]
        ha1 = _md5(f"{self.user}:{realm}:{self.password}")
        ha2 = _md5(f"{method}:{uri}")
        digest = f'username="{self.user}", realm="{realm}", nonce="{nonce}", uri="{uri}"'
        self.used.append(nonce)
        return f'Digest {digest}, response="{_md5(f"{ha1}:{nonce}:{ha2}")}", algorithm=MD5'


class RawPhone(asyncio.DatagramProtocol):
    """One socket on loopback, from which an edge is called."""

    def __init__(
        self, edge: tuple[str, int], *, user: str = "caller", domain: str = "elsewhere.test"
    ) -> None:
        self.edge = edge
        self.user = user
        self.domain = domain
        self.max_forwards = 70
        self.protocol = "UDP"
        self.described = ""
        self.credentials: Credentials | None = None
        self.unasked: list[Answer] = []
        self.requests: asyncio.Queue[str] = asyncio.Queue()
        self._transactions: dict[str, asyncio.Queue[Answer]] = {}
        self._begun: dict[str, float] = {}
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def at(
        cls,
        edge: tuple[str, int],
        *,
        address: str = "127.0.0.1",
        user: str = "caller",
        domain: str = "elsewhere.test",
        password: str = "",
    ) -> Self:
        """Returns a phone with a socket at an address."""
        phone = cls(edge, user=user, domain=domain)
        if password:
            phone.credentials = Credentials(user, password)
        line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        line.bind((address, 0))
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: phone, sock=line)
        return phone

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._transport:
            self._transport.close()

    @property
    def address(self) -> tuple[str, int]:
        assert self._transport is not None
        return cast("tuple[str, int]", self._transport.get_extra_info("sockname"))

    @property
    def contact(self) -> str:
        host, port = self.address
        return f"<sip:{self.user}@{host}:{port}>"

    # --- asyncio.DatagramProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode("latin-1")
        if not text.startswith("SIP/2.0 "):
            self._request(text)
            return
        answer, branch = _parse(text)
        if queue := self._transactions.get(branch):
            begun = self._begun[branch]
            queue.put_nowait(
                Answer(
                    status=answer.status,
                    reason=answer.reason,
                    headers=answer.headers,
                    body=answer.body,
                    after_s=time.monotonic() - begun,
                )
            )
        else:
            self.unasked.append(answer)

    def log_in(self, user: str, password: str) -> None:
        """Uses an account from now on."""
        self.credentials = Credentials(user, password)

    def asked(self) -> list[str]:
        """Returns the methods of the requests that have come since this was asked."""
        return [self.requests.get_nowait().split(" ")[0] for _ in range(self.requests.qsize())]

    def within(self, target: str, routes: Sequence[str]) -> Dialog:
        """Returns a call that never was, to be talked of as if it had been."""
        forged = self._dialog()
        forged.target, forged.routes = target, routes
        forged.to = f"<{target}>;tag={secrets.token_hex(4)}"
        return forged

    def invitation(self, called: str = "reception") -> str:
        """Returns a call as a packet, to be spoiled and sent; nobody waits for its answer."""
        dialog = self._dialog(called)
        return self._text("INVITE", dialog, _branch(), body=sdp(self.address[0], 9))

    def send(self, text: str | bytes) -> None:
        """Sends a packet as it is."""
        assert self._transport is not None
        self._transport.sendto(text.encode("latin-1") if isinstance(text, str) else text, self.edge)

    # --- SIP

    async def invite(
        self,
        called: str = "reception",
        *,
        extra: str = "",
        host: str = "",
        media_port: int = 9,
        patience_s: float = 12,
    ) -> Dialog:
        """Calls and returns what came of it; an answered call is confirmed with ACK."""
        dialog = self._dialog(called, host)
        body = self.described or sdp(self.address[0], media_port)
        answer = await self._with_password("INVITE", dialog, extra, body, patience_s)
        dialog.answer = answer
        if answer.status == 200:
            dialog.to = answer.header("to")
            dialog.target = _uri(answer.header("contact"))
            dialog.routes = [route.strip() for route in answer.headers.get("record-route", ())][
                ::-1
            ]
            dialog.media = _media(answer.body)
            self.send(self._text("ACK", dialog, _branch()))
        return dialog

    async def bye(self, dialog: Dialog) -> Answer:
        """Hangs up."""
        dialog.sequence += 1
        return await self._transaction("BYE", dialog, "", "", 8)

    async def reinvite(self, dialog: Dialog, *, media_port: int, direction: str) -> Answer:
        """Offers other media within a call."""
        dialog.sequence += 1
        body = sdp(self.address[0], media_port).replace("sendrecv", direction)
        answer = await self._transaction("INVITE", dialog, "", body, 8)
        if answer.status == 200:
            self.send(self._text("ACK", dialog, _branch()))
        return answer

    async def register(self, *, expires_s: int = 300) -> Answer:
        """Registers; the answer to the last try."""
        dialog = self._dialog()
        return await self._with_password("REGISTER", dialog, f"Expires: {expires_s}{CRLF}", "", 8)

    async def options(self, *, patience_s: float = 4) -> Answer:
        """Asks the edge whether it is there."""
        dialog = self._dialog()
        return await self._transaction("OPTIONS", dialog, "", "", patience_s)

    def _dialog(self, user: str = "", host: str = "") -> Dialog:
        where = host or f"{self.edge[0]}:{self.edge[1]}"
        uri = f"sip:{user}@{where}" if user else f"sip:{where}"
        return Dialog(call_id=secrets.token_hex(8), tag=secrets.token_hex(4), uri=uri)

    async def _with_password(
        self, method: str, dialog: Dialog, extra: str, body: str, patience_s: float
    ) -> Answer:
        answer = await self._transaction(method, dialog, extra, body, patience_s)
        if answer.status not in {401, 407} or self.credentials is None:
            return answer
        asked = "www-authenticate" if answer.status == 401 else "proxy-authenticate"
        given = "Authorization" if answer.status == 401 else "Proxy-Authorization"
        told = self.credentials.response(method, dialog.uri, answer.header(asked))
        dialog.sequence += 1
        return await self._transaction(
            method, dialog, f"{extra}{given}: {told}{CRLF}", body, patience_s
        )

    async def _transaction(
        self, method: str, dialog: Dialog, extra: str, body: str, patience_s: float
    ) -> Answer:
        branch = _branch()
        answers = self._transactions[branch] = asyncio.Queue()
        self._begun[branch] = time.monotonic()
        text = self._text(method, dialog, branch, extra, body)
        interval, silent = T1_S, True
        try:
            async with asyncio.timeout(patience_s):
                self.send(text)
                while True:
                    try:
                        wait = interval if silent else patience_s
                        answer = await asyncio.wait_for(answers.get(), wait)
                    except TimeoutError:
                        interval *= 2
                        self.send(text)
                        continue
                    silent = False
                    if answer.status >= 200:
                        break
        finally:
            del self._transactions[branch]
        if method == "INVITE" and answer.status >= 300:
            self.send(self._text("ACK", dialog, branch))
        return answer

    def _text(
        self, method: str, dialog: Dialog, branch: str, extra: str = "", body: str = ""
    ) -> str:
        host, port = self.address
        lines = [
            f"{method} {dialog.target or dialog.uri} SIP/2.0",
            f"Via: SIP/2.0/{self.protocol} {host}:{port};branch={branch};rport",
            f"Max-Forwards: {self.max_forwards}",
            f"From: <sip:{self.user}@{self.domain}>;tag={dialog.tag}",
            f"To: {dialog.to or f'<{dialog.uri}>'}",
            f"Call-ID: {dialog.call_id}",
            f"CSeq: {dialog.sequence} {method}",
            f"Contact: {self.contact}",
            *(f"Route: {route}" for route in dialog.routes),
        ]
        if method == "REGISTER":
            lines[4] = f"To: <sip:{self.user}@{self.domain}>"
        if body:
            lines.append("Content-Type: application/sdp")
        head = CRLF.join(lines) + CRLF + extra
        return f"{head}Content-Length: {len(body)}{CRLF}{CRLF}{body}"

    def _request(self, text: str) -> None:
        """Says yes to what a peer asks for, as the called side of a call."""
        method = text.split(" ", 1)[0]
        if method == "ACK":
            self.requests.put_nowait(text)
            return
        copied = [
            line
            for line in text.split(CRLF)
            if re.match(r"(via|from|call-id|cseq|record-route)\s*:", line, re.IGNORECASE)
        ]
        to = next(line for line in text.split(CRLF) if line.lower().startswith("to:"))
        to += "" if ";tag=" in to else f";tag={secrets.token_hex(4)}"
        body = sdp(self.address[0], 9) if method == "INVITE" else ""
        kind = ["Content-Type: application/sdp"] if body else []
        head = ["SIP/2.0 200 OK", *copied, to, f"Contact: {self.contact}", *kind]
        self.send(f"{CRLF.join(head)}{CRLF}Content-Length: {len(body)}{CRLF}{CRLF}{body}")
        self.requests.put_nowait(text)


class Ear:
    """A telephone's audio: sends a tone and notes what comes back."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.bind((address, 0))
        self._line.setblocking(False)
        self.port: int = self._line.getsockname()[1]
        self._heard = bytearray()
        self.packets = 0

    async def talk(self, to: tuple[str, int], *, seconds: float, tone_hz: float) -> None:
        """Speaks a tone for a while, listening meanwhile."""
        source, stamp = secrets.randbits(32), secrets.randbits(24)
        begun = time.monotonic()
        for number in range(round(seconds / FRAME_S)):
            samples = np.arange(number * FRAME_SAMPLES, (number + 1) * FRAME_SAMPLES)
            wave = 8000 * np.sin(2 * math.pi * tone_hz * samples / RATE_HZ)
            head = pack("!BBHII", 0x80, 0, number, stamp + number * FRAME_SAMPLES, source)
            self._line.sendto(head + _mulaw(wave), to)
            self._listen()
            await asyncio.sleep(max(0.0, begun + (number + 1) * FRAME_S - time.monotonic()))
        self._listen()

    async def press(self, key: str, to: tuple[str, int]) -> None:
        """Presses a key for 100 ms (RFC 4733)."""
        source, stamp = secrets.randbits(32), secrets.randbits(24)
        for number in range(8):
            ended = 0x80 if number >= 5 else 0
            marker = 0x80 if number == 0 else 0
            head = pack("!BBHII", 0x80, marker | 101, number, stamp, source)
            lasted = min(number + 1, 6) * FRAME_SAMPLES
            event = pack("!BBH", "0123456789*#".index(key), ended | 10, lasted)
            self._line.sendto(head + event, to)
            await asyncio.sleep(FRAME_S)

    def hears(self, tone_hz: float) -> bool:
        """Returns whether the tone was the loudest of what was heard in the end."""
        self._listen()
        heard = _linear(bytes(self._heard))[-RATE_HZ // 2 :]
        if len(heard) < RATE_HZ // 4:
            return False
        loudest = np.abs(np.fft.rfft(heard))
        found = float(np.argmax(loudest[1:]) + 1) * RATE_HZ / len(heard)
        return abs(found - tone_hz) < 15 and float(np.abs(heard).max()) > 2000

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def _listen(self) -> None:
        while True:
            try:
                packet = self._line.recv(2048)
            except BlockingIOError:
                return
            if len(packet) > 12 and packet[1] & 0x7F == 0:
                self.packets += 1
                self._heard += packet[12:]


def sdp(address: str, port: int) -> str:
    """Returns an offer of G.711 and keys."""
    lines = [
        "v=0",
        f"o=- 1 1 IN IP4 {address}",
        "s=-",
        f"c=IN IP4 {address}",
        "t=0 0",
        f"m=audio {port} RTP/AVP 0 101",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=ptime:20",
        "a=sendrecv",
    ]
    return CRLF.join(lines) + CRLF


def _parse(text: str) -> tuple[Answer, str]:
    head, _, body = text.partition(CRLF * 2)
    first, *lines = head.split(CRLF)
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    routes = [each for line in headers.get("record-route", ()) for each in line.split(",")]
    headers["record-route"] = routes
    branch = re.search(r"branch=([^;\s]+)", next(iter(headers.get("via", ("",)))))
    _, status, reason = (*first.split(" ", 2), "")[:3]
    answer = Answer(status=int(status), reason=reason, headers=headers, body=body, after_s=0)
    return answer, branch[1] if branch else ""


def _uri(header: str) -> str:
    found = re.search(r"<([^>]+)>", header)
    return found[1] if found else header


def _media(body: str) -> tuple[str, int]:
    host = re.search(r"^c=IN IP4 (\S+)", body, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", body, re.MULTILINE)
    return (host[1] if host else "", int(port[1]) if port else 0)


def _branch() -> str:
    return f"z9hG4bK{secrets.token_hex(8)}"


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def _mulaw(samples: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> bytes:
    """Returns G.711 mu-law of samples (ITU-T G.711)."""
    magnitude = np.minimum(np.abs(samples).astype(np.int32), 32_635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(samples < 0, 0x80, 0)
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8).tobytes()


def _linear(data: bytes) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    """Returns the samples of G.711 mu-law."""
    coded = ~np.frombuffer(data, np.uint8).astype(np.int32) & 0xFF
    magnitude = (((coded & 0x0F) << 3) + 132 << ((coded >> 4) & 7)) - 132
    return np.where(coded & 0x80, -magnitude, magnitude).astype(np.int32)
