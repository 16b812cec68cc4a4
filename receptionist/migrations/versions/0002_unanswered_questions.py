"""Questions that were not answered, in groups that ask the same."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Creates the tables."""
    op.create_table(
        "question_group",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_question_group"),
    )
    op.create_index("ix_question_group_tenant_language", "question_group", ["tenant", "language"])
    op.create_table(
        "unanswered_question",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("nearest_topic", sa.String(), nullable=True),
        sa.Column("group_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["call.id"],
            name="fk_unanswered_question_call_id_call",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["question_group.id"],
            name="fk_unanswered_question_group_id_question_group",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("call_id", "position", name="pk_unanswered_question"),
    )
    op.create_index(
        "ix_unanswered_question_tenant_group_id", "unanswered_question", ["tenant", "group_id"]
    )


def downgrade() -> None:
    """Drops the tables, and everything in them."""
    for table in ("unanswered_question", "question_group"):
        op.drop_table(table)
