"""What tests do to a database of either kind as another program would."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from receptionist.database import Database


def url_of(database: Database) -> str:
    """Returns the setting that opens it once more."""
    return database.engine.url.render_as_string(hide_password=False)


@asynccontextmanager
async def held(database: Database) -> AsyncGenerator[None]:
    """Keeps every other writer waiting; readers go on."""
    async with database.maintain() as connection:
        if database.engine.dialect.name == "postgresql":
            names = ", ".join(f'"{name}"' for name in await connection.run_sync(tables))
            await connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
        yield


def tables(connection: Connection) -> set[str]:
    """Returns the names of its tables, without that of the migrations."""
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


async def read_as_another(database: Database, query: str) -> list[tuple[object, ...]]:
    """Returns what another program reads in it."""
    async with database.maintain() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]
