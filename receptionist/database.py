"""The database: opened with its schema brought up to date, read and written in short transactions.

SQLite is the embedded default; the URL setting takes any database SQLAlchemy has an async driver
for. Two kinds of transaction exist so that SQLite's one writer is asked for at `BEGIN`, where
waiting for it works, and never half-way through, where SQLite refuses at once.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import DateTime, MetaData, TypeDecorator, func, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.orm import DeclarativeBase

from receptionist.database_engine import POSTGRESQL, for_reading, is_server, open_engine
from receptionist.errors import ConfigurationError, NotFoundError, StorageError
from receptionist.migrations import upgrade
from receptionist.storage_faults import explain

DEFAULT_FILE = "receptionist.db"

_ASYNC_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
_OPTIONS = {"host", "passfile", "prepared_statement_cache_size", "ssl", "target_session_attrs"}


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
        self._reader = for_reading(engine)

    @classmethod
    async def open(cls, url: str, data_dir: Path, *, as_it_is: bool = False) -> Self:
        """Opens the database at `url`, or the SQLite file in `data_dir` when `url` is empty.

        Creates the folder and the file when they are missing, then runs the migrations that have
        not run yet, in a worker thread.

        Args:
            url: The setting.
            data_dir: The setting.
            as_it_is: Nothing is created and no migration is run.

        Raises:
            ConfigurationError: `url` cannot be understood or its driver is not installed.
            StorageError: the database cannot be used; the message says what to do.
        """
        target = database_url(url, data_dir)
        name = _name(target)
        if as_it_is and not is_server(target) and not await asyncio.to_thread(Path(name).is_file):
            raise NotFoundError(f"There is no database {name!r}.")
        try:
            if not as_it_is:
                await asyncio.to_thread(_prepare, target)
        except (SQLAlchemyError, OSError) as error:
            raise explain(error, name, server=is_server(target)) from error
        return cls(open_engine(target), name)

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncSession, None]:
        """Opens a session for queries; nothing it changes is kept.

        Raises:
            StorageError: the database refuses.
        """
        try:
            async with AsyncSession(self._reader) as session:
                yield session
        except (SQLAlchemyError, OSError) as error:
            raise self._explained(error) from error

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
            raise self._explained(error) from error

    @asynccontextmanager
    async def maintain(self) -> AsyncGenerator[AsyncConnection, None]:
        """Opens one transaction for work on whole tables, which may take long and wait for others.

        Raises:
            StorageError: the database refuses; nothing was changed.
        """
        async with (
            self._unhurried() as engine,
            engine.execution_options(writes=True).begin() as connection,
        ):
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[AsyncConnection, None]:
        """Opens a connection that sees the whole database as it is now, however long that takes.

        Others go on writing meanwhile.

        Raises:
            StorageError: the database refuses.
        """
        async with self._unhurried() as engine, for_reading(engine).connect() as connection:
            yield connection

    @asynccontextmanager
    async def _unhurried(self) -> AsyncGenerator[AsyncEngine, None]:
        engine = open_engine(self.engine.url, pooled=False)
        try:
            yield engine
        except (SQLAlchemyError, OSError) as error:
            raise self._explained(error) from error
        finally:
            await engine.dispose()

    async def close(self) -> None:
        """Closes every connection."""
        await self.engine.dispose()

    def _explained(self, error: Exception) -> StorageError:
        return explain(error, self.name, server=is_server(self.engine.url))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def one_writer(session: AsyncSession, of: str) -> None:
    """Waits until no other transaction is open that has asked for `of`, the name of some rows.

    Between this and the commit nobody else reads those rows to write them. SQLite has one writer
    anyway.
    """
    if session.get_bind().dialect.name == POSTGRESQL:
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(of, 0))))


async def insert_once(session: AsyncSession, table: type[Base], values: Mapping[str, Any]) -> None:
    """Adds a row; one that has its key already stands as it is."""
    await session.execute(_inserted(session, table, values).on_conflict_do_nothing())


async def put(session: AsyncSession, table: type[Base], values: Mapping[str, Any]) -> None:
    """Adds a row; one that has its key already is replaced."""
    key = [column.name for column in inspect(table).primary_key]
    row = _inserted(session, table, values)
    await session.execute(row.on_conflict_do_update(index_elements=key, set_=dict(values)))


def _inserted(
    session: AsyncSession, table: type[Base], values: Mapping[str, Any]
) -> postgresql.Insert | sqlite.Insert:
    on_server = session.get_bind().dialect.name == POSTGRESQL
    return (postgresql.insert if on_server else sqlite.insert)(table).values(**values)


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
    parsed = parsed.set(drivername=_ASYNC_DRIVERS.get(parsed.drivername, parsed.drivername))
    return _known_options(parsed) if parsed.drivername == "postgresql+asyncpg" else parsed


def _known_options(url: URL) -> URL:
    """Returns `url` with the options its driver knows; `sslmode` is what libpq calls `ssl`."""
    options = {"ssl" if name == "sslmode" else name: value for name, value in url.query.items()}
    if unknown := sorted(options.keys() - _OPTIONS):
        raise ConfigurationError(
            f"RECEPTIONIST_DATABASE_URL has the option {unknown[0]!r}, which is not known. Those"
            f" of PostgreSQL are {', '.join(sorted(_OPTIONS))}."
        )
    return url.set(query=options)


def _name(url: URL) -> str:
    """Returns what the database is called in messages: no password, and nothing of the driver."""
    if not is_server(url):
        return url.database or ""
    kind, user, database = url.get_backend_name(), url.username, url.database
    named = URL.create(kind, username=user, host=url.host, port=url.port, database=database)
    return named.render_as_string()


def _prepare(url: URL) -> None:
    if not is_server(url):
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    # A loop of its own: the many small steps of a migration never reach the loop calls run on.
    asyncio.run(_migrate(url))


async def _migrate(url: URL) -> None:
    engine = open_engine(url, pooled=False)
    try:
        async with engine.execution_options(writes=True).begin() as connection:
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()
