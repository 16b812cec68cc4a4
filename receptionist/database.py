"""The database: opened with its schema brought up to date, read and written in short transactions.

SQLite is the embedded default; the URL setting takes any database SQLAlchemy has an async driver
for. Two kinds of transaction exist so that SQLite's one writer is asked for at `BEGIN`, where
waiting for it works, and never half-way through, where SQLite refuses at once.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Set
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel
from sqlalchemy import DateTime, MetaData, TypeDecorator, event
from sqlalchemy.engine import URL, Connection, Dialect, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import NullPool

from receptionist.errors import ConfigurationError
from receptionist.migrations import upgrade
from receptionist.storage_faults import explain

DEFAULT_FILE = "receptionist.db"

BUSY_TIMEOUT_MS = 1000
"""How long one attempt waits for another writer. A message is taken while the caller waits and a
tool has two seconds; call events are tried again by their own queue, so longer gains nothing."""

_ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC also where the database knows no time zones (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Returns `value` in UTC."""
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Returns what was stored, aware."""
        del dialect
        return value and (value if value.tzinfo else value.replace(tzinfo=UTC))


class Base(DeclarativeBase):
    """Base of every table; constraints are named so that migrations can alter them anywhere."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database:
    """An open database whose schema is current. Close it, or use it as a context manager."""

    def __init__(self, engine: AsyncEngine, name: str) -> None:
        self.engine = engine
        self.name = name
        self._writer = engine.execution_options(writes=True)

    @classmethod
    async def open(cls, url: str, data_dir: Path) -> Self:
        """Opens the database at `url`, or the SQLite file in `data_dir` when `url` is empty.

        Creates the folder and the file when they are missing, then runs the migrations that have
        not run yet, in a worker thread.

        Raises:
            ConfigurationError: `url` cannot be understood or its driver is not installed.
            StorageError: the database cannot be used; the message says what to do.
        """
        target = database_url(url, data_dir)
        name = target.render_as_string(hide_password=True)
        if target.get_backend_name() == "sqlite" and target.database:
            name = target.database
        try:
            await asyncio.to_thread(_prepare, target)
        except (SQLAlchemyError, OSError) as error:
            raise explain(error, name) from error
        return cls(_engine(target), name)

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncSession, None]:
        """Opens a session for queries; nothing it changes is kept.

        Raises:
            StorageError: the database refuses.
        """
        try:
            async with AsyncSession(self.engine) as session:
                yield session
        except (SQLAlchemyError, OSError) as error:
            raise explain(error, self.name) from error

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncSession, None]:
        """Opens a session whose changes are committed when the block ends without an error.

        Raises:
            StorageError: the database refuses; nothing was kept.
        """
        try:
            async with AsyncSession(self._writer) as session, session.begin():
                yield session
        except (SQLAlchemyError, OSError) as error:
            raise explain(error, self.name) from error

    async def close(self) -> None:
        """Closes every connection."""
        await self.engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def database_url(url: str, data_dir: Path) -> URL:
    """Returns the URL that is opened for the setting `url`, with an async driver.

    Raises:
        ConfigurationError: `url` is not an SQLAlchemy URL, or names a database in memory.
    """
    if not url:
        file = data_dir.expanduser().resolve() / DEFAULT_FILE
        return URL.create("sqlite+aiosqlite", database=str(file))
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError(
            f"RECEPTIONIST_DATABASE_URL {url!r} is not a database URL. "
            "Write it like sqlite:///calls.db or postgresql://user@host/name, or leave it empty."
        ) from error
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ConfigurationError(
            f"RECEPTIONIST_DATABASE_URL {url!r} is a database in memory, which keeps nothing. "
            "Name a file, as in sqlite:///calls.db."
        )
    return parsed.set(drivername=_ASYNC_DRIVERS.get(parsed.drivername, parsed.drivername))


def _engine(url: URL, *, pooled: bool = True) -> AsyncEngine:
    pool: dict[str, Any] = {} if pooled else {"poolclass": NullPool}
    try:
        engine = create_async_engine(url, json_serializer=_to_json, **pool)
    except (ModuleNotFoundError, ArgumentError) as error:
        raise ConfigurationError(
            f"No driver for RECEPTIONIST_DATABASE_URL {url.drivername!r} ({error}). Install it, "
            "or leave the setting empty for SQLite."
        ) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling leaves DDL outside transactions; `_begin_sqlite`
    # replaces it, so that a migration that is killed half-way leaves nothing behind.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL syncs the log at every commit: what was committed survives a power cut, not only a
    # killed process. Commits happen beside the call, a few per turn, so the sync costs nobody.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare(url: URL) -> None:
    if url.get_backend_name() == "sqlite":
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    # A loop of its own: the many small steps of a migration never reach the loop calls run on.
    asyncio.run(_migrate(url))


async def _migrate(url: URL) -> None:
    engine = _engine(url, pooled=False)
    try:
        async with engine.execution_options(writes=True).begin() as connection:
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    match value:
        case BaseModel():
            return value.model_dump(mode="json")
        case Mapping():
            return dict(value)
        case Set():
            return sorted(value, key=str)
        case _:
            return str(value)
