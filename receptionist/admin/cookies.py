"""The cookie a session lives in."""

from fastapi import Request, Response

from receptionist.admin.session_repository import LONGEST

NAME = "receptionist_session"
SECURE_NAME = f"__Host-{NAME}"
"""Browsers take a cookie of such a name from this host alone, over TLS (RFC 6265bis, 4.1.3.2)."""
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def session_token(request: Request) -> str:
    """Returns the token of the session a request is made in; "" when it is made in none."""
    token = request.cookies.get(SECURE_NAME, "")
    # One without the prefix may have been put there by another host of the domain.
    return token if token or _is_beyond(request) else request.cookies.get(NAME, "")


def set_session(request: Request, response: Response, token: str) -> None:
    """Hands a session to the browser."""
    secure = _is_secure(request)
    response.set_cookie(
        SECURE_NAME if secure else NAME,
        token,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def clear_session(request: Request, response: Response) -> None:
    """Takes the session from the browser."""
    secure = _is_secure(request)
    response.delete_cookie(
        SECURE_NAME if secure else NAME,
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def _is_secure(request: Request) -> bool:
    """Returns False where a browser talks to its own machine, without TLS.

    Safari keeps no secure cookie of such a host. A proxy in front that names this machine as host
    is known by the origin of the page.
    """
    return _is_beyond(request) or request.headers.get("origin", "").startswith("https:")


def _is_beyond(request: Request) -> bool:
    return request.url.scheme == "https" or request.url.hostname not in _LOOPBACK
