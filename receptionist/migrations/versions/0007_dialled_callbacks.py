"""Tries to call somebody back, and who has called whom."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Adds column and table."""
    inbound = sa.Column("direction", sa.String(), nullable=False, server_default="inbound")
    op.add_column("call", inbound)
    op.create_table(
        "callback_attempt",
        sa.Column("callback_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["callback_id"],
            ["callback.id"],
            name="fk_callback_attempt_callback_id_callback",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("callback_id", "number", name="pk_callback_attempt"),
    )
    op.create_index(
        "ix_callback_attempt_tenant_started_at", "callback_attempt", ["tenant", "started_at"]
    )


def downgrade() -> None:
    """Drops them, and everything in them."""
    op.drop_table("callback_attempt")
    # Not in batch mode: that drops the table of calls, and what belongs to them with it.
    op.drop_column("call", "direction")
