"""The call button on other sites: which may show it, and the tokens their pages call with."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from receptionist.errors import ConfigurationError, NotAllowedError

TOKEN_S = 300
"""A page asks for a token when its visitor presses the button."""
_PATHS = ("/api/calls/", "/api/widget/", "/widget/", "/call/")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Clock(Protocol):
    """Reads the Unix time."""

    def __call__(self) -> float:
        """Returns it in seconds."""
        ...


class WidgetGate:
    """Decides which page may call from a browser.

    Pages of this server may. A page of another site may when the site is listed and the page shows
    a token that was made for it.

    Args:
        origins: The sites, such as `https://www.example.com`.
        own: Where this server is reached, besides the name in the request.
        secret: Signs tokens; empty makes one that other processes do not know.
        now_s: Reads the time.

    Raises:
        ConfigurationError: an origin is none.
    """

    def __init__(self, origins: Sequence[str], own: str, secret: str, now_s: Clock) -> None:
        for origin in origins:
            _check(origin)
        self.origins = tuple(origins)
        self._own = urlsplit(own).netloc
        self._key = (secret or secrets.token_hex(32)).encode()
        self._now_s = now_s

    def token(self, origin: str) -> str:
        """Returns a token for a page of `origin`.

        Raises:
            NotAllowedError: the site is not listed.
        """
        if origin not in self.origins:
            raise NotAllowedError("This site is not listed in RECEPTIONIST_WIDGET_ORIGINS.")
        until = str(int(self._now_s()) + TOKEN_S)
        return f"{until}.{self._signature(until, origin)}"

    def admit(self, origin: str, host: str, authorization: str) -> None:
        """Lets a page call, or does not.

        Args:
            origin: Of the page; empty when it is no page of another site.
            host: As which this server was asked.
            authorization: The header of that name.

        Raises:
            NotAllowedError: it may not.
        """
        if not origin or urlsplit(origin).netloc in {host, self._own} - {""}:
            return
        scheme, _, token = authorization.partition(" ")
        until, _, signature = token.strip().partition(".")
        expected = self._signature(until, origin)
        good = hmac.compare_digest(signature.encode(), expected.encode())
        if origin not in self.origins or scheme.lower() != "bearer" or not good:
            raise NotAllowedError("A page of this site may not call from here.")
        if not until.isdecimal() or int(until) < self._now_s():
            raise NotAllowedError("The token of this page is too old; ask for another.")

    def _signature(self, until: str, origin: str) -> str:
        digest = hmac.digest(self._key, f"{until} {origin}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _check(origin: str) -> None:
    parts = urlsplit(origin)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not secure or origin != f"{parts.scheme}://{parts.netloc}" or "*" in origin:
        raise ConfigurationError(
            f"RECEPTIONIST_WIDGET_ORIGINS: {origin!r} is not the origin of a site, such as"
            " 'https://www.example.com'."
        )


class WidgetCors:
    """ASGI middleware: lets pages of listed sites read what the call button needs.

    Args:
        app: What they read from.
        origins: The sites.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._shared = CORSMiddleware(
            app,
            allow_origins=list(origins),
            allow_methods=["GET", "POST", "PATCH"],
            allow_headers=["authorization", "content-type"],
            max_age=600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        shared = scope["type"] == "http" and scope["path"].startswith(_PATHS)
        await (self._shared if shared else self._app)(scope, receive, send)
