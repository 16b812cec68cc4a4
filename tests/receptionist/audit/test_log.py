"""The audit log is written beside the calls, and no row of it is dropped whatever happens."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import event as listen_to
from sqlalchemy import text as sql
from sqlalchemy.engine import Connection

from receptionist.audit.log import AuditLog
from receptionist.audit.records import Kind
from receptionist.audit.repository import AuditRepository
from receptionist.audit.spill import FOLDER, Spill
from receptionist.database import Database
from tests.receptionist.audit.guarded import entry
from tests.receptionist.audit.kept_rows import rows
from tests.receptionist.databases import held

pytestmark = pytest.mark.integration

_REFUSE = {
    "sqlite": "CREATE TRIGGER refuse BEFORE INSERT ON audit WHEN new.call_id = 'bad'"
    " BEGIN SELECT RAISE(ABORT, 'not here'); END",
    "postgresql": "ALTER TABLE audit ADD CONSTRAINT refuse CHECK (call_id <> 'bad')",
}
Fault = Callable[[Database], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def full(database: Database) -> AsyncGenerator[None]:
    """The disk of SQLite has no room for one more page, for as long as this is open."""

    def limit(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")

    listen_to.listen(database.engine.sync_engine, "begin", limit)
    yield
    listen_to.remove(database.engine.sync_engine, "begin", limit)
    listen_to.listen(database.engine.sync_engine, "begin", unlimited, once=True)


def unlimited(connection: Connection) -> None:
    connection.exec_driver_sql(f"PRAGMA max_page_count = {1 << 30}")


def big(number: int) -> str:
    return f"question {number} " + "which is long " * 400


@pytest.mark.parametrize(
    ("database", "fault"),
    [("sqlite", held), ("sqlite", full), ("postgresql", held)],
    indirect=["database"],
)
async def test_rows_wait_while_the_database_refuses_and_calls_are_told(
    database: Database, tmp_path: Path, fault: Fault
) -> None:
    audit = AuditLog(database, "demo", tmp_path, patience_s=0.0)
    told: list[bool] = []
    changed = asyncio.Event()

    def listen(trouble: bool) -> None:
        told.append(trouble)
        changed.set()

    audit.on_trouble(listen)
    async with fault(database):
        for number in range(30):
            audit.put(entry(number, text=big(number)))
        async with asyncio.timeout(10):
            await changed.wait()
        assert audit.in_trouble
        assert (told, audit.unwritten) == ([True], 30)
    assert await audit.flush(10) == 0
    assert (audit.in_trouble, told) == (False, [True, False])
    assert await audit.close() == 0
    assert [row.text for row in await rows(database)] == [big(number) for number in range(30)]


async def test_a_short_lock_troubles_nobody(
    database: Database, tmp_path: Path, logged: list[str]
) -> None:
    audit = AuditLog(database, "demo", tmp_path)
    told: list[bool] = []
    audit.on_trouble(told.append)
    async with held(database):
        audit.put(entry())
        assert await audit.flush(1.5) == 1
        assert any("waits" in line for line in logged)
    assert await audit.close(10) == 0
    assert told == []


async def test_who_no_longer_listens_is_not_told(database: Database, tmp_path: Path) -> None:
    audit = AuditLog(database, "demo", tmp_path, patience_s=0.0)
    gone: list[bool] = []
    told: list[bool] = []
    leave = audit.on_trouble(gone.append)
    audit.on_trouble(_fails)
    audit.on_trouble(told.append)
    leave()
    async with held(database):
        audit.put(entry())
        assert await audit.close(1.5) == 1
    assert (gone, told) == ([], [True])


async def test_what_was_not_written_at_the_end_is_written_at_the_next_start(
    database: Database, tmp_path: Path
) -> None:
    audit = AuditLog(database, "demo", tmp_path)
    async with held(database):
        for number in range(3):
            audit.put(entry(number))
        assert await audit.close(0.1) == 3
    assert await rows(database) == []
    following = AuditLog(database, "demo", tmp_path)
    assert await following.take_in() == 3
    kept = await rows(database)
    assert [row.kind for row in kept] == [Kind.SPILL_TAKEN_IN, *[Kind.GUARDED] * 3]
    assert [row.turn for row in kept[1:]] == [0, 1, 2]
    assert await following.take_in() == 0
    assert list((tmp_path / FOLDER / "demo").iterdir()) == []


async def test_a_batch_that_was_taken_in_but_not_removed_is_not_written_twice(
    database: Database, tmp_path: Path
) -> None:
    audit = AuditLog(database, "demo", tmp_path)
    async with held(database):
        audit.put(entry())
        await audit.close(0.1)
    (file,) = (tmp_path / FOLDER / "demo").iterdir()
    content = file.read_bytes()
    assert await audit.take_in() == 1
    file.write_bytes(content)
    assert await audit.take_in() == 0
    assert len(await rows(database)) == 2


async def test_what_cannot_be_read_of_a_batch_stays_and_the_rest_is_written(
    database: Database, tmp_path: Path, logged: list[str]
) -> None:
    folder = tmp_path / FOLDER / "demo"
    folder.mkdir(parents=True)
    (folder / "00000000-a.jsonl").write_text(f"{entry().model_dump_json()}\n{{half a row\n")
    assert await AuditLog(database, "demo", tmp_path).take_in() == 1
    assert [row.details.get("unreadable") for row in await rows(database)] == [1, None]
    assert [file.name for file in folder.iterdir()] == ["00000000-a.unreadable"]
    assert any("is no audit row" in line for line in logged)


async def test_where_nothing_can_be_written_the_rows_are_in_the_log(
    database: Database, tmp_path: Path, logged: list[str]
) -> None:
    (tmp_path / FOLDER).write_text("a file where the folder should be")
    audit = AuditLog(database, "demo", tmp_path)
    async with held(database):
        audit.put(entry(text="Do I get the loan?"))
        assert await audit.close(0.1) == 1
    assert any(line.startswith("ERROR audit {") and "the loan" in line for line in logged)


async def test_more_than_fits_into_memory_goes_to_the_disk_and_comes_back(
    database: Database, tmp_path: Path
) -> None:
    audit = AuditLog(database, "demo", tmp_path, capacity=5, patience_s=0.0)
    async with held(database):
        for number in range(12):
            audit.put(entry(number))
        await audit.close(1.5)
    assert await AuditLog(database, "demo", tmp_path).take_in() == 12
    turns = [row.turn for row in await rows(database) if row.kind is Kind.GUARDED]
    assert turns == list(range(12))


async def test_a_batch_longer_than_a_statement_may_be_comes_back_whole(
    database: Database, tmp_path: Path
) -> None:
    batch = [entry(number) for number in range(1200)]
    Spill(tmp_path, "demo").keep(batch)
    async with database.write() as session:
        await AuditRepository(session, "demo").append(batch[700:701])
    assert await AuditLog(database, "demo", tmp_path).take_in() == 1199
    assert len(await rows(database)) == 1201


async def test_a_row_that_is_refused_for_good_does_not_hold_up_those_behind_it(
    database: Database, tmp_path: Path
) -> None:
    async with database.write() as session:
        await session.execute(sql(_REFUSE[database.engine.dialect.name]))
    audit = AuditLog(database, "demo", tmp_path)
    told: list[bool] = []
    audit.on_trouble(told.append)
    for name in ("good", "bad", "good"):
        audit.put(entry(call_id=name))
    assert await audit.close() == 0
    assert [row.call_id for row in await rows(database)] == ["good", "good"]
    assert told == [True, False]
    (file,) = (tmp_path / FOLDER / "demo").iterdir()
    assert '"call_id":"bad"' in file.read_text()


async def test_a_row_after_the_end_is_not_lost(database: Database, tmp_path: Path) -> None:
    audit = AuditLog(database, "demo", tmp_path)
    await audit.close()
    audit.put(entry())
    assert await AuditLog(database, "demo", tmp_path).take_in() == 1


def _fails(_trouble: bool) -> None:
    raise RuntimeError("no time for trouble")
