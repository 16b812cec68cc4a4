"""The database opens, migrates, and says clearly why when it cannot."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from receptionist.appointments.models import AppointmentPartRow, AppointmentRow
from receptionist.audit.models import AuditRow
from receptionist.callbacks.models import CallbackRow
from receptionist.calls.models import CallRow
from receptionist.consent.models import ConsentRow
from receptionist.database import DEFAULT_FILE, Base, Database, database_url
from receptionist.errors import ConfigurationError, StorageError
from receptionist.messages.models import MessageRow
from receptionist.migrations import downgrade, upgrade
from receptionist.questions.models import QuestionGroupRow
from receptionist.versions.models import VersionRow

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
)


@contextmanager
def locked(file: Path) -> Generator[None]:
    """Holds the database's one write lock, as another program would."""
    with closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


async def test_opening_creates_the_folder_and_the_tables(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    database = await Database.open("", data_dir=folder)
    async with database, database.engine.connect() as connection:
        assert await connection.run_sync(tables) == TABLES
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
    assert (folder / DEFAULT_FILE).is_file()


async def test_models_and_migrations_describe_the_same_tables(tmp_path: Path) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    calls = (CallRow, AuditRow, ConsentRow, QuestionGroupRow, VersionRow)
    rows = (*calls, MessageRow, CallbackRow, AppointmentRow, AppointmentPartRow)
    assert {row.__tablename__ for row in rows} <= set(Base.metadata.tables)
    database = await Database.open("", data_dir=tmp_path)
    async with database, database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrations_go_down_and_up_again(tmp_path: Path) -> None:
    async with await Database.open("", data_dir=tmp_path) as database:
        async with database.engine.begin() as connection:
            await connection.run_sync(downgrade, "base")
            assert await connection.run_sync(tables) == set()
        async with database.engine.begin() as connection:
            await connection.run_sync(upgrade)
            assert await connection.run_sync(tables) == TABLES


async def test_a_migration_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / DEFAULT_FILE
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE message (id TEXT)")
        other.commit()
    with pytest.raises(StorageError, match="already exists"):
        await Database.open("", data_dir=tmp_path)
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("message",)]


async def test_many_processes_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    program = (
        "import asyncio, pathlib, sys; from receptionist.database import Database\n"
        "async def main():\n"
        "    async with await Database.open('', data_dir=pathlib.Path(sys.argv[1])): pass\n"
        "asyncio.run(main())"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    opening = [await asyncio.create_subprocess_exec(*command) for _ in range(3)]
    assert [await process.wait() for process in opening] == [0, 0, 0]


async def test_one_process_may_open_several_databases_at_once(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abcdab"]
    opened = await asyncio.gather(*(Database.open("", data_dir=folder) for folder in folders))
    for database in opened:
        async with database, database.engine.connect() as connection:
            assert await connection.run_sync(tables) == TABLES


async def test_what_is_kept_survives_reopening(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 23, 9, 30, tzinfo=timezone(timedelta(hours=1)))
    async with await Database.open("", data_dir=tmp_path) as database, database.write() as session:
        session.add(a_message(moment))
    async with await Database.open("", data_dir=tmp_path) as database, database.read() as session:
        kept = await session.get_one(MessageRow, "m1")
        assert kept.created_at == moment
        assert kept.created_at.tzinfo is UTC
        assert kept.about == "città, 1 € and 東京"


async def test_a_moment_without_time_zone_is_refused(tmp_path: Path) -> None:
    async with await Database.open("", data_dir=tmp_path) as database:
        with pytest.raises(StorageError, match="no time zone") as refused:
            async with database.write() as session:
                session.add(a_message(datetime(2026, 11, 23, 9, 30)))
        assert not refused.value.retryable


async def test_a_locked_database_is_a_retryable_error_and_readers_go_on(tmp_path: Path) -> None:
    async with await Database.open("", data_dir=tmp_path) as database:
        with locked(tmp_path / DEFAULT_FILE):
            async with database.read() as session:
                assert await session.get(MessageRow, "m1") is None
            with pytest.raises(StorageError, match="locked by another program") as refused:
                async with database.write() as session:
                    session.add(a_message(datetime.now(UTC)))
        assert refused.value.retryable
        async with database.write() as session:
            session.add(a_message(datetime.now(UTC)))


async def test_a_file_that_is_no_database_is_named_with_the_fix(tmp_path: Path) -> None:
    file = tmp_path / DEFAULT_FILE
    file.write_bytes(b"these are my holiday photos" * 100)
    with pytest.raises(StorageError, match="Move the file away") as refused:
        await Database.open("", data_dir=tmp_path)
    assert str(file) in str(refused.value)
    assert not refused.value.retryable
    assert file.read_bytes().startswith(b"these are my holiday photos")


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    async with await Database.open("", data_dir=tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / DEFAULT_FILE)) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    with pytest.raises(StorageError, match="written by a newer version"):
        await Database.open("", data_dir=tmp_path)


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
