"""What an operator says about an edge: where it listens, who may call, which nodes answer."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Annotated, Literal, Self, cast

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from receptionist.errors import ConfigurationError

TAG = r"[a-z0-9][a-z0-9-]{0,30}"
NUMBERED = r"(.+):(\d{1,5})"


def _host_and_port(text: str) -> str:
    found = re.fullmatch(r"[A-Za-z0-9.-]+:(\d{1,5})", text)
    if found is None or not 0 < int(found[1]) < 65536:
        raise ValueError(f"{text!r} is no host:port")
    return text


def _harmless(path: Path, info: ValidationInfo) -> Path:
    folder = cast("Path | None", info.context)
    found = (folder or Path("/")) / path
    if re.search(r"[\s\"'!;#$]", str(found)):
        raise ValueError(f"{str(found)!r} has blanks, quotes or other signs of a configuration")
    return found


Port = Annotated[int, Field(ge=1, le=65535)]
HostAndPort = Annotated[str, AfterValidator(_host_and_port)]
Name = Annotated[str, Field(pattern=rf"^{TAG}$")]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$")]
User = Annotated[str, Field(pattern=r"^[A-Za-z0-9+._-]{1,64}$")]
Reference = Annotated[Path, AfterValidator(_harmless)]
"""A file on the machine of the edge, by its place beside the plan or by its whole path."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Outside(_Part):
    """Where phones, trunks and browsers reach the edge.

    Attributes:
        address: Address of this machine that they come to.
        advertised: The address they know it by, behind a one-to-one NAT.
        udp: Port of SIP over UDP; None listens to none, likewise the next three.
        wss: Port of SIP over secure WebSockets, for browser phones.
        ws: The same in the clear, for an HTTPS server on this machine; else a browser refuses it.
        certificate: Chain of the edge's certificate (PEM).
        private_key: Its key, readable for Kamailio alone.
        authorities: Certificates that a gateway's own one must descend from. Best the few that
            are needed: each worker of Kamailio loads them all, which takes seconds for a bundle.
        origins: Pages whose browser phones may connect, such as `https://www.example.com`.
    """

    address: IPv4Address
    advertised: IPv4Address | None = None
    udp: Port | None = 5060
    tcp: Port | None = 5060
    tls: Port | None = None
    wss: Port | None = None
    ws: Port | None = None
    certificate: Reference | None = None
    private_key: Reference | None = None
    authorities: Reference | None = None
    origins: tuple[Annotated[str, Field(pattern=r"^https?://[a-z0-9.:-]+$")], ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.tls or self.wss) and not (self.certificate and self.private_key):
            raise ValueError("tls and wss need certificate and private_key")
        if (self.wss or self.ws) and not self.origins:
            raise ValueError("wss and ws need the origins of the pages that may connect")
        if self.wss and self.ws:
            raise ValueError("browsers come by wss or by ws, not by both")
        if not (self.udp or self.tcp or self.tls):
            raise ValueError("one of udp, tcp and tls is needed")
        return self


class Nodes(_Part):
    """The processes that take calls, and where they reach the edge.

    Attributes:
        address: Address of this machine towards the nodes; a private network or loopback.
        port: Port there, for the nodes alone (UDP).
        targets: Each node's host and port.
        silence_ms: How long a node may say nothing at all before the next one is asked.
        answer_ms: How long it may take to answer after its first word, ringing or not.
    """

    address: IPv4Address
    port: Port = 5070
    targets: Annotated[tuple[HostAndPort, ...], Field(min_length=1)]
    silence_ms: Annotated[int, Field(ge=500, le=10_000)] = 2000
    answer_ms: Annotated[int, Field(ge=500, le=60_000)] = 3000


class Registration(_Part):
    """An account at a PBX or provider that the edge keeps registered for all nodes.

    Attributes:
        registrar: Host and port of the registrar.
        user: The account.
        realm: Realm of its digest, which the registrar's challenge names.
        secret_file: File that holds the password, and nothing else.
        called: Number or user that a call to this account reaches.
        expires_s: How long one registration holds.
    """

    registrar: HostAndPort
    user: User
    realm: Annotated[str, Field(pattern=r"^[A-Za-z0-9 ._@-]{1,128}$")]
    secret_file: Reference
    called: User
    expires_s: Annotated[int, Field(ge=60, le=86_400)] = 300


class Trunk(_Part):
    """A provider or PBX whose calls come in, go out, or both.

    Attributes:
        name: What nodes read in `X-Edge-Peer: trunk:<name>`.
        addresses: Where its calls come from; they need no password.
        account: Account that it authenticates with instead, from anywhere.
        gateways: Where calls out go, the first one that answers; one trunk has them.
        transport: How its gateways are reached.
        srtp: Whether calls out are encrypted (SDES).
        calls_per_s: New calls a second it may send; None is that of the edge.
        registration: (`register`) The account that is kept registered with it.
    """

    name: Name
    addresses: tuple[IPv4Network, ...] = ()
    account: User | None = None
    gateways: tuple[HostAndPort, ...] = ()
    transport: Literal["udp", "tcp", "tls"] = "udp"
    srtp: bool = False
    calls_per_s: Annotated[int, Field(ge=1, le=10_000)] | None = None
    registration: Annotated[Registration | None, Field(alias="register")] = None


class Limits(_Part):
    """What a peer may do before it is slowed down.

    Attributes:
        calls_per_s: New calls a second of all peers together.
        phone_calls_per_s: New calls a second of one phone.
        requests_per_2s: Requests of one unknown address in two seconds.
        wrong_passwords: Wrong passwords of one account from one address before it is locked out.
        lock_s: First lock-out; each further wrong password doubles it, up to an hour.
        max_forwards: Hops a request may still take; a call that goes in circles ends there.
    """

    calls_per_s: Annotated[int, Field(ge=1, le=10_000)] = 30
    phone_calls_per_s: Annotated[int, Field(ge=1, le=10_000)] = 2
    requests_per_2s: Annotated[int, Field(ge=4, le=1_000_000)] = 60
    wrong_passwords: Annotated[int, Field(ge=1, le=100)] = 5
    lock_s: Annotated[int, Field(ge=1, le=3600)] = 60
    max_forwards: Annotated[int, Field(ge=5, le=70)] = 20


class Media(_Part):
    """Where rtpengine takes media.

    Attributes:
        first_port: First UDP port of media, of callers and nodes alike.
        last_port: Last one; a call takes four ports on each side.
        control: Address that Kamailio commands rtpengine at.
        in_kernel: Whether packets are forwarded by rtpengine's kernel module, which must be there.
    """

    first_port: Port = 40_000
    last_port: Port = 49_998
    control: HostAndPort = "127.0.0.1:2223"
    in_kernel: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.last_port - self.first_port < 8:
            raise ValueError("last_port must be eight or more behind first_port")
        return self


class EdgePlan(_Part):
    """Everything that differs between one edge and another.

    Attributes:
        domain: Domain of the phones; also the realm of their passwords.
        outside: Where callers reach the edge.
        nodes: What takes the calls.
        trunks: Providers and PBXs.
        accounts_file: Passwords of phones and trunks as `htdigest` writes them
            (`user:realm:hash`); None: nobody has an account.
    """

    domain: Host
    outside: Outside
    nodes: Nodes
    trunks: tuple[Trunk, ...] = ()
    accounts_file: Reference | None = None
    limits: Limits = Limits()
    media: Media = Media()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _once("trunk", [trunk.name for trunk in self.trunks])
        _once("account of a trunk", [trunk.account for trunk in self.trunks if trunk.account])
        outside = self.outside
        taken = [port for port in (outside.udp, self.nodes.port) if port]
        if outside.address == self.nodes.address:
            _once("UDP port", [str(port) for port in taken])
        _once(
            "TCP port", [str(p) for p in (outside.tcp, outside.tls, outside.wss, outside.ws) if p]
        )
        if sum(bool(trunk.gateways) for trunk in self.trunks) > 1:
            raise ValueError("one trunk can have gateways: calls out leave by it")
        if any(trunk.transport == "tls" for trunk in self.trunks) and not (
            outside.authorities and outside.certificate
        ):
            raise ValueError("a trunk over tls needs authorities and a certificate of the edge")
        if not (self.trunks or self.accounts_file):
            raise ValueError("nobody could call: name trunks or an accounts_file")
        return self

    @classmethod
    def read(cls, file: Path) -> Self:
        """Reads a plan from a YAML file.

        Raises:
            ConfigurationError: The file cannot be read or says what cannot be done.
        """
        try:
            said = yaml.safe_load(file.read_text(encoding="utf-8"))
            return cls.model_validate(said, context=file.absolute().parent)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ConfigurationError(f"The plan of the edge cannot be read: {error}") from error
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(str(part) for part in each['loc']) or 'plan'}: {each['msg']}"
                for each in error.errors(include_url=False, include_input=False)
            )
            raise ConfigurationError(f"{file}: {wrong}") from error


def _once(what: str, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} is there twice: {', '.join(twice)}")
