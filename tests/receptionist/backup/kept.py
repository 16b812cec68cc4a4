"""A database with something in every table, and what another has to have after it was restored."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from receptionist.audit.repository import AuditRepository
from receptionist.audit.verification import Verification, verify
from receptionist.backup.archive import Archive, writing
from receptionist.backup.making import back_up
from receptionist.backup.manifest import Manifest
from receptionist.backup.restoring import restore
from receptionist.backup.rows import tables, written
from receptionist.calls.records import CallRecord
from receptionist.calls.repository import CallRepository
from receptionist.calls.store import CallStore
from receptionist.database import Database
from tests.receptionist.audit.guarded import entry
from tests.receptionist.calls.test_store import WHOLE_CALL, put
from tests.receptionist.rows import fill

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TURNS = 7


async def lived_in(database: Database) -> None:
    """Puts rows into every table, a whole call, and a chain of the audit log."""
    async with database.maintain() as connection:
        await connection.run_sync(fill)
    store = CallStore(database, "demo", now=lambda: NOON)
    await put(store, "c1", WHOLE_CALL)
    assert await store.close() == {}
    async with database.write() as session:
        log = AuditRepository(session, "demo")
        await log.append([entry(number, text=f"città {number} €") for number in range(TURNS)])


async def content(database: Database) -> dict[str, Sequence[str]]:
    """Returns every row of every table."""
    found: dict[str, Sequence[str]] = {}
    async with database.snapshot() as connection:
        for table in await connection.run_sync(tables):
            query = select(table).order_by(*table.primary_key.columns)
            rows = (await connection.execute(query)).mappings()
            found[table.name] = sorted(written({str(k): v for k, v in row.items()}) for row in rows)
    return found


async def whole_call(database: Database) -> CallRecord:
    async with database.read() as session:
        return await CallRepository(session, "demo").get("c1", now=NOON)


async def proof(database: Database) -> Verification:
    async with database.read() as session:
        return await verify(AuditRepository(session, "demo"), "demo")


async def copied(database: Database, file: Path, bundle: Path | None = None) -> Manifest:
    """Makes a backup."""
    with writing(file) as archive:
        return await back_up(database, bundle, archive, quiet)


async def put_back(database: Database, file: Path, *, replace: bool = False) -> None:
    """Restores one."""
    with Archive.open(file) as archive:
        await restore(database, archive, quiet, replace=replace)


def quiet(*_: object) -> None:
    """Says nothing."""
