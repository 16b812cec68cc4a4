"""ICE servers for browsers: STUN, and TURN with credentials that soon expire.

The scheme is coturn's `use-auth-secret` (draft-uberti-behave-turn-rest): the name is the moment at
which it expires, the password its HMAC-SHA1. The server itself needs none: a browser behind a
strict firewall reaches it through its own relay (ADR 0025).
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from aiortc import RTCIceCandidate
from aiortc.sdp import candidate_from_sdp

from receptionist.errors import ConfigurationError, OfferError

CREDENTIALS_S = 3600
"""Longer than calls last: a relay asks for them again while it is used."""
LONGEST_CANDIDATE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class IceServer:
    """A server as `RTCPeerConnection` wants it."""

    urls: Sequence[str]
    username: str = ""
    credential: str = ""


class IceServers:
    """The servers browsers are told.

    Args:
        stun_urls: `stun:` addresses.
        turn_urls: `turn:` or `turns:` addresses.
        turn_secret: Shared with the TURN servers.

    Raises:
        ConfigurationError: an address is none of these, or the secret is missing.
    """

    def __init__(
        self, stun_urls: Sequence[str], turn_urls: Sequence[str], turn_secret: str
    ) -> None:
        _check(stun_urls, ("stun:", "stuns:"), "RECEPTIONIST_STUN_URLS")
        _check(turn_urls, ("turn:", "turns:"), "RECEPTIONIST_TURN_URLS")
        if turn_urls and not turn_secret:
            raise ConfigurationError(
                "RECEPTIONIST_TURN_URLS needs RECEPTIONIST_TURN_SECRET: the secret that the TURN"
                " servers know as static-auth-secret."
            )
        self._stun_urls = tuple(stun_urls)
        self._turn_urls = tuple(turn_urls)
        self._secret = turn_secret.encode()

    def at(self, now_s: float) -> Sequence[IceServer]:
        """Returns the servers, with credentials made at the Unix time `now_s`."""
        servers: list[IceServer] = []
        if self._stun_urls:
            servers.append(IceServer(urls=self._stun_urls))
        if self._turn_urls:
            username = f"{int(now_s) + CREDENTIALS_S}:caller"
            digest = hmac.digest(self._secret, username.encode(), hashlib.sha1)
            credential = base64.b64encode(digest).decode()
            servers.append(
                IceServer(urls=self._turn_urls, username=username, credential=credential)
            )
        return servers


def _check(urls: Sequence[str], schemes: tuple[str, ...], setting: str) -> None:
    for url in urls:
        if not url.startswith(schemes) or len(url) < 8:
            raise ConfigurationError(f"{setting}: {url!r} does not begin with {schemes[0]!r}.")


def read_candidate(line: str, mid: str | None, index: int | None) -> RTCIceCandidate | None:
    """Returns the candidate a browser has found; None when it has found all.

    Args:
        line: `candidate:…` as browsers write it; empty at the end.
        mid: Which part of the session it belongs to.
        index: The same by number.

    Raises:
        OfferError: it is no candidate.
    """
    text = line.strip().removeprefix("candidate:")
    if not text:
        return None
    try:
        candidate = candidate_from_sdp(text[:LONGEST_CANDIDATE])
    except (ValueError, AssertionError, IndexError) as error:
        raise OfferError(f"The candidate cannot be read: {error!r}") from error
    candidate.sdpMid, candidate.sdpMLineIndex = mid, index
    if mid is None and index is None:
        candidate.sdpMLineIndex = 0
    return candidate
