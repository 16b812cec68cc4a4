"""Rows as JSON, the same from and for every kind of database."""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from math import isfinite
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
)
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeEngine

from receptionist.backup.manifest import ArchiveError
from receptionist.migrations import current, upgrade

_OF_MIGRATIONS = "alembic_version"
NOT_KEPT = frozenset({"account_link", "account_session"})
"""Who is signed in or may sign in once: what was ended or used since must not come back."""


@cache
def tables_of(revision: str) -> Sequence[Table]:
    """Returns our tables at a schema, those that others refer to first.

    They are looked up where nobody else has any: a database may hold tables of other programs.
    """
    metadata = MetaData()
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        upgrade(connection, revision)
        metadata.reflect(connection)
    engine.dispose()
    found = [table for table in metadata.sorted_tables if table.name != _OF_MIGRATIONS]
    for table in found:
        for column in table.columns:
            column.type = _anywhere(column)
    return found


def tables(connection: Connection) -> Sequence[Table]:
    """Returns our tables in a database; none where it is empty."""
    revision = current(connection)
    return tables_of(revision) if revision is not None else ()


def heavy(table: Table) -> bool:
    """Returns whether one row may be as large as a file."""
    return any(isinstance(column.type, LargeBinary) for column in table.columns)


def written(row: Mapping[str, Any]) -> str:
    """Returns a row as one line of JSON."""
    plain = {name: _plain(value) for name, value in row.items()}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class RowReader:
    """Reads the rows of one table from an archive.

    Args:
        table: As the database has it.
        aware: The database knows time zones.
    """

    def __init__(self, table: Table, *, aware: bool) -> None:
        self._table = table.name
        self._read = {column.name: _reader(column, aware) for column in table.columns}
        self._number = 0

    def read(self, line: str) -> Mapping[str, Any]:
        """Returns the row written in `line`.

        Raises:
            ArchiveError: it is no row of this table.
        """
        self._number += 1
        try:
            row = json.loads(line)
            if not isinstance(row, dict) or row.keys() != self._read.keys():
                raise ValueError("other columns")
            return {name: read(row[name]) for name, read in self._read.items()}
        except (ValueError, RecursionError) as error:
            raise ArchiveError(
                f"Row {self._number} of {self._table!r} in it does not fit the table ({error})."
            ) from error


def _anywhere(column: Column[Any]) -> TypeEngine[Any]:
    """Returns the type of a column as every kind of database has it."""
    match column.type.as_generic():
        case DateTime():
            return DateTime(timezone=True)
        case JSON():
            # Nothing is NULL where that may be, and the word `null` where it may not.
            return JSON(none_as_null=bool(column.nullable))
        case other:
            return other


def _plain(value: object) -> object:
    match value:
        case datetime():
            aware = value if value.tzinfo else value.replace(tzinfo=UTC)
            return aware.astimezone(UTC).isoformat()
        case bytes() | memoryview():
            return b64encode(value).decode()
        case float() if not isfinite(value):
            return repr(value)
        case _:
            return value


def _reader(column: Column[Any], aware: bool) -> Callable[[object], object]:
    convert = _converter(column, aware)

    def read(value: object) -> object:
        if value is None and (column.nullable or isinstance(column.type, JSON)):
            return None
        try:
            return convert(value)
        except (TypeError, ValueError, Base64Error) as error:
            raise ValueError(f"column {column.name!r}") from error

    return read


def _converter(column: Column[Any], aware: bool) -> Callable[[Any], object]:
    match column.type:
        case JSON():
            return lambda value: value
        case Boolean():
            return lambda value: _exactly(value, bool)
        case Integer():
            return lambda value: _exactly(value, int)
        case Float():
            return lambda value: float(_exactly(value, float, int, str))
        case DateTime():
            return lambda value: _moment(_exactly(value, str), aware)
        case LargeBinary():
            return lambda value: b64decode(_exactly(value, str), validate=True)
        case String():
            return lambda value: _text(_exactly(value, str))
        case other:
            raise ArchiveError(f"Column {column.name!r} is of a kind we do not restore: {other!r}.")


def _exactly(value: Any, *kinds: type) -> Any:
    if type(value) not in kinds:
        raise TypeError(f"{value!r}")
    return value


def _text(value: str) -> str:
    value.encode()  # half a surrogate pair is kept by no database
    return value


def _moment(value: str, aware: bool) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    moment = moment.astimezone(UTC)
    return moment if aware else moment.replace(tzinfo=None)
