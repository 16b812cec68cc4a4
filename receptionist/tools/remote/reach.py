"""Which hosts a tenant's tools may reach: the public internet, and what the operator lists.

A tenant writes addresses, so an address may point into the operator's own network (server-side
request forgery). Names are resolved here, every address found is checked, and the connection is
made to a checked address (see `guarded_http.py`): what a name means cannot change in between.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx2

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_PORTS = frozenset({443, 8443})
"""Of public hosts; other services listen on other ports and would take a request for a command."""
_NETWORKS_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # the metadata service of Azure, at a public address
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
"""IANA's special-purpose addresses (RFC 6890), multicast and reserved ones."""
_NETWORKS_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
"""Within 2000::/3: Teredo and other assignments, documentation, 6to4."""
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9-]{1,63}\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LISTED = re.compile(
    r"(?:\[(?P<bracketed>[^\]]+)\]|(?P<plain>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?"
)


class RefusedError(httpx2.TransportError):
    """An address may not be reached, or an answer is not what may be read."""


class UnresolvedError(httpx2.ConnectError):
    """A host has no address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """What the operator lists: a name or a network, and a port or any."""

    name: str = ""
    network: Network | None = None
    port: int | None = None


class Reach:
    """Decides which addresses may be reached.

    Args:
        listed: What may be reached beside public hosts: a name or a network, each with a port or
            without: `crm.local:8080`, `10.0.5.0/24`, `[fd00::/8]:8443`.
        resolve: Returns the addresses of a name.

    Raises:
        ValueError: an entry is neither.
    """

    def __init__(self, listed: Sequence[str] = (), resolve: Resolve | None = None) -> None:
        self._listed = tuple(_entry(text) for text in listed)
        self._resolve = resolve or _resolved

    def check(self, url: httpx2.URL) -> None:
        """Refuses a URL that cannot be meant, before its host is looked up.

        Raises:
            RefusedError: it may not be reached.
        """
        if url.scheme not in ("http", "https"):
            raise RefusedError(f"{url.scheme!r} is not http or https")
        if url.userinfo:
            raise RefusedError("a name or password in a URL is not allowed")
        host = _host(url)
        port = url.port or (443 if url.scheme == "https" else 80)
        if self._may_be_listed(host, port):
            return
        if url.scheme != "https":
            raise RefusedError(f"{host} is asked without encryption; write https")
        if port not in _PORTS:
            raise RefusedError(f"port {port} of {host} may not be reached")

    async def addresses(self, host: str, port: int) -> tuple[Address, ...]:
        """Returns the addresses of `host`, all of which may be reached.

        Raises:
            RefusedError: one of them may not.
            UnresolvedError: there is none.
        """
        host = host.strip("[]")
        literal = _literal(host)
        if literal is not None:
            found = [literal]
        else:
            try:
                found = [ipaddress.ip_address(text) for text in await self._resolve(host, port)]
            except (OSError, UnicodeError, ValueError) as error:
                raise UnresolvedError(f"{host!r} has no address") from error
        if not found:
            raise UnresolvedError(f"{host!r} has no address")
        for address in found:
            # One address too many is as good as a trap: nobody knows which is taken next time.
            if not self._may_reach(host, port, address):
                raise RefusedError(f"{host!r} is at {address}, which may not be reached")
        return tuple(dict.fromkeys(found))

    def _may_reach(self, host: str, port: int, address: Address) -> bool:
        if is_public(address) and port in _PORTS:
            return True
        return any(
            entry.port in (None, port)
            and (
                entry.name == host.rstrip(".").lower()
                if entry.network is None
                else address in entry.network
            )
            for entry in self._listed
        )

    def _may_be_listed(self, host: str, port: int) -> bool:
        """Tells whether an entry may hold `host`; of a name in a network its address decides."""
        literal = _literal(host)
        return any(
            entry.port in (None, port)
            and (
                entry.name == host.rstrip(".")
                if entry.network is None
                else literal is None or literal in entry.network
            )
            for entry in self._listed
        )


def is_public(address: Address) -> bool:
    """Tells whether `address` belongs to a host of the public internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NETWORKS_V4)
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(address.packed[-4:]))
    return address in _GLOBAL_V6 and not any(address in network for network in _NETWORKS_V6)


def _host(url: httpx2.URL) -> str:
    """Returns the host as it is looked up.

    Raises:
        RefusedError: it is spelled in a way that some read as one address and some as another.
    """
    host = url.raw_host.decode("ascii", "replace").lower()
    if host.startswith("[") or ":" in host:
        if _literal(host.strip("[]")) is None:
            raise RefusedError(f"{host!r} is no address")
        return host.strip("[]")
    if not _NAME.fullmatch(host):
        raise RefusedError(f"{host!r} is no name of a host")
    # "127.1", "0x7f000001", "2130706433" and "0177.0.0.1" are loopback to some resolvers.
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) and _literal(host) is None:
        raise RefusedError(f"{host!r} is no address; write it as four numbers")
    return host


def _literal(host: str) -> Address | None:
    if "%" in host:
        return None
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _entry(text: str) -> _Listed:
    found = _LISTED.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no host or network, with or without a port")
    target = (found["bracketed"] or found["plain"]).lower()
    port = int(found["port"]) if found["port"] else None
    if port is not None and not 0 < port < 65536:
        raise ValueError(f"{text!r}: there is no port {port}")
    try:
        return _Listed(network=ipaddress.ip_network(target), port=port)
    except ValueError:
        if "/" in target or not _NAME.fullmatch(target) or _NUMBER.fullmatch(target):
            raise ValueError(f"{text!r} is no host or network, with or without a port") from None
        return _Listed(name=target.rstrip("."), port=port)


async def _resolved(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]).partition("%")[0] for *_, address in found]
