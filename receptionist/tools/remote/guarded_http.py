"""HTTP to hosts a tenant names: to checked addresses only, and no more than fits.

The name stays what TLS verifies and what the Host header says; only the address behind it is
chosen here. Proxies, cookies, `.netrc` and compressed answers (which may grow a thousandfold) are
left out.
"""

import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any, cast

import httpcore2
import httpx2

from receptionist.tools.remote.reach import Reach, RefusedError

HEADERS = {"Accept-Encoding": "identity", "User-Agent": "receptionist"}
MOST_BYTES = 1 << 20
"""Of any answer; each tool sets its own limit below."""
_CONNECTIONS = 20
"""At once, over all calls; a server that hangs cannot take all sockets of the process."""
_IDLE_S = 20.0


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends requests whose hosts may be reached; one for all tools of a tenant.

    Args:
        reach: Which hosts these are.
        max_bytes: Longest answer.
        tls: Verifies servers; None trusts the usual authorities.
    """

    def __init__(self, reach: Reach, *, max_bytes: int, tls: ssl.SSLContext | None = None) -> None:
        self._reach = reach
        self._max_bytes = max_bytes
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=_CONNECTIONS,
            keepalive_expiry=_IDLE_S,
            network_backend=_GuardedNetwork(reach),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends `request` and returns its answer; the body is read as it arrives.

        Raises:
            httpx2.TransportError: it may not be sent, or it failed.
        """
        self._reach.check(request.url)
        assert isinstance(request.stream, httpx2.AsyncByteStream)
        try:
            response = await self._pool.handle_async_request(
                httpcore2.Request(
                    method=request.method,
                    url=httpcore2.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        except _FAILURES as error:
            raise _translated(error) from error
        assert isinstance(response.stream, AsyncIterable)
        stream = _Bounded(response.stream, self._max_bytes)
        headers = httpx2.Headers(response.headers)
        if problem := _unreadable(headers, self._max_bytes):
            await stream.aclose()
            raise RefusedError(problem)
        return httpx2.Response(response.status, headers=headers, stream=stream)

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._pool.aclose()


class _GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to checked addresses."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        # Its declared type is that of the stand-in for a missing anyio.
        self._network = cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connects to the first address of `host` that answers."""
        failure: Exception | None = None
        for address in await self._reach.addresses(host, port):
            try:
                return await self._network.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except httpcore2.ConnectError as error:
                failure = error
        raise failure or httpcore2.ConnectError(host)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Refuses: no tool reaches a socket of this machine."""
        del timeout, socket_options
        raise RefusedError(f"{path!r} may not be reached")

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await self._network.sleep(seconds)


class _Bounded(httpx2.AsyncByteStream):
    """The body of an answer, up to a length."""

    def __init__(self, stream: AsyncIterable[bytes], max_bytes: int) -> None:
        self._stream = stream
        self._max_bytes = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        try:
            async for part in self._stream:
                read += len(part)
                if read > self._max_bytes:
                    raise RefusedError(_too_long(self._max_bytes))
                yield part
        except _FAILURES as error:
            raise _translated(error) from error

    async def aclose(self) -> None:
        """Gives the connection back, or closes it when something is left to read."""
        close = getattr(self._stream, "aclose", None)
        if close is not None:
            await close()


def _unreadable(headers: httpx2.Headers, max_bytes: int) -> str:
    """Returns why an answer with these headers is not read; "" when it is."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        return f"the answer is compressed ({encoding!r}) although that was not asked for"
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > max_bytes:
        return _too_long(max_bytes)
    return ""


def _too_long(max_bytes: int) -> str:
    return f"the answer is longer than {max_bytes:,} bytes"


_FAILURES = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
)


def _translated(error: Exception) -> httpx2.TransportError:
    """Returns httpx's error for one of httpcore."""
    if isinstance(error, httpcore2.TimeoutException):
        return httpx2.TimeoutException(str(error) or "it took too long")
    if isinstance(error, httpcore2.NetworkError):
        return httpx2.NetworkError(str(error) or type(error).__name__)
    return httpx2.ProtocolError(str(error) or type(error).__name__)
