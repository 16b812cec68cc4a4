"""Where SIP is listened to, and where it must not be."""

import ipaddress
import os
import socket
import stat
from contextlib import suppress
from dataclasses import dataclass

from receptionist.errors import AddressError

MAX_PORT = 65535
WAITING_BYTES = 1 << 20
"""Some 450 messages of 1 kB, as the kernel counts; of the 90 that wait by default a burst of calls
makes more, and whoever is lost calls again after half a second."""
_OPEN = "/proc/self/fd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """An address SIP is taken on, UDP and TCP.

    Attributes:
        host: IP address.
        port: Of both.
        rtp_first: First port of audio.
        rtp_last: Last one.
        behind_edge: Nobody reaches it but an edge that checks every message.
    """

    host: str = "127.0.0.1"
    port: int = 5060
    rtp_first: int = 30000
    rtp_last: int = 39998
    behind_edge: bool = False

    @property
    def address(self) -> str:
        """`host:port`, as a URI has it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def uri(self, user: str) -> str:
        """Returns what a telephone dials to reach `user`."""
        port = "" if self.port == 5060 else f":{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"sip:{user}@{host}{port}"


def check(listening: Listening) -> None:
    """Makes sure that the address may be used and is free.

    Raises:
        AddressError: why not, and what to do.
    """
    try:
        address = ipaddress.ip_address(listening.host)
    except ValueError:
        raise AddressError(
            f"RECEPTIONIST_SIP_HOST is {listening.host!r}; give an IP address such as 127.0.0.1."
        ) from None
    if not (address.is_loopback or listening.behind_edge):
        raise AddressError(
            f"SIP is not served on {listening.host}: a process asks nobody for a password, encrypts"
            " nothing, and has no line left while a stranger sends it more calls than it has. Put"
            " the edge of docs/edge.md in front, so that nobody else reaches this address, and set"
            " RECEPTIONIST_SIP_BEHIND_EDGE=true; or keep RECEPTIONIST_SIP_HOST=127.0.0.1."
        )
    if not (1024 <= listening.rtp_first < listening.rtp_last <= MAX_PORT):
        raise AddressError(
            f"RECEPTIONIST_RTP_PORTS is {listening.rtp_first}-{listening.rtp_last}; give the first"
            " and the last port of a range above 1023, such as 30000-39998."
        )
    _free(listening)


def _free(listening: Listening) -> None:
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    for kind, name in ((socket.SOCK_DGRAM, "UDP"), (socket.SOCK_STREAM, "TCP")):
        with socket.socket(family, kind) as tried:
            if kind == socket.SOCK_STREAM:  # connections of the last process are no obstacle
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((listening.host, listening.port))
            except OSError as error:
                raise AddressError(
                    f"SIP cannot use {name} port {listening.port} of {listening.host}"
                    f" ({error.strerror}). Stop what uses it, choose another port with"
                    " RECEPTIONIST_SIP_PORT, or do without: RECEPTIONIST_SIP=off."
                ) from error


def widen(listening: Listening) -> None:
    """Lets more messages wait for a stack that is busy, as far as the kernel does (`rmem_max`).

    The stack tells nobody which sockets are its own; they are known by their address.
    """
    for name in os.listdir(_OPEN) if os.path.isdir(_OPEN) else ():
        with suppress(OSError):  # one that has been closed meanwhile
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(name))) as line:
                here = line.getsockname()[:2] == (listening.host, listening.port)
                if here and line.type == socket.SOCK_DGRAM:
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WAITING_BYTES)
