"""Two rows for every table there is, whatever tables those are.

Columns of one type hold the same in row n of every table, so that what refers to another row finds
it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
ROWS = 2


def fill(connection: Connection) -> None:
    """Puts rows into the tables that have none."""
    for table in found(connection).sorted_tables:
        if _count(connection, table) == 0:
            rows = [_row(connection, table, number) for number in range(ROWS)]
            connection.execute(sa.insert(table), rows)


def counted(connection: Connection) -> Mapping[str, int]:
    """Returns how many rows each table has."""
    return {table.name: _count(connection, table) for table in found(connection).sorted_tables}


def found(connection: Connection) -> sa.MetaData:
    """Returns the tables there are, without that of the migrations."""
    metadata = sa.MetaData()
    metadata.reflect(connection)
    metadata.remove(metadata.tables["alembic_version"])
    return metadata


def _count(connection: Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _row(connection: Connection, table: sa.Table, number: int) -> dict[str, Any]:
    return {
        column.name: None
        if column.nullable and number % 2
        else _value(connection, column.type, number)
        for column in table.columns
    }


def _value(connection: Connection, kind: sa.types.TypeEngine[Any], number: int) -> object:
    match kind:
        case sa.Boolean():
            return bool(number)
        case sa.Integer():
            return number
        case sa.Float():
            return number + 0.1
        case sa.DateTime():
            moment = _NOON + timedelta(hours=number)
            return (
                moment if connection.dialect.name == "postgresql" else moment.replace(tzinfo=None)
            )
        case sa.JSON():
            return {"über": [number, None, 0.5], "€": "città"}
        case sa.LargeBinary():
            return bytes(range(256)) * (number + 1)
        case _:
            return f"città {number}"
