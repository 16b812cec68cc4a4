"""How each kind of database is connected to: time limits, the pool, and what it has to be told."""

import json
from collections.abc import Mapping, Sequence, Set
from typing import Any

from pydantic import BaseModel
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from receptionist.errors import ConfigurationError

BUSY_TIMEOUT_MS = 1000
"""How long one attempt waits for another writer. A message is taken while the caller waits and a
tool has two seconds; call events are tried again by their own queue, so longer gains nothing."""

POSTGRESQL = "postgresql"
CONNECTIONS = 10
"""Connections of one process to a server at most; transactions are short and a call has few."""

_KEPT_OPEN = 5
_CONNECT_S = 2.0
_COMMAND_S = 5.0
"""A server that has not answered by then has gone without saying so."""
_MAINTENANCE_CONNECT_S = 15.0
_RECYCLE_S = 1800
"""Firewalls forget connections that are idle for longer."""
_IDLE_IN_TRANSACTION_MS = 60_000
"""A process that hangs in the middle of a transaction holds up the others no longer than this."""


def is_server(url: URL) -> bool:
    """Returns whether the database is reached over a connection, and is no file."""
    return url.get_backend_name() != "sqlite"


def open_engine(url: URL, *, pooled: bool = True) -> AsyncEngine:
    """Returns the engine for `url`; without a pool it is for work that may take long.

    Raises:
        ConfigurationError: the driver is not installed.
    """
    options: dict[str, Any] = {} if pooled else {"poolclass": NullPool}
    if is_server(url):
        options |= _for_server(url, pooled)
    try:
        engine = create_async_engine(url, json_serializer=to_json, **options)
    except (ModuleNotFoundError, ArgumentError) as error:
        extra = "receptionist[postgresql]"
        how = f" (pip install '{extra}')" if url.get_backend_name() == POSTGRESQL else ""
        raise ConfigurationError(
            f"No driver for RECEPTIONIST_DATABASE_URL {url.drivername!r} ({error}). Install it"
            f"{how}, or leave the setting empty for SQLite."
        ) from error
    if not is_server(url):
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    elif url.get_backend_name() == POSTGRESQL:
        event.listen(engine.sync_engine, "begin", _begin_postgresql)
        event.listen(engine.sync_engine, "before_cursor_execute", _without_nul, retval=True)
    return engine


def for_reading(engine: AsyncEngine) -> AsyncEngine:
    """Returns `engine` with transactions that see one moment, as those of SQLite do anyway."""
    if engine.dialect.name != POSTGRESQL:
        return engine
    return engine.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True, reads=True
    )


def _for_server(url: URL, pooled: bool) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if pooled:
        # A connection is asked for a sign of life before it is used: after a restart of the
        # server nobody gets a dead one.
        options = {
            "pool_size": _KEPT_OPEN,
            "max_overflow": CONNECTIONS - _KEPT_OPEN,
            "pool_timeout": _CONNECT_S,
            "pool_recycle": _RECYCLE_S,
            "pool_pre_ping": True,
        }
    if url.drivername == "postgresql+asyncpg":
        options["connect_args"] = _for_asyncpg(pooled)
    return options


def _for_asyncpg(pooled: bool) -> dict[str, Any]:
    server = {"application_name": "receptionist"}
    if not pooled:
        return {"timeout": _MAINTENANCE_CONNECT_S, "server_settings": server}
    server["lock_timeout"] = str(BUSY_TIMEOUT_MS)
    server["idle_in_transaction_session_timeout"] = str(_IDLE_IN_TRANSACTION_MS)
    return {"timeout": _CONNECT_S, "command_timeout": _COMMAND_S, "server_settings": server}


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


def _begin_postgresql(connection: Connection) -> None:
    # Who only reads holds up nobody, and may wait for a person who pages through what it prints.
    if connection.get_execution_options().get("reads", False):
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def _without_nul(
    _connection: Connection,
    _cursor: object,
    statement: str,
    parameters: Any,
    _context: object,
    executemany: bool,
) -> tuple[str, Any]:
    """Replaces NUL, which PostgreSQL keeps in no text: the rest of what was said is kept."""
    if executemany:
        return statement, [_free_of_nul(one) for one in parameters]
    return statement, _free_of_nul(parameters)


def _free_of_nul(parameters: Sequence[object]) -> Sequence[object]:
    if not any(isinstance(value, str) and "\0" in value for value in parameters):
        return parameters
    return tuple(
        value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in parameters
    )


def to_json(value: object) -> str:
    """Returns `value` as JSON that every database takes; what is no number there is null."""
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain, allow_nan=False)
    except ValueError:
        loose = json.dumps(value, ensure_ascii=False, default=_plain)
        finite = json.loads(loose, parse_constant=lambda _: None)
        return json.dumps(finite, ensure_ascii=False)


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
