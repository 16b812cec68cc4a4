"""Customers, their sites and receptionists; drafts, versions, labels and approvals."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Adds the tables."""
    _owners()
    _contents()
    _draft()
    _versions()
    _labels()
    _approvals()


def downgrade() -> None:
    """Drops them, and everything in them."""
    for table in (
        "sentence_approval",
        "label_move",
        "version_file",
        "tenant_version",
        "draft_edit",
        "draft_file",
        "bundle_blob",
        "tenant",
        "site",
        "customer",
    ):
        op.drop_table(table)


def _owners() -> None:
    op.create_table(
        "customer",
        _text("id"),
        _text("name"),
        _at("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
    )
    op.create_table(
        "site",
        _text("customer"),
        _text("id"),
        _text("name"),
        _at("created_at"),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name="fk_site_customer_customer"),
        sa.PrimaryKeyConstraint("customer", "id", name="pk_site"),
    )
    op.create_table(
        "tenant",
        _text("id"),
        _text("customer"),
        _text("site", nullable=True),
        sa.Column("based_on", sa.Integer(), nullable=True),
        _at("created_at"),
        _text("created_by"),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name="fk_tenant_customer_customer"),
        sa.ForeignKeyConstraint(
            ["customer", "site"], ["site.customer", "site.id"], name="fk_tenant_customer_site"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tenant"),
    )
    op.create_index("ix_tenant_customer", "tenant", ["customer"])


def _contents() -> None:
    op.create_table(
        "bundle_blob",
        _text("tenant"),
        _text("sha256"),
        _number("size_bytes"),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        _of_tenant("bundle_blob"),
        sa.PrimaryKeyConstraint("tenant", "sha256", name="pk_bundle_blob"),
    )


def _draft() -> None:
    op.create_table(
        "draft_file",
        _text("tenant"),
        _text("path"),
        _number("revision"),
        _text("sha256", nullable=True),
        _text("author"),
        _at("edited_at"),
        _of_tenant("draft_file"),
        _of_blob("draft_file"),
        sa.PrimaryKeyConstraint("tenant", "path", name="pk_draft_file"),
    )
    op.create_table(
        "draft_edit",
        _text("tenant"),
        _number("revision"),
        _text("path"),
        _text("sha256", nullable=True),
        _text("kind"),
        _text("author"),
        _at("at"),
        _of_tenant("draft_edit"),
        _of_blob("draft_edit"),
        sa.PrimaryKeyConstraint("tenant", "revision", name="pk_draft_edit"),
    )
    op.create_index(
        "ix_draft_edit_tenant_path_revision", "draft_edit", ["tenant", "path", "revision"]
    )


def _versions() -> None:
    op.create_table(
        "tenant_version",
        _text("tenant"),
        _number("number"),
        sa.Column("parent", sa.Integer(), nullable=True),
        _text("author"),
        sa.Column("message", sa.Text(), nullable=False),
        _at("created_at"),
        _text("files_sha256"),
        _text("policy_hash"),
        _text("judge"),
        sa.Column("problems", sa.JSON(), nullable=False),
        _of_tenant("tenant_version"),
        sa.PrimaryKeyConstraint("tenant", "number", name="pk_tenant_version"),
    )
    op.create_table(
        "version_file",
        _text("tenant"),
        _number("number"),
        _text("path"),
        _text("sha256"),
        _of_version("version_file"),
        _of_blob("version_file"),
        sa.PrimaryKeyConstraint("tenant", "number", "path", name="pk_version_file"),
    )


def _labels() -> None:
    op.create_table(
        "label_move",
        _text("tenant"),
        _number("position"),
        _text("label"),
        _number("number"),
        _text("author"),
        sa.Column("message", sa.Text(), nullable=False),
        _at("at"),
        _of_version("label_move"),
        sa.PrimaryKeyConstraint("tenant", "position", name="pk_label_move"),
    )
    op.create_index(
        "ix_label_move_tenant_label_position", "label_move", ["tenant", "label", "position"]
    )


def _approvals() -> None:
    op.create_table(
        "sentence_approval",
        _text("tenant"),
        _number("position"),
        _text("sentence_sha256"),
        _text("category"),
        _text("author"),
        _text("approver"),
        sa.Column("reason", sa.Text(), nullable=False),
        _text("origin"),
        _text("recorded_by"),
        _at("at"),
        _of_tenant("sentence_approval"),
        sa.PrimaryKeyConstraint("tenant", "position", name="pk_sentence_approval"),
    )
    op.create_index(
        "ix_sentence_approval_tenant_sentence_sha256",
        "sentence_approval",
        ["tenant", "sentence_sha256"],
    )


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _at(name: str) -> sa.Column[object]:
    return sa.Column(name, _MOMENT, nullable=False)


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant"], ["tenant.id"], name=f"fk_{table}_tenant_tenant")


def _of_blob(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_tenant_bundle_blob"
    target = ["bundle_blob.tenant", "bundle_blob.sha256"]
    return sa.ForeignKeyConstraint(["tenant", "sha256"], target, name=name)


def _of_version(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_tenant_tenant_version"
    target = ["tenant_version.tenant", "tenant_version.number"]
    return sa.ForeignKeyConstraint(["tenant", "number"], target, name=name)
