"""A database server that is away for a while: nothing is lost, and what comes later is kept."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from receptionist.audit.log import AuditLog
from receptionist.calls.events import Disposition
from receptionist.calls.repository import CallRepository
from receptionist.calls.store import CallStore
from receptionist.database import Database
from receptionist.errors import StorageError
from tests.postgresql import Server
from tests.receptionist.audit.guarded import entry
from tests.receptionist.audit.kept_rows import rows
from tests.receptionist.events_of_a_call import ENDED, NOON, STARTED, turn

pytestmark = pytest.mark.integration


@asynccontextmanager
async def away(server: Server) -> AsyncGenerator[None]:
    """The server is stopped with all its connections, and started again."""
    await asyncio.to_thread(server.stop)
    try:
        yield
    finally:
        await asyncio.to_thread(server.start)


async def test_what_happens_while_the_server_is_away_is_written_when_it_is_back(
    postgresql_server: Server, postgresql: Database, tmp_path: Path, logged: list[str]
) -> None:
    store = CallStore(postgresql, "demo")
    audit = AuditLog(postgresql, "demo", tmp_path)
    sink = store.sink("c1")
    await sink(STARTED)
    audit.put(entry(0))
    assert (await store.flush(), await audit.flush()) == ({}, 0)
    async with away(postgresql_server):
        began_s = asyncio.get_running_loop().time()
        for index in range(20):
            await sink(turn(index))
            audit.put(entry(1 + index))
        await sink(ENDED)
        assert asyncio.get_running_loop().time() - began_s < 0.1
        assert await store.flush(1) == {"c1": 21}
        assert audit.unwritten == 20
        with pytest.raises(StorageError, match="cannot be reached"):
            async with postgresql.read() as session:
                await session.execute(text("SELECT 1"))
    assert (await store.close(20), await audit.close(20)) == ({}, 0)
    async with postgresql.read() as session:
        call = await CallRepository(session, "demo").get("c1", now=NOON)
    assert [line.index for line in call.turns] == list(range(20))
    assert call.disposition == Disposition.COMPLETED
    assert len(await rows(postgresql)) == 21
    assert any("cannot be reached" in line for line in logged)
    assert any("Calls are kept again" in line for line in logged)


async def test_rows_of_a_process_that_ends_without_its_server_wait_on_the_disk(
    postgresql_server: Server, postgresql: Database, tmp_path: Path
) -> None:
    audit = AuditLog(postgresql, "demo", tmp_path)
    async with away(postgresql_server):
        for number in range(5):
            audit.put(entry(number))
        assert await audit.close(0.2) == 5
    assert await AuditLog(postgresql, "demo", tmp_path).take_in() == 5
    assert len(await rows(postgresql)) == 6


async def test_a_server_that_hangs_is_given_up_and_tried_again(
    postgresql_server: Server, postgresql: Database
) -> None:
    store = CallStore(postgresql, "demo")
    with postgresql_server.hanging():
        async with asyncio.timeout(20):
            with pytest.raises(StorageError, match="takes too long to answer") as error:
                async with postgresql.write() as session:
                    await session.execute(text("SELECT 1"))
        assert error.value.retryable
        await store.sink("c1")(STARTED)
        assert await store.flush(0.1) == {"c1": 1}
    assert await store.close(20) == {}


async def test_after_a_restart_nobody_gets_a_dead_connection(
    postgresql_server: Server, postgresql: Database
) -> None:
    async with postgresql.read() as session:
        await session.execute(text("SELECT 1"))
    async with away(postgresql_server):
        pass
    async with postgresql.write() as session:
        await CallRepository(session, "demo").record("c1", 0, STARTED, NOON)
