"""The audit log, and the consent of callers to being recorded."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_WORDS = ("kind", "stage", "verdict", "category", "rule", "detector")


def upgrade() -> None:
    """Creates the tables."""
    _create_audit()
    op.create_table(
        "audit_end",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name="pk_audit_end"),
    )
    _create_consent()


def downgrade() -> None:
    """Drops them, and everything in them."""
    for table in ("consent", "audit_end", "audit"):
        op.drop_table(table)


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in _WORDS),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("law", sa.String(), nullable=False),
        sa.Column("policy_hash", sa.String(), nullable=False),
        sa.Column("latency_us", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("text_sha256", sa.String(), nullable=False),
        sa.Column("text_salt", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("history", sa.JSON(), nullable=True),
        sa.Column("prev_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "seq", name="pk_audit"),
    )
    op.create_index("ix_audit_uid", "audit", ["uid"], unique=True)
    op.create_index("ix_audit_tenant_at", "audit", ["tenant", "at"])
    op.create_index("ix_audit_tenant_call_id", "audit", ["tenant", "call_id"])


def _create_consent() -> None:
    op.create_table(
        "consent",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("consent", sa.String(), nullable=False),
        sa.Column("policy_hash", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_consent"),
    )
    op.create_index("ix_consent_tenant_at", "consent", ["tenant", "at"])
