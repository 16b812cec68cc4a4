"""The database opens, migrates, and says clearly why when it cannot."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from receptionist.calls.models import CallRow, ToolCallRow
from receptionist.database import DEFAULT_FILE, Database, database_url
from receptionist.errors import ConfigurationError, StorageError
from receptionist.messages.models import MessageRow
from tests.receptionist.databases import held, tables, url_of

pytestmark = pytest.mark.integration

TABLES = (
    {"call", "turn", "tool_call", "latency", "message"}
    | {
        "callback",
        "callback_attempt",
        "appointment",
        "appointment_part",
        "question_group",
        "unanswered_question",
        "engine_change",
        "transfer",
        "audit",
        "audit_end",
        "consent",
    }
    | {
        "customer",
        "site",
        "tenant",
        "bundle_blob",
        "draft_file",
        "draft_edit",
        "tenant_version",
        "version_file",
        "label_move",
        "sentence_approval",
    }
    | {
        "account",
        "membership",
        "account_link",
        "recovery_code",
        "account_session",
        "api_key",
        "sign_in_attempts",
    }
)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest) -> str:
    """The setting of a database that nobody has opened yet."""
    return "" if request.param == "sqlite" else request.getfixturevalue("bare_postgresql")


async def test_opening_creates_the_folder_and_the_tables(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    database = await Database.open("", data_dir=folder)
    async with database, database.engine.connect() as connection:
        assert await connection.run_sync(tables) == TABLES
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
    assert (folder / DEFAULT_FILE).is_file()


async def test_many_processes_may_open_a_new_database_at_once(
    empty_database: str, tmp_path: Path
) -> None:
    program = (
        "import asyncio, pathlib, sys; from receptionist.database import Database\n"
        "async def main():\n"
        "    async with await Database.open(sys.argv[1], pathlib.Path(sys.argv[2])): pass\n"
        "asyncio.run(main())"
    )
    command = [sys.executable, "-c", program, empty_database, str(tmp_path)]
    opening = [await asyncio.create_subprocess_exec(*command) for _ in range(3)]
    assert [await process.wait() for process in opening] == [0, 0, 0]


async def test_one_process_may_open_several_databases_at_once(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abcdab"]
    opened = await asyncio.gather(*(Database.open("", data_dir=folder) for folder in folders))
    for database in opened:
        async with database, database.engine.connect() as connection:
            assert await connection.run_sync(tables) == TABLES


async def test_what_is_kept_survives_reopening(database: Database, tmp_path: Path) -> None:
    moment = datetime(2026, 11, 23, 9, 30, tzinfo=timezone(timedelta(hours=1)))
    async with database.write() as session:
        session.add(a_message(moment))
    await database.close()
    async with await Database.open(url_of(database), tmp_path) as again, again.read() as session:
        kept = await session.get_one(MessageRow, "m1")
        assert kept.created_at == moment
        assert kept.created_at.tzinfo is UTC
        assert kept.about == "città, 1 € and 東京"


async def test_a_moment_without_time_zone_is_refused(database: Database) -> None:
    with pytest.raises(StorageError, match="no time zone") as refused:
        async with database.write() as session:
            session.add(a_message(datetime(2026, 11, 23, 9, 30)))
    assert not refused.value.retryable


async def test_a_locked_database_is_a_retryable_error_and_readers_go_on(
    database: Database,
) -> None:
    async with held(database):
        async with database.read() as session:
            assert await session.get(MessageRow, "m1") is None
        with pytest.raises(StorageError, match="locked by another program") as refused:
            async with database.write() as session:
                session.add(a_message(datetime.now(UTC)))
    assert refused.value.retryable
    async with database.write() as session:
        session.add(a_message(datetime.now(UTC)))


async def test_what_is_no_number_in_json_is_kept_as_nothing(database: Database) -> None:
    odd = {"score": float("nan"), "all": [float("inf"), 1.5]}
    async with database.write() as session:
        session.add(CallRow(id="c1", **CALL))
        session.add(a_tool_call(odd))
    async with database.read() as session:
        kept = await session.get_one(ToolCallRow, {"call_id": "c1", "position": 0})
        assert kept.result == {"score": None, "all": [None, 1.5]}


async def test_a_file_that_is_no_database_is_named_with_the_fix(tmp_path: Path) -> None:
    file = tmp_path / DEFAULT_FILE
    file.write_bytes(b"these are my holiday photos" * 100)
    with pytest.raises(StorageError, match="Move the file away") as refused:
        await Database.open("", data_dir=tmp_path)
    assert str(file) in str(refused.value)
    assert not refused.value.retryable
    assert file.read_bytes().startswith(b"these are my holiday photos")


async def test_a_database_of_a_newer_version_is_left_alone(
    database: Database, tmp_path: Path
) -> None:
    async with database.maintain() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError, match="written by a newer version"):
        await Database.open(url_of(database), tmp_path)


async def test_a_folder_that_is_a_file_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StorageError, match="RECEPTIONIST_DATA_DIR"):
        await Database.open("", data_dir=tmp_path / "data")


def test_a_read_only_folder_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o500)
    program = (
        "import asyncio, pathlib, sys; from receptionist.database import Database\n"
        "asyncio.run(Database.open('', data_dir=pathlib.Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "data")]
    if os.geteuid() == 0:
        # Root writes where it may not; without this capability it is held to permissions.
        setpriv = shutil.which("setpriv")
        assert setpriv, "needs setpriv: apt install util-linux"
        command = [setpriv, "--bounding-set=-dac_override", *command]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "StorageError" in ended.stderr
    assert "cannot be written. Give this user write access" in ended.stderr


@pytest.mark.parametrize("url", ["postgres//nowhere", "sqlite://", "sqlite:///:memory:"])
def test_a_url_that_cannot_be_used_is_a_configuration_error(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="RECEPTIONIST_DATABASE_URL"):
        database_url(url, tmp_path)


def test_a_plain_url_gets_its_async_driver(tmp_path: Path) -> None:
    assert database_url("sqlite:///x.db", tmp_path).drivername == "sqlite+aiosqlite"
    assert database_url("postgresql://h/n", tmp_path).drivername == "postgresql+asyncpg"
    assert database_url("postgres://h/n", tmp_path).drivername == "postgresql+asyncpg"


def test_options_of_libpq_are_understood_or_named(tmp_path: Path) -> None:
    url = database_url("postgresql://h/n?sslmode=require&target_session_attrs=primary", tmp_path)
    assert url.query == {"ssl": "require", "target_session_attrs": "primary"}
    with pytest.raises(ConfigurationError, match="'sslrootcert', which is not known"):
        database_url("postgresql://h/n?sslrootcert=ca.pem", tmp_path)


async def test_a_missing_driver_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Install it"):
        await Database.open("oracle://h/n", data_dir=tmp_path)


def a_message(moment: datetime) -> MessageRow:
    return MessageRow(
        id="m1",
        tenant="demo",
        call_id="c1",
        contact_id="",
        caller_name="Ada",
        callback_number="",
        email="",
        about="città, 1 € and 東京",
        created_at=moment,
    )


CALL: Mapping[str, Any] = {
    "tenant": "demo",
    "version": "v1",
    "language": "en",
    "channel": "text",
    "started_at": datetime(2026, 11, 23, tzinfo=UTC),
    "seen_at": datetime(2026, 11, 23, tzinfo=UTC),
}


def a_tool_call(result: dict[str, Any]) -> ToolCallRow:
    return ToolCallRow(
        call_id="c1",
        position=0,
        id="t1",
        key="",
        turn=0,
        name="look_up",
        arguments={},
        outcome="found",
        result=result,
        duration_ms=1.0,
        at=datetime(2026, 11, 23, tzinfo=UTC),
    )
