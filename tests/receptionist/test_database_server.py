"""A database server that refuses: it is said why, in words."""

import asyncio
import socket
import ssl
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from receptionist.audit.log import AuditLog
from receptionist.calls.repository import CallRepository
from receptionist.calls.store import CallStore
from receptionist.database import Database
from receptionist.database_engine import CONNECTIONS
from receptionist.errors import ConfigurationError, StorageError
from receptionist.storage_faults import explain
from tests.postgresql import Server
from tests.receptionist.audit.guarded import entry
from tests.receptionist.audit.kept_rows import rows
from tests.receptionist.events_of_a_call import ENDED, NOON, STARTED, turn

pytestmark = pytest.mark.integration


async def refused(url: str, folder: Path) -> StorageError:
    with pytest.raises(StorageError) as error:
        async with await Database.open(url, folder) as database, database.write() as session:
            await session.execute(text("DELETE FROM message"))
    return error.value


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("127.0.0.1", "Connect call failed"),
        ("no-such-host.invalid", ""),
        ("", "No such file or directory"),
    ],
)
async def test_a_server_nobody_reaches_is_named_with_the_fix(
    tmp_path: Path, host: str, why: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    where = f"{host}:{port}" if host else ""
    query = "" if host else f"?host={tmp_path}"
    error = await refused(f"postgresql://me:secret@{where}/calls{query}", tmp_path)
    assert "cannot be reached (" in str(error)
    assert why in str(error)
    assert "Start the server, or mend host and port" in str(error)
    assert "secret" not in str(error)
    assert error.retryable


async def test_a_wrong_password_is_said_so_and_not_shown(
    postgresql_server: Server, tmp_path: Path
) -> None:
    url = postgresql_server.url("postgres", "stranger", "wrong")
    error = await refused(url.render_as_string(hide_password=False), tmp_path)
    assert "does not accept this user or password" in str(error)
    assert "wrong" not in str(error)


async def test_a_database_that_was_not_created_is_said_so(
    postgresql_server: Server, tmp_path: Path
) -> None:
    url = postgresql_server.url("nowhere")
    assert "does not exist on its server" in str(await refused(url.render_as_string(), tmp_path))


async def test_a_user_who_may_not_make_tables_is_told_so(
    postgresql_server: Server, bare_postgresql: str, tmp_path: Path
) -> None:
    database = bare_postgresql.partition("?")[0].rpartition("/")[2]
    url = postgresql_server.url(database, "stranger", "right")
    error = await refused(url.render_as_string(hide_password=False), tmp_path)
    assert "does not let this user do that" in str(error)


async def test_whoever_owns_the_database_needs_no_other_right(
    postgresql_server: Server, tmp_path: Path
) -> None:
    await postgresql_server.tell("CREATE DATABASE owned OWNER stranger TEMPLATE template0")
    url = postgresql_server.url("owned", "stranger", "right")
    name = url.render_as_string(hide_password=False)
    async with await Database.open(name, tmp_path) as database:
        audit = AuditLog(database, "demo", tmp_path)
        audit.put(entry())
        assert await audit.close() == 0
        assert len(await rows(database)) == 1
    await postgresql_server.drop(url)


async def test_a_server_without_a_free_connection_is_said_so(
    postgresql_server: Server, tmp_path: Path
) -> None:
    await postgresql_server.tell("ALTER ROLE stranger CONNECTION LIMIT 0")
    url = postgresql_server.url("postgres", "stranger", "right")
    error = await refused(url.render_as_string(hide_password=False), tmp_path)
    await postgresql_server.tell("ALTER ROLE stranger CONNECTION LIMIT -1")
    assert "has no connection left" in str(error)
    assert error.retryable


async def test_a_standby_server_is_said_so(
    postgresql_server: Server, postgresql: Database, tmp_path: Path
) -> None:
    url = postgresql.engine.url
    await postgresql_server.tell(
        f"ALTER DATABASE {url.database} SET default_transaction_read_only = on"
    )
    error = await refused(url.render_as_string(hide_password=False), tmp_path)
    assert "only reads, as a standby server does" in str(error)


@pytest.mark.parametrize(
    ("code", "says", "retryable"),
    [
        ("53100", "does not fit on the disk", True),
        ("53200", "run out of memory", True),
        ("40001", "is busy with others", True),
        ("40P01", "is busy with others", True),
        ("57014", "takes too long", True),
        ("23514", "breaks its rules", False),
        ("XX000", "refuses: ", False),
    ],
)
async def test_what_the_server_says_is_told_in_words(
    postgresql: Database, code: str, says: str, retryable: bool
) -> None:
    function = f"BEGIN RAISE EXCEPTION 'told' USING ERRCODE = '{code}'; END"
    async with postgresql.maintain() as connection:
        await connection.execute(
            text(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $${function}$$")
        )
        await connection.execute(
            text("CREATE TRIGGER refuse BEFORE INSERT ON call EXECUTE FUNCTION refuse()")
        )
    with pytest.raises(StorageError, match=says) as error:
        async with postgresql.write() as session:
            await CallRepository(session, "demo").record("c1", 0, STARTED, NOON)
    assert error.value.retryable is retryable


@pytest.mark.parametrize("error", [TimeoutError(), PoolTimeoutError()])
def test_a_server_that_does_not_answer_is_too_slow(error: Exception) -> None:
    told = explain(error, "postgresql://h/calls", server=True)
    assert "takes too long to answer" in str(told)
    assert told.retryable


def test_a_certificate_that_is_not_trusted_is_told() -> None:
    why = ssl.SSLCertVerificationError(1, "certificate verify failed")
    told = explain(why, "postgresql://h/calls", server=True)
    assert "cannot be reached (certificate verify failed)" in str(told)


async def test_a_transaction_that_reads_sees_one_moment(postgresql: Database) -> None:
    async with postgresql.read() as session:
        calls = CallRepository(session, "demo")
        assert await calls.latest(9, now=NOON) == []
        async with postgresql.write() as other:
            await CallRepository(other, "demo").record("c1", 0, STARTED, NOON)
        assert await calls.latest(9, now=NOON) == []
    async with postgresql.read() as session:
        calls = CallRepository(session, "demo")
        assert [call.call_id for call in await calls.latest(9, now=NOON)] == ["c1"]


async def test_who_writes_and_hangs_holds_up_the_others_for_a_minute_who_reads_may_take_his_time(
    postgresql: Database,
) -> None:
    asked = text("SHOW idle_in_transaction_session_timeout")
    async with postgresql.write() as writer, postgresql.read() as reader:
        assert await writer.scalar(asked) == "1min"
        assert await reader.scalar(asked) == "0"
    async with postgresql.write() as writer:
        assert await writer.scalar(asked) == "1min"


async def test_nul_which_the_server_keeps_in_no_text_costs_no_turn(postgresql: Database) -> None:
    store = CallStore(postgresql, "demo")
    sink = store.sink("c1")
    for event in (STARTED, turn(0, "a\0b"), ENDED):
        await sink(event)
    assert await store.close() == {}
    async with postgresql.read() as session:
        call = await CallRepository(session, "demo").get("c1", now=NOON)
    assert [line.text for line in call.turns] == ["a\ufffdb"]


async def test_more_work_than_connections_waits_for_its_turn(postgresql: Database) -> None:
    async def one(number: int) -> None:
        async with postgresql.write() as session:
            await CallRepository(session, "demo").record(f"c{number}", 0, STARTED, NOON)

    await asyncio.gather(*(one(number) for number in range(5 * CONNECTIONS)))
    async with postgresql.read() as session:
        kept = await CallRepository(session, "demo").latest(999, now=NOON)
        connected = await session.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        )
    assert len(kept) == 5 * CONNECTIONS
    assert connected is not None
    assert connected <= CONNECTIONS


async def test_a_driver_that_is_not_installed_is_named_with_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'receptionist\[postgresql\]'"):
        await Database.open("postgresql://h/calls", tmp_path)
