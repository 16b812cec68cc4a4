"""`receptionist backup` and `receptionist restore`: everything that is kept, in one file."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel

from receptionist.backup.archive import Archive, ArchiveWriter, writing
from receptionist.backup.making import back_up
from receptionist.backup.manifest import Manifest
from receptionist.backup.restoring import restore as put_back
from receptionist.commands.records import AsJson, local_time, open_database, print_json
from receptionist.database import Database
from receptionist.settings import Settings

_STEP = 10_000
"""Rows between two lines of progress."""

ArchiveFile = Annotated[Path, typer.Argument(metavar="FILE", help="The archive.")]


class Told(BaseModel):
    """What both commands print for programs.

    Attributes:
        file: The archive.
        database: The database that was read or filled.
        bundle: The tenant's folder is in the archive.
    """

    file: str
    database: str
    made_at: datetime
    product: str
    revision: str
    tables: dict[str, int]
    rows: int
    bundle: bool


def backup(file: ArchiveFile, as_json: AsJson = False) -> None:
    """Copies everything that is kept into a new file; calls may go on meanwhile."""
    with writing(file) as archive:
        name, manifest = asyncio.run(_back_up(archive, _Said("copied")))
    _tell(file, name, manifest, "is copied to", as_json)


def restore(
    file: ArchiveFile,
    replace: Annotated[
        bool, typer.Option("--replace", help="Delete everything that is in the database first.")
    ] = False,
    tenant: Annotated[
        Path | None,
        typer.Option(help="New folder for the tenant's bundle; without it, it stays in the file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Puts a backup into the database of the settings, whole or not at all; stop serving first."""
    said = _Said("restored")
    with Archive.open(file) as archive:
        name = asyncio.run(_restore(archive, said, replace, tenant))
        _tell(file, name, archive.manifest, "was restored from", as_json)


async def _back_up(archive: ArchiveWriter, said: "_Said") -> tuple[str, Manifest]:
    settings = Settings.read()
    url, data_dir = settings.database_url, settings.data_dir
    async with await Database.open(url, data_dir, as_it_is=True) as database:
        return database.name, await back_up(database, settings.tenant_dir, archive, said.rows)


async def _restore(archive: Archive, said: "_Said", replace: bool, tenant: Path | None) -> str:
    async with await open_database() as database:
        await put_back(database, archive, said.rows, replace=replace, bundle=tenant)
        return database.name


class _Said:
    """Says on standard error how far it is."""

    def __init__(self, done: str) -> None:
        self._done = done
        self._table = ""
        self._next = 0

    def rows(self, table: str, done: int, count: int | None) -> None:
        """Says how many rows of `table` are done, but not too often."""
        if table != self._table:
            self._table, self._next = table, _STEP
        if done >= self._next or done == count:
            of = f" of {count:,}" if count is not None else ""
            typer.echo(f"{table}: {done:,}{of} rows {self._done}", err=True)
            self._next = done + _STEP


def _tell(file: Path, database: str, manifest: Manifest, verb: str, as_json: bool) -> None:
    told = Told(
        file=str(file),
        database=database,
        made_at=manifest.made_at,
        product=manifest.product,
        revision=manifest.revision,
        tables={name: table.rows for name, table in manifest.tables.items()},
        rows=manifest.rows,
        bundle=manifest.bundle is not None,
    )
    if as_json:
        print_json(told)
        return
    folder = " and the tenant's folder" if told.bundle else ""
    typer.echo(
        f"{told.rows:,} rows of {len(told.tables)} tables{folder}, as of"
        f" {local_time(told.made_at)}: {database} {verb} {file}"
    )
