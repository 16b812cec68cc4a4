"""What operations about accounts answer; secrets stand in them once, when they are made."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from receptionist.admin.permissions import Permission, Role
from receptionist.admin.records import Grant, KeyRecord, SessionRecord, UserRecord

_TOKEN = "q0N2cS1mYWxsLW9mLXRoZS1yb29rcy1vbi10aGUtaGlsbA"


class SignedInAnswer(BaseModel):
    """Somebody is signed in; his session is in the cookie."""

    state: Literal["signed_in"] = "signed_in"
    csrf_token: str = Field(
        description="To be sent as `X-CSRF-Token` with every change.",
        examples=["9f2c5b0e7d1a4c3e8b6f0a2d4c6e8f10"],
    )


class CodeWantedAnswer(BaseModel):
    """The password was right; a code has to follow."""

    state: Literal["code_wanted"] = "code_wanted"
    challenge: str = Field(
        description="To be sent with the code, once.",
        examples=[_TOKEN],
    )
    expires_at: datetime


class MeAnswer(BaseModel):
    """Who asks, and what he may do."""

    kind: Literal["user", "key"]
    id: str = Field(examples=["5b0f9c1d2e3a4b5c6d7e8f9011223344"])
    name: str = Field(
        description="E-mail address, or name of the key.", examples=["anna@example.com"]
    )
    permissions: dict[str, list[Permission]] = Field(
        description="By scope; what is allowed on `@installation` is allowed everywhere.",
        examples=[{"acme": ["tenant:read", "tenant:edit"]}],
    )
    csrf_token: str = Field(
        description='To be sent as `X-CSRF-Token` with every change; "" for keys.',
        examples=["9f2c5b0e7d1a4c3e8b6f0a2d4c6e8f10"],
    )


class SecretAnswer(BaseModel):
    """What an authenticator has to know."""

    secret: str = Field(examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    address: str = Field(
        description="To be shown as a QR code.",
        examples=["otpauth://totp/Receptionist:anna@example.com?secret=JBSW…&issuer=Receptionist"],
    )


class RecoveryCodesAnswer(BaseModel):
    """Codes that stand in for the authenticator, each once; they are shown once."""

    codes: list[str] = Field(examples=[["MFRG-GZDF-MZTW-Q2LK"]])


class SessionsAnswer(BaseModel):
    """The browsers somebody is signed in with."""

    sessions: list[SessionRecord]


class RoleAnswer(BaseModel):
    """A role, and what it allows."""

    role: Role
    permissions: list[Permission] = Field(description="On the installation.")
    on_customers: list[Permission] = Field(description="On one customer.")


class RolesAnswer(BaseModel):
    """The table of roles."""

    roles: list[RoleAnswer]


class UsersAnswer(BaseModel):
    """People, by address."""

    users: list[UserRecord]


class LinkAnswer(BaseModel):
    """A link to hand to somebody; whoever has it can sign in as him."""

    token: str = Field(description="Works once.", examples=[_TOKEN])
    expires_at: datetime


class InvitedAnswer(BaseModel):
    """Somebody who has been invited."""

    user: UserRecord
    link: LinkAnswer


class KeysAnswer(BaseModel):
    """Keys, the latest first."""

    keys: list[KeyRecord]


class NewKeyAnswer(BaseModel):
    """A new key; it is shown once."""

    key: KeyRecord
    shown: str = Field(
        description="To be sent as `Authorization: Bearer …`.",
        examples=["rk_1f2e3d4c5b6a7988_q0N2cS1mYWxsLW9mLXRoZS1yb29r"],
    )


Grants = Annotated[
    list[Grant],
    Field(max_length=100, examples=[[{"role": "editor", "scope": "acme"}]]),
]
