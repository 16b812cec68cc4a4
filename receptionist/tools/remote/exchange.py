"""One request of a tenant's tool and its answer, within its limits."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import httpx2

from receptionist.tools.remote.guarded_http import HEADERS
from receptionist.tools.remote.reach import RefusedError

_REDIRECTS_MOST = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Fault(StrEnum):
    """Why there is no answer."""

    TIMED_OUT = "timed_out"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TOO_LONG = "too_long"
    REDIRECTED = "redirected"
    GARBLED = "garbled"
    UNEXPECTED = "unexpected"


class ExchangeError(Exception):
    """A request got no answer that can be used.

    Attributes:
        fault: Why.
    """

    def __init__(self, fault: Fault, problem: str) -> None:
        super().__init__(problem)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request.

    Attributes:
        headers: Sent to whoever answers in the end.
        secret_headers: Sent to the host of `url` alone.
        changes: It may change something: it is never sent a second time.
    """

    method: str
    url: httpx2.URL
    headers: Mapping[str, str]
    secret_headers: Mapping[str, str]
    body: bytes
    changes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    content_type: str
    body: bytes


class Exchange:
    """Sends requests.

    Args:
        transport: Sends one, to hosts that may be reached.
        timeout_ms: Longest wait for the whole answer, redirects included.
        max_bytes: Longest answer.
    """

    def __init__(
        self, transport: httpx2.AsyncBaseTransport, *, timeout_ms: int, max_bytes: int
    ) -> None:
        self._transport = transport
        self._timeout_ms = timeout_ms
        self._max_bytes = max_bytes

    async def send(self, asked: Asked) -> Answer:
        """Sends a request and returns the answer.

        Raises:
            ExchangeError: there is none.
        """
        try:
            async with asyncio.timeout(self._timeout_ms / 1000):
                return await self._followed(asked)
        except (TimeoutError, httpx2.TimeoutException) as error:
            problem = f"no answer within {self._timeout_ms} ms"
            raise ExchangeError(Fault.TIMED_OUT, problem) from error
        except RefusedError as error:
            raise ExchangeError(Fault.REFUSED, str(error)) from error
        except (httpx2.TransportError, OSError) as error:
            raise ExchangeError(Fault.UNREACHABLE, str(error) or type(error).__name__) from error

    async def _followed(self, asked: Asked) -> Answer:
        url = asked.url
        for _ in range(_REDIRECTS_MOST + 1):
            response = await self._transport.handle_async_request(self._request(asked, url))
            try:
                if response.status_code not in _REDIRECTS:
                    return await self._answer(response)
                url = _next(asked, url, response)
            finally:
                await response.aclose()
        raise ExchangeError(Fault.REDIRECTED, f"redirected more than {_REDIRECTS_MOST} times")

    def _request(self, asked: Asked, url: httpx2.URL) -> httpx2.Request:
        headers = {**HEADERS, "Accept": "application/json", **asked.headers}
        if _origin(url) == _origin(asked.url):
            headers |= asked.secret_headers
        wait_s = self._timeout_ms / 1000
        waits = dict.fromkeys(("connect", "read", "write", "pool"), wait_s)
        return httpx2.Request(
            asked.method,
            url,
            headers=headers,
            content=asked.body or None,
            extensions={"timeout": waits},
        )

    async def _answer(self, response: httpx2.Response) -> Answer:
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > self._max_bytes:
                problem = f"the answer is longer than {self._max_bytes:,} bytes"
                raise ExchangeError(Fault.TOO_LONG, problem)
        return Answer(
            status=response.status_code,
            content_type=response.headers.get("content-type", ""),
            body=bytes(body),
        )


def _next(asked: Asked, url: httpx2.URL, response: httpx2.Response) -> httpx2.URL:
    """Returns where a redirect leads; the host is checked like the first one when it is asked."""
    if asked.changes:
        raise ExchangeError(Fault.REDIRECTED, "a request that changes something was redirected")
    try:
        target = url.join(response.headers["location"])
    except (KeyError, httpx2.InvalidURL, UnicodeError, ValueError) as error:
        raise ExchangeError(Fault.REDIRECTED, "redirected to no address") from error
    if url.scheme == "https" and target.scheme != "https":
        raise ExchangeError(Fault.REDIRECTED, "redirected to an address without encryption")
    return target


def _origin(url: httpx2.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port
