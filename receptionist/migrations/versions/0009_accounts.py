"""Accounts with their roles, links, sessions and recovery codes; keys; failures to sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Creates the tables."""
    _create_account()
    _create_links()
    _create_session()
    _create_key()
    op.create_table(
        "sign_in_attempts",
        _text("subject"),
        sa.Column("failures", sa.Integer(), nullable=False),
        _at("last_at"),
        _at("waits_until"),
        sa.PrimaryKeyConstraint("subject", name="pk_sign_in_attempts"),
    )


def downgrade() -> None:
    """Drops them, and everything in them."""
    for table in (
        "sign_in_attempts",
        "api_key",
        "account_session",
        "recovery_code",
        "account_link",
        "membership",
        "account",
    ):
        op.drop_table(table)


def _create_account() -> None:
    op.create_table(
        "account",
        _text("id"),
        _text("email"),
        _text("name"),
        _text("password_hash", nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        _at("totp_since", nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        _at("created_at"),
        _at("disabled_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("email", name="uq_account_email"),
    )
    op.create_table(
        "membership",
        _text("account_id"),
        _text("scope"),
        _text("role"),
        _at("since"),
        _text("invitation", nullable=True),
        _of_account("membership"),
        sa.PrimaryKeyConstraint("account_id", "scope", "role", name="pk_membership"),
    )
    op.create_index("ix_membership_scope", "membership", ["scope"])
    op.create_index("ix_membership_invitation", "membership", ["invitation"])


def _create_links() -> None:
    op.create_table(
        "account_link",
        _text("id"),
        _text("token_sha256"),
        _text("account_id"),
        _text("purpose"),
        _at("created_at"),
        _at("expires_at"),
        _at("used_at", nullable=True),
        _of_account("account_link"),
        sa.PrimaryKeyConstraint("id", name="pk_account_link"),
        sa.UniqueConstraint("token_sha256", name="uq_account_link_token_sha256"),
    )
    op.create_index("ix_account_link_account_id", "account_link", ["account_id"])
    op.create_table(
        "recovery_code",
        _text("account_id"),
        _text("code_sha256"),
        _of_account("recovery_code"),
        sa.PrimaryKeyConstraint("account_id", "code_sha256", name="pk_recovery_code"),
    )


def _create_session() -> None:
    op.create_table(
        "account_session",
        _text("id"),
        _text("token_sha256"),
        _text("account_id"),
        _at("created_at"),
        _at("seen_at"),
        _text("address"),
        _text("browser"),
        _of_account("account_session"),
        sa.PrimaryKeyConstraint("id", name="pk_account_session"),
        sa.UniqueConstraint("token_sha256", name="uq_account_session_token_sha256"),
    )
    op.create_index("ix_account_session_account_id", "account_session", ["account_id"])


def _create_key() -> None:
    op.create_table(
        "api_key",
        _text("id"),
        _text("secret_sha256"),
        _text("name"),
        _text("scope"),
        sa.Column("permissions", sa.JSON(), nullable=False),
        _at("created_at"),
        _text("created_by"),
        _at("expires_at"),
        _at("used_at", nullable=True),
        _at("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
    )
    op.create_index("ix_api_key_scope", "api_key", ["scope"])


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, _MOMENT, nullable=nullable)


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_account_id_account"
    return sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=name, ondelete="CASCADE")
