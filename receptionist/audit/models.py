"""The tables of the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from receptionist.database import Base, UtcDateTime


class AuditRow(Base):
    """One row of a tenant's chain; see AuditEntry. Rows are added and pruned, never changed.

    The texts, with their salt, are the only columns that are emptied later; their hash stays.
    `call_id` is no foreign key: a call may be deleted, what was judged on it may not.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "uid", unique=True),
        Index(None, "tenant", "at"),
        Index(None, "tenant", "call_id"),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uid: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    call_id: Mapped[str]
    turn: Mapped[int]
    kind: Mapped[str]
    stage: Mapped[str]
    verdict: Mapped[str]
    category: Mapped[str]
    rule: Mapped[str]
    detector: Mapped[str]
    score: Mapped[float]
    language: Mapped[str]
    law: Mapped[str]
    policy_hash: Mapped[str]
    latency_us: Mapped[int]
    action: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    text_sha256: Mapped[str]
    text_salt: Mapped[str | None]
    text: Mapped[str | None] = mapped_column(Text)
    history: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    prev_hash: Mapped[str]
    hash: Mapped[str]


class AuditEndRow(Base):
    """Where the chain of a tenant ends; also the row that writers lock."""

    __tablename__ = "audit_end"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str]
