"""A telephone written down packet by packet: SIP over UDP, and nothing more."""

import asyncio
import re
import secrets
import socket
import time
from collections.abc import Sequence
from typing import Self, cast

from eval.telephony_text import (
    CRLF,
    Answer,
    Credentials,
    Dialog,
    media_of,
    new_branch,
    parsed,
    sdp,
    uri_of,
)

T1_S = 0.5


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
        self.media_port = 9
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
        """Where it is reached."""
        assert self._transport is not None
        return cast("tuple[str, int]", self._transport.get_extra_info("sockname"))

    @property
    def contact(self) -> str:
        """Where it wants to be called within a dialog."""
        host, port = self.address
        return f"<sip:{self.user}@{host}:{port}>"

    # --- asyncio.DatagramProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Hands an answer to whoever waits for it, and a request to `requested`."""
        text = data.decode("latin-1")
        if not text.startswith("SIP/2.0 "):
            # A port that was another's a moment ago still gets what was meant for him.
            if text.partition(CRLF)[0].endswith(" SIP/2.0"):
                self.requested(text)
            return
        answer, branch = parsed(text)
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
        return self._text("INVITE", dialog, new_branch(), body=sdp(self.address[0], 9))

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
            dialog.target = uri_of(answer.header("contact"))
            dialog.routes = [route.strip() for route in answer.headers.get("record-route", ())][
                ::-1
            ]
            dialog.media = media_of(answer.body)
            self.send(self._text("ACK", dialog, new_branch()))
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
            self.send(self._text("ACK", dialog, new_branch()))
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
        branch = new_branch()
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

    def requested(self, text: str) -> None:
        """Says yes to what a peer asks for, as the called side of a call."""
        method = text.split(" ", 1)[0]
        if method != "ACK":
            self.accept(text, sdp(self.address[0], self.media_port) if method == "INVITE" else "")
        self.requests.put_nowait(text)

    def accept(self, request: str, body: str) -> None:
        """Answers a request with 200."""
        lines = request.partition(CRLF * 2)[0].split(CRLF)
        copied = [
            line
            for line in lines
            if re.match(r"(via|from|call-id|cseq|record-route)\s*:", line, re.IGNORECASE)
        ]
        to = next(line for line in lines if line.lower().startswith("to:"))
        to += "" if ";tag=" in to else f";tag={secrets.token_hex(4)}"
        kind = ["Content-Type: application/sdp"] if body else []
        head = ["SIP/2.0 200 OK", *copied, to, f"Contact: {self.contact}", *kind]
        self.send(f"{CRLF.join(head)}{CRLF}Content-Length: {len(body)}{CRLF}{CRLF}{body}")
