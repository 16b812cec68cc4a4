"""An archive that is sound but whose rows or folder are not is refused, and changes nothing."""

import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from receptionist.backup.archive import Archive
from receptionist.backup.manifest import BUNDLE, MANIFEST, ArchiveError, rows_of
from receptionist.backup.restoring import restore
from receptionist.database import Database
from receptionist.errors import ReceptionistError, StorageError
from receptionist.tenants import DEMO
from receptionist.versions.files import FilesError
from tests.receptionist.backup.kept import content, copied, lived_in, put_back, quiet

pytestmark = pytest.mark.integration

Told = dict[str, Any]
Change = Callable[[Told, dict[str, bytes]], None]


def altered(file: Path, change: Change) -> Path:
    """Returns an archive in which `change` was made, with figures and hashes that fit it."""
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    told: Told = json.loads(files.pop(MANIFEST))
    change(told, files)
    for name, table in told["tables"].items():
        rows = files.get(rows_of(name), b"")
        table |= {"rows": rows.count(b"\n"), **measured(rows)}
    if BUNDLE in files:
        told["bundle"] = measured(files[BUNDLE])
    changed = file.with_name("altered.zip")
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in (files | {MANIFEST: json.dumps(told).encode()}).items():
            archive.writestr(name, value)
    return changed


def measured(value: bytes) -> Told:
    return {"size_bytes": len(value), "sha256": sha256(value).hexdigest()}


def outside(folder: Path) -> list[Path]:
    """Returns what was written where it should not be."""
    return [*folder.rglob("outside.yaml"), *Path("/etc").glob("outside.yaml")]


def of_a_newer_version(told: Told, _files: dict[str, bytes]) -> None:
    told["revision"] = "9999"


def of_an_older_version_than_its_tables(told: Told, _files: dict[str, bytes]) -> None:
    told["revision"] = "0001"


def without_a_table(told: Told, files: dict[str, bytes]) -> None:
    del told["tables"]["turn"]
    del files[rows_of("turn")]


def with_a_table_too_many(told: Told, files: dict[str, bytes]) -> None:
    told["tables"]["sqlite_master"] = {}
    files[rows_of("sqlite_master")] = b""


def with_a_row_twice(_told: Told, files: dict[str, bytes]) -> None:
    files[rows_of("call")] *= 2


def with_a_row_of_nothing(_told: Told, files: dict[str, bytes]) -> None:
    files[rows_of("turn")] = files[rows_of("turn")].replace(b'"c1"', b'"nobody"')


def with_another_column(_told: Told, files: dict[str, bytes]) -> None:
    files[rows_of("message")] += b'{"id":"m1","password":"x"}\n'


def with_a_number_for_a_name(_told: Told, files: dict[str, bytes]) -> None:
    files[rows_of("call")] = files[rows_of("call")].replace(b'"tenant":"demo"', b'"tenant":7')


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        (of_a_newer_version, ArchiveError, "made by a newer version"),
        (of_an_older_version_than_its_tables, ArchiveError, "tables of the version"),
        (without_a_table, ArchiveError, "tables of the version"),
        (with_a_table_too_many, ArchiveError, "tables of the version"),
        (with_a_row_twice, StorageError, "breaks its rules"),
        (with_a_row_of_nothing, StorageError, "breaks its rules"),
        (with_another_column, ArchiveError, "Row 3 of 'message' in it does not fit"),
        (with_a_number_for_a_name, ArchiveError, "column 'tenant'"),
    ],
)
async def test_what_cannot_have_been_copied_is_refused_and_changes_nothing(
    database: Database, tmp_path: Path, change: Change, kind: type[ReceptionistError], says: str
) -> None:
    await lived_in(database)
    await copied(database, tmp_path / "b.zip")
    before = await content(database)
    lie = altered(tmp_path / "b.zip", change)
    with pytest.raises(kind, match=says) as refused:
        await put_back(database, lie, replace=True)
    assert kind is StorageError or str(lie) in str(refused.value)
    assert await content(database) == before


@pytest.mark.parametrize(
    "name", ["../outside.yaml", "/etc/outside.yaml", "a/../../outside.yaml", "C:\\outside.yaml"]
)
async def test_a_folder_that_leads_elsewhere_is_refused(
    sqlite: Database, tmp_path: Path, name: str
) -> None:
    def lead_elsewhere(_told: Told, files: dict[str, bytes]) -> None:
        made = BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("tenant.yaml", "")
            archive.writestr(name, "mine")
        files[BUNDLE] = made.getvalue()

    await copied(sqlite, tmp_path / "b.zip", DEMO)
    lie = altered(tmp_path / "b.zip", lead_elsewhere)
    there = tmp_path / "new" / "bundle"
    with Archive.open(lie) as archive, pytest.raises(FilesError):
        await restore(sqlite, archive, quiet, bundle=there)
    assert not there.exists()
    assert outside(tmp_path) == []


async def test_a_folder_that_unpacks_to_far_more_than_a_bundle_is_refused(
    sqlite: Database, tmp_path: Path
) -> None:
    def bomb(_told: Told, files: dict[str, bytes]) -> None:
        made = BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("tenant.yaml", b" " * 30_000_000)
        files[BUNDLE] = made.getvalue()

    await copied(sqlite, tmp_path / "b.zip", DEMO)
    lie = altered(tmp_path / "b.zip", bomb)
    with Archive.open(lie) as archive, pytest.raises(FilesError):
        await restore(sqlite, archive, quiet, bundle=tmp_path / "new")
    assert not (tmp_path / "new").exists()
