"""The tables of accounts, and of everything somebody can sign in with."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from receptionist.database import Base, UtcDateTime

_CASCADE = "CASCADE"


class AccountRow(Base):
    """A person who may sign in.

    `totp_secret` is encrypted; it counts once `totp_since` is set. `totp_step` is the time step of
    the code that was taken last: no code of that step or an earlier one is taken again.
    """

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_step: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MembershipRow(Base):
    """A role on a scope: a customer, or the installation.

    A customer is named by its id alone: accounts outlive customers. `invitation` is the link that
    has to be redeemed before the role counts; None once it does.
    """

    __tablename__ = "membership"

    account_id: Mapped[str] = mapped_column(
        ForeignKey("account.id", ondelete=_CASCADE), primary_key=True
    )
    scope: Mapped[str] = mapped_column(primary_key=True, index=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    invitation: Mapped[str | None] = mapped_column(index=True)


class LinkRow(Base):
    """Something that works once and for a while; of its token the SHA-256 is kept."""

    __tablename__ = "account_link"

    id: Mapped[str] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete=_CASCADE), index=True)
    purpose: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCodeRow(Base):
    """A code that stands in for the second factor once; its SHA-256 is kept until then."""

    __tablename__ = "recovery_code"

    account_id: Mapped[str] = mapped_column(
        ForeignKey("account.id", ondelete=_CASCADE), primary_key=True
    )
    code_sha256: Mapped[str] = mapped_column(primary_key=True)


class SessionRow(Base):
    """A browser somebody is signed in with; the row goes when the session ends."""

    __tablename__ = "account_session"

    id: Mapped[str] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete=_CASCADE), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    address: Mapped[str]
    browser: Mapped[str]


class KeyRow(Base):
    """What a program signs in with; of its secret the SHA-256 is kept."""

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(primary_key=True)
    secret_sha256: Mapped[str]
    name: Mapped[str]
    scope: Mapped[str] = mapped_column(index=True)
    permissions: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AttemptsRow(Base):
    """How often somebody failed to sign in: as one account, or from one address."""

    __tablename__ = "sign_in_attempts"

    subject: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    waits_until: Mapped[datetime] = mapped_column(UtcDateTime)
