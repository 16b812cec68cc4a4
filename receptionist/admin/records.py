"""Accounts, sessions and keys as they are handed out: never with a secret."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from receptionist.admin.permissions import INSTALLATION, Permission, Role

SCOPE_PATTERN = rf"^(?:{INSTALLATION}|[a-z0-9][a-z0-9-]{{0,62}})$"

Scope = Annotated[
    str,
    StringConstraints(pattern=SCOPE_PATTERN),
    Field(description=f"Id of a customer, or `{INSTALLATION}` for all of them.", examples=["acme"]),
]
_Id = Annotated[str, Field(examples=["5b0f9c1d2e3a4b5c6d7e8f9011223344"])]
_Email = Annotated[str, Field(examples=["anna@example.com"])]


class Grant(BaseModel, frozen=True, extra="forbid"):
    """A role on a scope."""

    role: Role
    scope: Scope


class Purpose(StrEnum):
    """What a link is for."""

    INVITATION = "invitation"
    RESET = "reset"
    SECOND_FACTOR = "second_factor"
    """The password was right; a code has to follow."""


class UserRecord(BaseModel):
    """A person, as far as whoever asks may know.

    Attributes:
        name: "" until the invitation has been taken up.
        roles: Those on scopes that whoever asks may look at.
    """

    model_config = ConfigDict(frozen=True)

    id: _Id
    email: _Email
    name: str = Field(examples=["Anna Bianchi"])
    state: Literal["invited", "active", "disabled"]
    second_factor: bool = Field(description="Signing in takes a code besides the password.")
    roles: tuple[Grant, ...]

    @property
    def etag(self) -> str:
        """Returns what changes whenever this does (RFC 9110, 8.8.3)."""
        return f'"{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:32]}"'


class SessionRecord(BaseModel):
    """A browser somebody is signed in with."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: _Id
    created_at: datetime
    seen_at: datetime = Field(description="When it was used last, to the minute.")
    address: str = Field(examples=["192.0.2.7"])
    browser: str = Field(
        description="As the browser names itself.", examples=["Mozilla/5.0 (X11; Linux x86_64)"]
    )
    current: bool = Field(default=False, description="The one that asks.")


class KeyRecord(BaseModel):
    """A key of a program, without its secret."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str = Field(examples=["1f2e3d4c5b6a7988"])
    name: str = Field(examples=["CRM import"])
    scope: str = Field(examples=["acme"])
    permissions: tuple[Permission, ...]
    created_at: datetime
    created_by: _Email
    expires_at: datetime
    used_at: datetime | None = Field(description="When it was used last, to the minute.")
    revoked_at: datetime | None
