"""What SIP looks like on the wire: answers, challenges, session descriptions."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5

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
        """Returns the first value of a header; "" is none."""
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


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account and its password."""

    user: str
    password: str

    def response(self, method: str, uri: str, challenge: str) -> str:
        """Returns the value of the header that answers a challenge (RFC 2617)."""
        said = dict(re.findall(r'(\w+)="?([^",]+)', challenge))
        realm, nonce = said["realm"], said["nonce"]
        ha1 = _md5(f"{self.user}:{realm}:{self.password}")
        ha2 = _md5(f"{method}:{uri}")
        digest = f'username="{self.user}", realm="{realm}", nonce="{nonce}", uri="{uri}"'
        return f'Digest {digest}, response="{_md5(f"{ha1}:{nonce}:{ha2}")}", algorithm=MD5'


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


def parsed(text: str) -> tuple[Answer, str]:
    """Returns a response, and the branch of the request that it answers."""
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


def uri_of(header: str) -> str:
    """Returns the URI of an address header."""
    found = re.search(r"<([^>]+)>", header)
    return found[1] if found else header


def media_of(body: str) -> tuple[str, int]:
    """Returns where a session description wants its audio."""
    host = re.search(r"^c=IN IP4 (\S+)", body, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", body, re.MULTILINE)
    return (host[1] if host else "", int(port[1]) if port else 0)


def new_branch() -> str:
    """Returns the branch of a new transaction."""
    return f"z9hG4bK{secrets.token_hex(8)}"


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
