"""What was copied comes back as it was, into a database of either kind, or nothing does."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from receptionist.backup.archive import Archive, writing
from receptionist.backup.making import back_up
from receptionist.backup.restoring import restore
from receptionist.database import Database
from receptionist.errors import ConfigurationError, NotFoundError, StorageError
from receptionist.migrations import downgrade, revisions
from receptionist.tenants import DEMO
from tests.receptionist.backup.kept import (
    content,
    copied,
    lived_in,
    proof,
    put_back,
    quiet,
    whole_call,
)
from tests.receptionist.databases import held, read_as_another
from tests.receptionist.rows import fill

pytestmark = pytest.mark.integration

WAYS_IN = ("account_session", "account_link")


@dataclass(frozen=True)
class Pair:
    """Where from and where to."""

    source: Database
    target: Database


@pytest.fixture
async def other_sqlite(tmp_path: Path) -> AsyncGenerator[Database]:
    async with await Database.open("", tmp_path / "other") as opened:
        yield opened


@pytest.fixture(params=["sqlite-sqlite", "sqlite-postgresql", "postgresql-sqlite"])
def pair(request: pytest.FixtureRequest) -> Pair:
    source, _, target = request.param.partition("-")
    other: Any = request.getfixturevalue("other_sqlite" if target == "sqlite" else target)
    return Pair(source=request.getfixturevalue(source), target=other)


async def test_everything_comes_back_as_it_was(pair: Pair, tmp_path: Path) -> None:
    await lived_in(pair.source)
    before = await content(pair.source)
    manifest = await copied(pair.source, tmp_path / "b.zip")
    await put_back(pair.target, tmp_path / "b.zip")
    after = await content(pair.target)
    assert all(before.values())
    assert [after.pop(name, []) for name in WAYS_IN] == [[], []]  # nobody gets in by them again
    assert after == {name: rows for name, rows in before.items() if name not in WAYS_IN}
    assert manifest.rows == sum(map(len, after.values()))
    assert await whole_call(pair.target) == await whole_call(pair.source)
    assert await proof(pair.target) == await proof(pair.source)
    assert (await proof(pair.target)).whole


async def test_an_archive_of_an_older_version_is_brought_up_to_date(
    pair: Pair, tmp_path: Path
) -> None:
    old = revisions()[1]
    async with pair.source.maintain() as connection:
        await connection.run_sync(downgrade, old)
        await connection.run_sync(fill)
    manifest = await copied(pair.source, tmp_path / "b.zip")
    assert manifest.revision == old
    await put_back(pair.target, tmp_path / "b.zip")
    kept = await content(pair.target)
    assert len(kept["call"]) == len(kept["turn"]) == len(kept["unanswered_question"]) == 2
    assert '"direction":"inbound"' in kept["call"][0]
    assert kept["audit"] == []


async def test_what_is_there_is_only_replaced_when_that_is_asked(
    pair: Pair, tmp_path: Path
) -> None:
    await copied(pair.source, tmp_path / "empty.zip")
    await lived_in(pair.source)
    await copied(pair.source, tmp_path / "b.zip")
    await lived_in(pair.target)
    before = await content(pair.target)
    with pytest.raises(ConfigurationError, match="--replace deletes everything"):
        await put_back(pair.target, tmp_path / "empty.zip")
    assert await content(pair.target) == before
    await put_back(pair.target, tmp_path / "b.zip", replace=True)
    assert (await content(pair.target))["audit"] == (await content(pair.source))["audit"]
    await put_back(pair.target, tmp_path / "empty.zip", replace=True)
    assert not any((await content(pair.target)).values())


async def test_a_failure_half_way_leaves_everything_as_it_was(pair: Pair, tmp_path: Path) -> None:
    await lived_in(pair.source)
    await copied(pair.source, tmp_path / "b.zip")
    await lived_in(pair.target)
    before = await content(pair.target)

    def stop(table: str, *_: int) -> None:
        if table == "turn":
            raise KeyboardInterrupt

    with Archive.open(tmp_path / "b.zip") as archive, pytest.raises(KeyboardInterrupt):
        await restore(pair.target, archive, stop, replace=True)
    assert await content(pair.target) == before


async def test_a_backup_shows_one_moment_while_calls_go_on(
    database: Database, tmp_path: Path
) -> None:
    done = asyncio.Event()

    async def write() -> int:
        number = 0
        while not done.is_set():
            async with database.write() as session:
                for table in ("customer", "site"):
                    names = "id" if table == "customer" else "customer, id"
                    values = ":n" if table == "customer" else ":n, :n"
                    statement = (
                        f"INSERT INTO {table} ({names}, name, created_at)"
                        f" VALUES ({values}, '', '2026-11-23 12:00:00')"
                    )
                    await session.execute(text(statement), {"n": f"n{number}"})
            number += 1
            await asyncio.sleep(0)
        return number

    writing_on = asyncio.create_task(write())
    for number in range(3):
        manifest = await copied(database, tmp_path / f"{number}.zip")
        assert manifest.tables["customer"].rows == manifest.tables["site"].rows
    done.set()
    assert await writing_on > 3


async def test_who_writes_now_does_not_hold_up_a_backup(database: Database, tmp_path: Path) -> None:
    async with held(database):
        await copied(database, tmp_path / "b.zip")


async def test_the_folder_of_the_tenant_comes_with_it(sqlite: Database, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(DEMO, bundle)
    await copied(sqlite, tmp_path / "b.zip", bundle)
    there = tmp_path / "new" / "bundle"
    with Archive.open(tmp_path / "b.zip") as archive:
        await restore(sqlite, archive, quiet, bundle=there)
        with pytest.raises(ConfigurationError, match="Name a new folder"):
            await restore(sqlite, archive, quiet, bundle=there)
    files = {file.relative_to(bundle) for file in bundle.rglob("*") if file.is_file()}
    assert {file.relative_to(there) for file in there.rglob("*") if file.is_file()} == files
    assert all((there / file).read_bytes() == (bundle / file).read_bytes() for file in files)
    assert [one.name for one in there.parent.iterdir()] == ["bundle"]


async def test_a_folder_is_not_there_when_the_rows_are_refused(
    sqlite: Database, tmp_path: Path
) -> None:
    await copied(sqlite, tmp_path / "b.zip", DEMO)
    await lived_in(sqlite)
    with Archive.open(tmp_path / "b.zip") as archive, pytest.raises(ConfigurationError):
        await restore(sqlite, archive, quiet, bundle=tmp_path / "new" / "bundle")
    assert list((tmp_path / "new").iterdir()) == []


async def test_a_folder_that_is_not_in_it_cannot_be_put_anywhere(
    sqlite: Database, tmp_path: Path
) -> None:
    await copied(sqlite, tmp_path / "b.zip")
    with Archive.open(tmp_path / "b.zip") as archive, pytest.raises(ConfigurationError, match="no"):
        await restore(sqlite, archive, quiet, bundle=tmp_path / "new")


async def test_a_file_that_is_there_is_never_overwritten(sqlite: Database, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("my holiday photos")
    with pytest.raises(ConfigurationError, match="exists"):
        await copied(sqlite, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_text() == "my holiday photos"


async def test_a_backup_that_fails_leaves_no_file(sqlite: Database, tmp_path: Path) -> None:
    await lived_in(sqlite)
    folder = tmp_path / "backups"
    folder.mkdir()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), writing(folder / "b.zip") as archive:
        await back_up(sqlite, None, archive, stop)
    assert list(folder.iterdir()) == []
    with pytest.raises(StorageError, match="cannot be written"):
        await copied(sqlite, tmp_path / "not there" / "b.zip")


async def test_a_row_that_was_spoilt_is_named(sqlite: Database, tmp_path: Path) -> None:
    await lived_in(sqlite)
    async with sqlite.write() as session:
        await session.execute(text("UPDATE audit SET at = 'yesterday' WHERE seq = 3"))
    with pytest.raises(StorageError, match=r"A row of 'audit' .* is spoilt"):
        await copied(sqlite, tmp_path / "b.zip")


async def test_a_database_without_our_tables_is_not_copied(
    bare_postgresql: str, tmp_path: Path
) -> None:
    async with await Database.open(bare_postgresql, tmp_path, as_it_is=True) as database:
        with pytest.raises(NotFoundError, match="holds nothing of ours"):
            await copied(database, tmp_path / "b.zip")
    with pytest.raises(NotFoundError, match="There is no database"):
        await Database.open("", tmp_path / "nothing", as_it_is=True)


async def test_a_backup_changes_nothing_in_a_database_of_an_older_version(
    database: Database, tmp_path: Path
) -> None:
    async with database.maintain() as connection:
        await connection.run_sync(downgrade, revisions()[2])
    assert (await copied(database, tmp_path / "b.zip")).revision == revisions()[2]


async def test_tables_of_others_in_the_same_database_are_left_alone(
    database: Database, tmp_path: Path
) -> None:
    async with database.maintain() as connection:
        await connection.execute(text("CREATE TABLE stranger (id INTEGER PRIMARY KEY)"))
        await connection.execute(text("INSERT INTO stranger VALUES (7)"))
    assert "stranger" not in (await copied(database, tmp_path / "b.zip")).tables
    await put_back(database, tmp_path / "b.zip", replace=True)
    assert await read_as_another(database, "SELECT id FROM stranger") == [(7,)]
