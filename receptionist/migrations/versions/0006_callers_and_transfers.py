"""Who called, what was called, and whose telephones were rung."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_CALLER = ("called", "caller", "caller_name", "caller_verdict")


def upgrade() -> None:
    """Adds columns and table."""
    for name in _CALLER:
        op.add_column("call", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.create_table(
        "transfer",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("rung", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ring_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name="fk_transfer_call_id_call", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "position", name="pk_transfer"),
    )


def downgrade() -> None:
    """Drops them, and everything in them."""
    op.drop_table("transfer")
    for name in _CALLER:
        op.drop_column("call", name)
