"""Who this process is at a PBX or a provider."""

import asyncio
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SipAccount:
    """Under which name this process is reached through a PBX or a provider.

    Attributes:
        registrar: Its `host` or `host:port`.
        user: The name.
        password: Of the user.
    """

    registrar: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """That an account is reached here.

    Attributes:
        lost: Set when the registrar does not renew it any more.
        beside: URIs of others who are reached under the same name.
    """

    lost: asyncio.Event
    beside: tuple[str, ...] = ()
