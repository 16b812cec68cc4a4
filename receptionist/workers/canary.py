"""A call that only asks whether a process still takes calls: INVITE, its answer, and BYE at once.

What a stack leaks, such as lines that are never given back, shows in no figure until no caller is
answered any more. A call that goes the whole way shows it (RFC 3261, 13 and 17.1).
"""

import asyncio
import secrets

from receptionist.errors import ReceptionistError

USER = "canary"
"""Who is called: a process answers and hangs up, and no call is kept."""
TIMEOUT_S = 2.0
BUSY = frozenset({480, 486, 503})
"""A process with its hands full is well."""
_RESEND_S = 0.5
_OK = range(200, 300)


class CanaryError(ReceptionistError):
    """The process did not answer a call as it should."""

    code = "canary_failed"


class Response:
    """What matters of a SIP response.

    Attributes:
        status: Its code; 0 when it is no response.
        call_id: Whose it is.
        method: What it answers.
        to: The header To, with the tag of the dialog.
    """

    def __init__(self, datagram: bytes) -> None:
        lines = datagram.decode("utf-8", "replace").split("\r\n")
        version, _, rest = lines[0].partition(" ")
        code = rest[:3]
        plain = version == "SIP/2.0" and code.isascii() and code.isdecimal()
        self.status = int(code) if plain else 0
        self.call_id = _header(lines, "call-id", "i")
        self.method = _header(lines, "cseq").rpartition(" ")[2]
        self.to = _header(lines, "to", "t")


def _header(lines: list[str], *names: str) -> str:
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() in names:
            return value.strip()
    return ""


class _Caller(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: asyncio.Queue[Response] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        del addr
        self.heard.put_nowait(Response(data))

    def error_received(self, exc: Exception) -> None:
        del exc  # nobody listens there: the time runs out


async def call(host: str, port: int, *, timeout_s: float = TIMEOUT_S) -> float:
    """Calls the process at `host:port` over UDP and hangs up.

    Returns:
        Seconds until it was answered; 0 when it was busy.

    Raises:
        CanaryError: it did not answer within `timeout_s`, or refused.
    """
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(_Caller, remote_addr=(host, port))
    dialog = _Dialog(transport, host, port)
    began_s = loop.time()
    try:
        async with asyncio.timeout(timeout_s):
            answer = await _answer(dialog, protocol.heard)
    except TimeoutError:
        raise CanaryError(f"{host}:{port} did not answer within {timeout_s:g} s.") from None
    finally:
        transport.close()
    if answer.status in BUSY:
        return 0.0
    if answer.status not in _OK:
        raise CanaryError(f"{host}:{port} refused the call with {answer.status}.")
    return loop.time() - began_s


async def _answer(dialog: "_Dialog", heard: "asyncio.Queue[Response]") -> Response:
    while True:
        dialog.send("INVITE")
        try:
            async with asyncio.timeout(_RESEND_S):
                answer = await dialog.final(heard)
        except TimeoutError:
            continue
        if answer.status in _OK:
            # It is a transaction of its own (13.2.2.4), and so is a BYE.
            dialog.send("ACK", answer.to, branch="ack")
            dialog.send("BYE", answer.to, branch="bye")
        else:
            dialog.send("ACK", answer.to)
        return answer


class _Dialog:
    def __init__(self, transport: asyncio.DatagramTransport, host: str, port: int) -> None:
        own = transport.get_extra_info("sockname")
        self._transport = transport
        self._own = f"{own[0]}:{own[1]}"
        self._media = own
        self._called = f"sip:{USER}@{host}:{port}"
        self._id = f"{secrets.token_hex(8)}@{own[0]}"
        self._tag = secrets.token_hex(4)
        self._branch = secrets.token_hex(8)

    def send(self, method: str, to: str = "", *, branch: str = "") -> None:
        """Sends one request of the dialog; without `branch` in the INVITE's transaction."""
        body = self._offer() if method == "INVITE" else ""
        number = 2 if method == "BYE" else 1
        head = (
            f"{method} {self._called} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._own};branch=z9hG4bK{self._branch}{branch};rport",
            "Max-Forwards: 2",
            f"From: <sip:{USER}@{self._own}>;tag={self._tag}",
            f"To: {to or f'<{self._called}>'}",
            f"Call-ID: {self._id}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:{USER}@{self._own}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        )
        self._transport.sendto("\r\n".join((*head, "", body)).encode())

    async def final(self, heard: "asyncio.Queue[Response]") -> Response:
        """Returns the final response to the INVITE."""
        while True:
            response = await heard.get()
            ours = response.call_id == self._id and response.method == "INVITE"
            if ours and response.status >= _OK.start:
                return response

    def _offer(self) -> str:
        host, port = self._media[:2]
        return (
            f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        )
