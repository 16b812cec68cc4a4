"""Puts an archive into a database: all of it, or nothing."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from receptionist.backup.archive import Archive
from receptionist.backup.manifest import ArchiveError
from receptionist.backup.rows import NOT_KEPT, RowReader, tables
from receptionist.database import Database
from receptionist.errors import ConfigurationError
from receptionist.migrations import current, downgrade, revisions, upgrade
from receptionist.versions.archives import read_zip
from receptionist.versions.folders import write_new

Progress = Callable[[str, int, int], None]
"""Told the name of a table, how many of its rows are done, and how many there are."""

_ROWS_AT_ONCE = 500
_LETTERS_AT_ONCE = 8_000_000


async def restore(
    database: Database,
    archive: Archive,
    progress: Progress,
    *,
    replace: bool = False,
    bundle: Path | None = None,
) -> None:
    """Puts what `archive` holds into `database`, in one transaction.

    An archive of an older version is brought up to date on the way.

    Args:
        database: Where to; its schema is current.
        archive: Where from.
        progress: Told how far it is.
        replace: Everything that is there is deleted first.
        bundle: Where the tenant's folder is put; None leaves it in the archive.

    Raises:
        ArchiveError: its rows do not fit, or it was made by a newer version.
        ConfigurationError: the database or the folder is not empty.
        StorageError: the database refuses.
    """
    manifest = archive.manifest
    if manifest.revision not in revisions():
        raise ArchiveError(
            f"It was made by a newer version (schema {manifest.revision!r}). Restore it with that"
            " version."
        )
    async with _folder(archive, bundle), database.maintain() as connection:
        await connection.run_sync(_clear, replace)
        if await connection.run_sync(current) != manifest.revision:
            await connection.run_sync(downgrade, manifest.revision)
        found = await connection.run_sync(tables)
        if set(manifest.tables) | NOT_KEPT != {table.name for table in found} | NOT_KEPT:
            raise ArchiveError("It does not hold the tables of the version that made it.")
        for table in found:
            if table.name in manifest.tables:
                await _fill(connection, table, archive, progress)
        await connection.run_sync(upgrade)


def _clear(connection: Connection, replace: bool) -> None:
    for table in reversed(tables(connection)):
        if replace:
            connection.execute(delete(table))
        elif connection.execute(select(table.c[0]).limit(1)).first() is not None:
            raise ConfigurationError(
                "The database is not empty. --replace deletes everything in it first; make a"
                " backup of it before."
            )


async def _fill(
    connection: AsyncConnection, table: Table, archive: Archive, progress: Progress
) -> None:
    count, done = archive.manifest.tables[table.name].rows, 0
    aware = connection.dialect.name == "postgresql"
    for rows in _batches(archive.rows(table.name), RowReader(table, aware=aware)):
        await connection.execute(insert(table), rows)
        done += len(rows)
        progress(table.name, done, count)


def _batches(lines: Iterator[str], reader: RowReader) -> Iterator[Sequence[Mapping[str, Any]]]:
    batch: list[Mapping[str, Any]] = []
    letters = 0
    for line in lines:
        batch.append(reader.read(line))
        letters += len(line)
        if len(batch) >= _ROWS_AT_ONCE or letters >= _LETTERS_AT_ONCE:
            yield batch
            batch, letters = [], 0
    if batch:
        yield batch


@asynccontextmanager
async def _folder(archive: Archive, folder: Path | None) -> AsyncGenerator[None]:
    """Unpacks the tenant's folder beside its place, and puts it there when the rest is done."""
    if folder is None:
        yield
        return
    beside = await asyncio.to_thread(_unpacked, archive, folder)
    try:
        yield
        await asyncio.to_thread(beside.replace, folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, beside, ignore_errors=True)


def _unpacked(archive: Archive, folder: Path) -> Path:
    packed = archive.bundle()
    if packed is None:
        raise ConfigurationError("The archive holds no folder of a tenant.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"{str(folder)!r} is not empty. Name a new folder.")
    files = read_zip(packed)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        write_new(files, beside)
    except OSError as error:
        raise ConfigurationError(f"{str(folder)!r} cannot be written: {error.strerror}.") from error
    return beside
