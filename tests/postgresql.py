"""A PostgreSQL server of a test run: on a socket in a folder of its own, run by nobody special."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from receptionist.database import Database

_INSTALLED = Path("/usr/lib/postgresql")
_TEMPLATE = "migrated"
_STRANGER = "stranger"
"""A user who has to give a password."""
_SETTINGS = (
    "listen_addresses=",
    "max_connections=60",
    "shared_buffers=32MB",
    # Nothing of a test run has to survive a power cut.
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "autovacuum=off",
)
_END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_STATE = """
SELECT concat_ws(' ',
    (SELECT version_num FROM alembic_version),
    (SELECT count(*) FROM pg_attribute),
    (SELECT count(*) FROM pg_db_role_setting JOIN pg_database ON setdatabase = pg_database.oid
     WHERE datname = current_database()),
    (SELECT max(oid::bigint) FROM (SELECT oid FROM pg_class UNION SELECT oid FROM pg_constraint
     UNION SELECT oid FROM pg_trigger UNION SELECT oid FROM pg_proc) AS made)
)
"""
"""What differs once something was made, altered or set in a database."""
_EMPTY = """
DO $$ DECLARE name text; BEGIN
    SET LOCAL session_replication_role = replica;  -- whatever refers to what
    FOR name IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
END $$
"""
_STARTS_WITHIN_S = 20.0
_ENDS_WITHIN_S = 20.0


class Server:
    """A running server; `stop` and `start` are for tests of what happens without it."""

    def __init__(self, programs: Path, folder: Path, user: int | None) -> None:
        self._programs = programs
        self._folder = folder
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count()
        self._lent_before: list[URL] = []
        self._state = ""

    def set_up(self) -> None:
        """Makes the files of the server; everybody on this machine's socket is let in but one."""
        arguments = ("-U", "receptionist", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        data = str(self._folder / "data")
        quick = ("--no-sync", "--no-instructions")
        subprocess.run(
            self._command("initdb", "-D", data, *arguments, *quick),
            check=True,
            stdout=subprocess.DEVNULL,
            user=self._user,
            cwd=self._folder,
        )
        rules = self._folder / "data/pg_hba.conf"
        rules.write_text(f"local all {_STRANGER} scram-sha-256\nlocal all all trust\n")

    def start(self) -> None:
        """Starts it and returns once it can be connected to."""
        settings = [part for one in _SETTINGS for part in ("-c", one)]
        where = ("-D", str(self._folder / "data"), "-k", str(self._folder))
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command("postgres", *where, *settings),
                stdout=subprocess.DEVNULL,
                stderr=log,
                user=self._user,
                cwd=self._folder,
            )
        asked = self._command("pg_isready", "-q", "-h", str(self._folder))
        for _ in range(int(_STARTS_WITHIN_S / 0.05)):
            if subprocess.run(asked, check=False).returncode == 0:
                return
            try:
                self._process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            break
        raise RuntimeError((self._folder / "log").read_text())

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Ends it at once, with its connections."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_ENDS_WITHIN_S)
            self._process = None

    @contextmanager
    def hanging(self) -> Generator[None]:
        """Takes connections and answers none of them."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def url(self, database: str, user: str = "receptionist", password: str | None = None) -> URL:
        """Returns how a database of this server is reached."""
        return URL.create(
            "postgresql+asyncpg",
            username=user,
            password=password,
            database=database,
            query={"host": str(self._folder)},
        )

    async def tell(self, statement: str, database: str = "postgres") -> None:
        """Has the server do something outside any transaction."""
        engine = create_async_engine(
            self.url(database), isolation_level="AUTOCOMMIT", poolclass=NullPool
        )
        async with engine.connect() as connection:
            await connection.execute(text(statement))
        await engine.dispose()

    async def prepare(self) -> None:
        """Makes the migrated database that others are copies of, and the user with a password."""
        await self.tell(f"CREATE ROLE {_STRANGER} LOGIN PASSWORD 'right'")
        await self.tell(f"CREATE DATABASE {_TEMPLATE}")
        url = self.url(_TEMPLATE).render_as_string(hide_password=False)
        async with await Database.open(url, self._folder) as database, database.read() as session:
            self._state = str(await session.scalar(text(_STATE)))

    async def new(self, template: str = _TEMPLATE) -> URL:
        """Makes a database of its own for a test; `template0` is an empty one."""
        name = f"test{next(self._numbers)}"
        await self.tell(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    async def lend(self) -> URL:
        """Returns a migrated database without a row; making one takes ten times as long."""
        return self._lent_before.pop() if self._lent_before else await self.new()

    async def give_back(self, url: URL) -> None:
        """Empties a database that was lent; one in which more than rows was changed is removed."""
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.begin() as connection:
            await connection.execute(text(_END_OTHERS))
            state = await connection.scalar(text(_STATE))
            if same := state == self._state:
                await connection.execute(text(_EMPTY))
        await engine.dispose()
        if same:
            self._lent_before.append(url)
        else:
            await self.drop(url)

    async def drop(self, url: URL) -> None:
        """Removes a database, whoever is still connected to it."""
        await self.tell(f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)")

    def _command(self, program: str, *arguments: str) -> Sequence[str]:
        return [str(self._programs / program), *arguments]


@contextmanager
def serving() -> Generator[Server]:
    """Runs a server; where that cannot be, the test is skipped with the reason."""
    programs, user = _programs(), _user()
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user is not None:
            os.chown(folder, user, -1)
        server = Server(programs, folder, user)
        server.set_up()
        server.start()
        try:
            asyncio.run(server.prepare())
            yield server
        finally:
            server.stop(signal.SIGQUIT)  # without putting its files in order


def _programs() -> Path:
    """Returns the folder of the server's programs; Debian puts none of them on the path."""
    found = shutil.which("postgres")
    folders = sorted(_INSTALLED.glob("*/bin"), key=lambda one: int(one.parent.name))
    folders += [Path(found).resolve().parent] if found else []
    for folder in reversed(folders):
        if (folder / "initdb").exists():
            return folder
    pytest.skip("needs a PostgreSQL server: apt install postgresql")


def _user() -> int | None:
    """Returns whom the server is run as; it refuses to be run by root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    pytest.skip("needs a user to run PostgreSQL as, for root must not: adduser --system postgres")
