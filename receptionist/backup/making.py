"""Copies everything a database holds into an archive, as it is at one moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Table, select
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from receptionist.backup.archive import ArchiveWriter
from receptionist.backup.manifest import Manifest, Rows
from receptionist.backup.rows import NOT_KEPT, heavy, tables, written
from receptionist.database import Database
from receptionist.errors import NotFoundError, StorageError
from receptionist.migrations import current, revisions
from receptionist.versions.archives import zip_of
from receptionist.versions.folders import read_folder

Progress = Callable[[str, int, int | None], None]
"""Told the name of a table, how many of its rows are done, and of how many once that is known."""

_AT_ONCE = 500


async def back_up(
    database: Database, bundle: Path | None, archive: ArchiveWriter, progress: Progress
) -> Manifest:
    """Writes the rows and the tenant's folder into `archive`; calls go on meanwhile.

    Args:
        database: Where from, whatever its schema.
        bundle: The tenant's folder; None when the demo tenant answers.
        archive: Where to.
        progress: Told how far it is.

    Raises:
        NotFoundError: the database holds nothing of ours.
        StorageError: it cannot be read.
        ConfigurationError: the folder cannot be read.
    """
    made_at = datetime.now(UTC)
    packed = zip_of(read_folder(bundle)) if bundle is not None else None
    async with database.snapshot() as connection:
        revision = await connection.run_sync(current)
        if revision is None:
            raise NotFoundError(f"The database {database.name!r} holds nothing of ours.")
        if revision not in revisions():
            raise NotFoundError(
                f"The database {database.name!r} was written by a newer version (schema"
                f" {revision!r}). Make the backup with that version."
            )
        rows: dict[str, Rows] = {}
        for table in await connection.run_sync(tables):
            if table.name not in NOT_KEPT:
                rows[table.name] = await _copy(connection, table, archive, progress)
    manifest = Manifest(
        made_at=made_at,
        product=version("receptionist"),
        revision=revision,
        database=database.engine.dialect.name,
        tables=rows,
        bundle=archive.bundle(packed) if packed is not None else None,
    )
    archive.manifest(manifest)
    return manifest


async def _copy(
    connection: AsyncConnection, table: Table, archive: ArchiveWriter, progress: Progress
) -> Rows:
    query = select(table).order_by(*table.primary_key.columns)
    at_once = 1 if heavy(table) else _AT_ONCE
    names = [column.name for column in table.columns]
    done = 0
    with archive.rows(table.name) as kept:
        try:
            found = await connection.stream(query, execution_options={"yield_per": at_once})
            async for some in found.partitions():
                for row in some:
                    kept.add(written(dict(zip(names, row, strict=True))))
                done += len(some)
                progress(table.name, done, None)
        except DBAPIError:
            raise
        except (ValueError, StatementError) as error:
            raise StorageError(
                f"A row of {table.name!r} behind the first {done:,} is spoilt and cannot be copied:"
                f" {error}. Mend it, or copy the database by its own means."
            ) from error
        if done:
            progress(table.name, done, done)
        return kept.written
