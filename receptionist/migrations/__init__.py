"""The steps that bring a database's schema up to date; they are part of the package.

A new step is a module in `versions/` whose `down_revision` names the one before it.
"""

import threading
from collections.abc import Sequence

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from receptionist.errors import StorageError

_ONE_AT_A_TIME = threading.Lock()
"""Alembic hands the connection to `env.py` through a global."""

_SCHEMA_LOCK = 0x7265_6365_7074
"""Taken on a PostgreSQL server by whoever changes the schema; the bytes say `recept`."""


def upgrade(connection: Connection, to: str = "head") -> None:
    """Runs the steps that have not run yet on `connection`, in its transaction.

    Processes that start at the same moment do so one after the other.

    Raises:
        StorageError: the schema was made by a newer version of the product.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
    present = current(connection)
    if present is not None and present not in revisions():
        error = StorageError(
            f"The database was written by a newer version (schema {present!r}). "
            "Install that version, or put back the backup made before it."
        )
        error.retryable = False
        raise error
    with _ONE_AT_A_TIME:
        command.upgrade(_config(connection), to)


def downgrade(connection: Connection, revision: str) -> None:
    """Takes the schema on `connection` back to `revision`; `base` is the empty database."""
    with _ONE_AT_A_TIME:
        command.downgrade(_config(connection), revision)


def current(connection: Connection) -> str | None:
    """Returns the schema on `connection`; None where there is none of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def revisions() -> Sequence[str]:
    """Returns the schemas this version knows, the first one first."""
    scripts = ScriptDirectory.from_config(_config(None)).walk_revisions()
    return [script.revision for script in scripts][::-1]


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", "receptionist:migrations")
    config.attributes["connection"] = connection
    return config
