"""Calls with their turns, tools and latencies, and the messages taken on them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Creates the tables."""
    _create_call()
    _create_turn()
    _create_tool_call()
    _create_latency()
    _create_message()


def downgrade() -> None:
    """Drops the tables, and everything in them."""
    for table in ("message", "latency", "tool_call", "turn", "call"):
        op.drop_table(table)


def _create_call() -> None:
    op.create_table(
        "call",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("duration_s", sa.Double(), nullable=True),
        sa.Column("disposition", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_call"),
    )
    op.create_index("ix_call_tenant_started_at", "call", ["tenant", "started_at"])


def _create_turn() -> None:
    op.create_table(
        "turn",
        *_event_columns(),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("speaker", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("start_s", sa.Double(), nullable=False),
        sa.Column("end_s", sa.Double(), nullable=False),
        sa.Column("interrupted", sa.Boolean(), nullable=False),
        *_event_constraints("turn"),
    )


def _create_tool_call() -> None:
    op.create_table(
        "tool_call",
        *_event_columns(),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        *_event_constraints("tool_call"),
    )


def _create_latency() -> None:
    op.create_table(
        "latency",
        *_event_columns(),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("voice_to_voice_ms", sa.Double(), nullable=False),
        sa.Column("stages", sa.JSON(), nullable=False),
        *_event_constraints("latency"),
    )


def _create_message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("contact_id", sa.String(), nullable=False),
        sa.Column("caller_name", sa.String(), nullable=False),
        sa.Column("callback_number", sa.String(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
    )
    op.create_index("ix_message_tenant_created_at", "message", ["tenant", "created_at"])
    op.create_index("ix_message_call_id", "message", ["call_id"])


def _event_columns() -> tuple[sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
    )


def _event_constraints(table: str) -> tuple[sa.ForeignKeyConstraint, sa.PrimaryKeyConstraint]:
    return (
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=f"fk_{table}_call_id_call", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "position", name=f"pk_{table}"),
    )
