"""The schema goes up and down step by step, with rows in it, and is what the models say."""

import pkgutil
from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Connection

import receptionist
from receptionist.database import Base, Database
from receptionist.errors import StorageError
from receptionist.migrations import downgrade, revisions, upgrade
from tests.receptionist.databases import tables
from tests.receptionist.rows import ROWS, counted, fill

pytestmark = pytest.mark.integration


async def test_models_and_migrations_describe_the_same_tables(database: Database) -> None:
    for module in pkgutil.walk_packages(receptionist.__path__, "receptionist."):
        if module.name.endswith(".models"):
            import_module(module.name)
    async with database.maintain() as connection:
        assert await connection.run_sync(_differences) == []
        assert await connection.run_sync(tables) == set(Base.metadata.tables)


async def test_every_step_down_and_up_again_keeps_the_rows_of_other_tables(
    database: Database,
) -> None:
    async with database.maintain() as connection:
        await connection.run_sync(fill)
        kept = await connection.run_sync(counted)
    assert set(kept.values()) == {ROWS}
    for revision in [*reversed(revisions()[:-1]), "base"]:
        async with database.maintain() as connection:
            await connection.run_sync(downgrade, revision)
            left = await connection.run_sync(counted)
            assert left.items() <= kept.items(), revision
            assert bool(left) == (revision != "base")
    for revision in revisions():
        async with database.maintain() as connection:
            await connection.run_sync(upgrade, revision)
            await connection.run_sync(fill)
            assert set((await connection.run_sync(counted)).values()) == {ROWS}, revision
    async with database.maintain() as connection:
        assert await connection.run_sync(counted) == kept
        assert await connection.run_sync(_differences) == []


async def test_a_step_that_fails_half_way_leaves_nothing_behind(database: Database) -> None:
    async with database.maintain() as connection:
        await connection.run_sync(downgrade, "base")
        await connection.exec_driver_sql("CREATE TABLE message (id TEXT)")
    with pytest.raises(StorageError, match="already exists"):
        async with database.maintain() as connection:
            await connection.run_sync(upgrade)
    async with database.maintain() as connection:
        assert await connection.run_sync(tables) == {"message"}


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))
