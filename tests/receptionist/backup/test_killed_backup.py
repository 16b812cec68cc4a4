"""A backup or a restore that is killed in the middle leaves nothing half done."""

import asyncio
import fcntl
import os
import struct
import sys
import termios
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from receptionist.database import Database
from receptionist.messages.repository import MessageRepository
from tests.e2e.product import environment
from tests.receptionist.backup.kept import content, copied, lived_in, put_back
from tests.receptionist.databases import url_of
from tests.receptionist.messages.test_message_repository import a_message
from tests.waiting import until

pytestmark = pytest.mark.integration

_PAGE_BYTES = 4096
_FREE_BYTES = 150
"""Room for the first lines of progress and no more: who writes them is held in the middle."""


@dataclass(frozen=True)
class NarrowPipe:
    """A pipe that nobody reads, nearly full."""

    read_end: int
    write_end: int

    def waiting_bytes(self) -> int:
        """Returns how much lies in it."""
        size: int = struct.unpack("i", fcntl.ioctl(self.read_end, termios.FIONREAD, b"\0" * 4))[0]
        return size


@contextmanager
def narrow_pipe() -> Generator[NarrowPipe]:
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, _PAGE_BYTES)
    os.write(write_end, b"." * (_PAGE_BYTES - _FREE_BYTES))
    yield NarrowPipe(read_end, write_end)
    os.close(read_end)
    os.close(write_end)


async def killed_in_the_middle(*arguments: str, env: Mapping[str, str]) -> None:
    """Runs a command that is killed once it has said that it is at work."""
    with narrow_pipe() as pipe:
        empty_bytes = pipe.waiting_bytes()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "receptionist", *arguments), stderr=pipe.write_end, env=env
        )
        await until(lambda: pipe.waiting_bytes() > empty_bytes, within_s=60)
        assert process.returncode is None
        process.kill()
        await process.wait()


async def test_a_killed_backup_leaves_no_file_and_the_next_one_is_whole(
    database: Database, tmp_path: Path
) -> None:
    await lived_in(database)
    folder = tmp_path / "backups"
    folder.mkdir()
    env = environment(tmp_path, DATABASE_URL=url_of(database))
    await killed_in_the_middle("backup", str(folder / "b.zip"), env=env)
    assert not (folder / "b.zip").exists()
    manifest = await copied(database, folder / "b.zip")
    assert [file.name for file in folder.iterdir()] == ["b.zip"]
    await put_back(database, folder / "b.zip", replace=True)
    assert manifest.rows == sum(map(len, (await content(database)).values()))


async def test_a_killed_restore_leaves_everything_as_it_was(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "b.zip"
    async with await Database.open("", tmp_path / "other") as other:
        await lived_in(other)
        await copied(other, file)
    await lived_in(database)
    await MessageRepository(database, "garden").save(a_message())
    before = await content(database)
    env = environment(tmp_path, DATABASE_URL=url_of(database))
    await killed_in_the_middle("restore", "--replace", str(file), env=env)
    assert await content(database) == before
