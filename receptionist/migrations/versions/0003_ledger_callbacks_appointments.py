"""The ledger of tools has ids; callbacks that were promised, and appointments."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Adds the columns and creates the tables."""
    _extend_ledger()
    with op.batch_alter_table("message") as message:
        message.add_column(sa.Column("email", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("message") as message:
        message.alter_column("email", server_default=None)
    _create_callback()
    _create_appointment()


def downgrade() -> None:
    """Drops them, and everything in them."""
    for table in ("appointment_part", "appointment", "callback"):
        op.drop_table(table)
    with op.batch_alter_table("message") as message:
        message.drop_column("email")
    with op.batch_alter_table("tool_call") as tool_call:
        tool_call.drop_index("ix_tool_call_id")
        for column in ("id", "key", "duration_ms"):
            tool_call.drop_column(column)


def _extend_ledger() -> None:
    """Adds the columns; runs that were kept before have no id, and their length is not known."""
    with op.batch_alter_table("tool_call") as tool_call:
        tool_call.add_column(sa.Column("id", sa.String(), nullable=False, server_default=""))
        tool_call.add_column(sa.Column("key", sa.String(), nullable=False, server_default=""))
        tool_call.add_column(
            sa.Column("duration_ms", sa.Double(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("tool_call") as tool_call:
        for column in ("id", "key", "duration_ms"):
            tool_call.alter_column(column, server_default=None)
    op.create_index("ix_tool_call_id", "tool_call", ["id"])


def _create_callback() -> None:
    op.create_table(
        "callback",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("contact_id", sa.String(), nullable=False),
        sa.Column("caller_name", sa.String(), nullable=False),
        sa.Column("callback_number", sa.String(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("due_from", _MOMENT, nullable=False),
        sa.Column("due_until", _MOMENT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_callback"),
    )
    op.create_index("ix_callback_tenant_due_from", "callback", ["tenant", "due_from"])
    op.create_index("ix_callback_call_id", "callback", ["call_id"])


def _create_appointment() -> None:
    op.create_table(
        "appointment",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("free_at", _MOMENT, nullable=False),
        sa.Column("caller_name", sa.String(), nullable=False),
        sa.Column("callback_number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
    )
    op.create_index("ix_appointment_tenant_starts_at", "appointment", ["tenant", "starts_at"])
    op.create_index("ix_appointment_call_id", "appointment", ["call_id"])
    op.create_table(
        "appointment_part",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name="fk_appointment_part_appointment_id_appointment",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "calendar", "part", name="pk_appointment_part"),
    )
    op.create_index("ix_appointment_part_appointment_id", "appointment_part", ["appointment_id"])
