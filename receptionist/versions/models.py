"""The tables of customers, their receptionists, drafts and versions.

A file is a path and the hash of its content; the content lies in `bundle_blob`, once per tenant.
Rows of edits, versions, moves of labels and approvals are added and never changed.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from receptionist.database import Base, UtcDateTime


class CustomerRow(Base):
    """Somebody who has receptionists on this installation."""

    __tablename__ = "customer"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SiteRow(Base):
    """A place of a customer."""

    __tablename__ = "site"

    customer: Mapped[str] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TenantRow(Base):
    """A receptionist of a customer; also the row that writers of its draft and versions lock."""

    __tablename__ = "tenant"
    __table_args__ = (ForeignKeyConstraint(["customer", "site"], ["site.customer", "site.id"]),)

    id: Mapped[str] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    site: Mapped[str | None]
    based_on: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str]


class BlobRow(Base):
    """What a file holds, packed by zlib."""

    __tablename__ = "bundle_blob"

    tenant: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    size_bytes: Mapped[int]
    packed: Mapped[bytes] = mapped_column(LargeBinary)


class DraftFileRow(Base):
    """A file of the draft as it is now; without a hash it has been deleted."""

    __tablename__ = "draft_file"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "sha256"], ["bundle_blob.tenant", "bundle_blob.sha256"]),
    )

    tenant: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    sha256: Mapped[str | None]
    author: Mapped[str]
    edited_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DraftEditRow(Base):
    """A change of one file of the draft; its revision is that of the file from then on."""

    __tablename__ = "draft_edit"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "sha256"], ["bundle_blob.tenant", "bundle_blob.sha256"]),
        Index(None, "tenant", "path", "revision"),
    )

    tenant: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    path: Mapped[str]
    sha256: Mapped[str | None]
    kind: Mapped[str]
    author: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class VersionRow(Base):
    """A version; see VersionRecord."""

    __tablename__ = "tenant_version"

    tenant: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    parent: Mapped[int | None]
    author: Mapped[str]
    message: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    files_sha256: Mapped[str]
    policy_hash: Mapped[str]
    judge: Mapped[str]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class VersionFileRow(Base):
    """A file of a version."""

    __tablename__ = "version_file"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "number"], ["tenant_version.tenant", "tenant_version.number"]
        ),
        ForeignKeyConstraint(["tenant", "sha256"], ["bundle_blob.tenant", "bundle_blob.sha256"]),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    path: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]


class LabelMoveRow(Base):
    """That a label names a version from then on."""

    __tablename__ = "label_move"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "number"], ["tenant_version.tenant", "tenant_version.number"]
        ),
        Index(None, "tenant", "label", "position"),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    label: Mapped[str]
    number: Mapped[int]
    author: Mapped[str]
    message: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApprovalRow(Base):
    """That somebody stands for a sentence the screen asks about; see ApprovalRecord."""

    __tablename__ = "sentence_approval"
    __table_args__ = (Index(None, "tenant", "sentence_sha256"),)

    tenant: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sentence_sha256: Mapped[str]
    category: Mapped[str]
    author: Mapped[str]
    approver: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    origin: Mapped[str]
    recorded_by: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
