"""Who this process is at a PBX or a provider."""

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
