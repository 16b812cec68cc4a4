"""Engines that failed on a call, and those that took over."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "engine_change",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("failed", sa.String(), nullable=False),
        sa.Column("instead", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name="fk_engine_change_call_id_call", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "position", name="pk_engine_change"),
    )


def downgrade() -> None:
    """Drops it, and everything in it."""
    op.drop_table("engine_change")
