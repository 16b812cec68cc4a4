"""An archive is believed only as far as it can be checked."""

import json
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, Boolean, Column, DateTime, Double, LargeBinary, MetaData, String, Table
from sqlalchemy import Integer as Whole

from receptionist.backup.archive import Archive, writing
from receptionist.backup.manifest import ArchiveError, Manifest, read_manifest
from receptionist.backup.rows import RowReader, written
from receptionist.errors import ConfigurationError

pytestmark = pytest.mark.unit

ROWS = '{"id":"a"}\n{"id":"b"}\n'
Files = dict[str, bytes]
MOMENT = datetime(2026, 11, 23, 9, 0, 0, 250, tzinfo=UTC)
TABLE = Table(
    "thing",
    MetaData(),
    Column("id", String(), primary_key=True),
    Column("count", Whole()),
    Column("ratio", Double(), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("open", Boolean(), nullable=False),
    Column("more", JSON()),
    Column("packed", LargeBinary()),
)
ROW = {
    "id": "città",
    "count": 7,
    "ratio": 0.1,
    "at": MOMENT,
    "open": True,
    "more": {"a": [1, None]},
    "packed": bytes(range(256)),
}


def told(rows: str = ROWS, **changes: Any) -> dict[str, Any]:
    content = rows.encode()
    counted = {
        "rows": rows.count("\n"),
        "size_bytes": len(content),
        "sha256": sha256(content).hexdigest(),
    }
    return {
        "kind": "receptionist backup",
        "format": 1,
        "made_at": MOMENT.isoformat(),
        "product": "1",
        "revision": "0001",
        "database": "sqlite",
        "tables": {"call": counted | changes.pop("counted", {})},
        "bundle": None,
        **changes,
    }


def files(rows: str = ROWS, **changes: Any) -> Files:
    manifest = json.dumps(told(rows, **changes)).encode()
    return {"manifest.json": manifest, "rows/call.jsonl": rows.encode()}


def zipped(content: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, value in content.items():
            archive.writestr(name, value)
    return made.getvalue()


def read(file: Path) -> list[str]:
    with Archive.open(file) as archive:
        return list(archive.rows("call"))


def refusal(content: bytes, folder: Path) -> str:
    file = folder / "lies.zip"
    file.write_bytes(content)
    with pytest.raises(ArchiveError) as error:
        read(file)
    assert str(file) in str(error.value)
    return str(error.value)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    with writing(tmp_path / "b.zip") as archive:
        with archive.rows("call") as rows:
            rows.add('{"id":"a"}')
            rows.add('{"id":"b"}')
        counted = rows.written
        archive.manifest(Manifest.model_validate(told(bundle=None)))
    assert read(tmp_path / "b.zip") == ROWS.splitlines(keepends=True)
    assert counted.rows == 2
    assert (tmp_path / "b.zip").stat().st_mode & 0o077 == 0
    assert [file.name for file in tmp_path.iterdir()] == ["b.zip"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({}, "no backup of ours"),
        ({"rows/call.jsonl": ROWS.encode()}, "no backup of ours"),
        ({"manifest.json": b"{}", "rows/call.jsonl": b""}, "manifest is none of ours"),
        ({"manifest.json": b"[" * 50_000}, "manifest is none of ours"),
        ({"manifest.json": b"\xff"}, "manifest is none of ours"),
        ({"manifest.json": b" " * 1_000_001}, "manifest is none of ours"),
        ({"manifest.json": files()["manifest.json"]}, "files its manifest names"),
        ({**files(), "../../etc/passwd": b"x"}, "files its manifest names"),
        ({**files(), "rows/turn.jsonl": b""}, "files its manifest names"),
        (files(tables={"../call": told()["tables"]["call"]}), "manifest is none of ours"),
        (files(tables={"call; DROP TABLE call": told()["tables"]["call"]}), "none of ours"),
        (files(format=2), "made by a newer version"),
        (files(format="1"), "none of ours"),
        (files(secret="x"), "none of ours"),
        (files(counted={"size_bytes": 5}), "not as large"),
        (files(counted={"sha256": "0" * 64}), "damaged or altered"),
        (files(counted={"rows": 1}), "not have the rows"),
        (files(counted={"rows": -1}), "none of ours"),
        (files(ROWS + '{"id":"c"}'), "too long or not whole"),
        (files(" " * 20_000_000 + "\n"), "unpacks to far more"),
    ],
)
def test_lies_are_refused(tmp_path: Path, content: Files, says: str) -> None:
    assert says in refusal(zipped(content), tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_in_it_twice_is_refused(tmp_path: Path) -> None:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, value in [*files().items(), *files().items()]:
            archive.writestr(name, value)
    assert "no backup of ours" in refusal(made.getvalue(), tmp_path)


def test_a_row_that_is_too_long_is_neither_written_nor_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("receptionist.backup.archive.ROW_BYTES", 100)
    assert "too long" in refusal(zipped(files(f'{{"id":"{"a" * 100}"}}\n')), tmp_path)
    with (
        pytest.raises(ArchiveError, match="100 are the most"),
        writing(tmp_path / "b") as archive,
        archive.rows("call") as rows,
    ):
        rows.add("a" * 100)
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_packing_is_refused(tmp_path: Path, method: int) -> None:
    assert "know nothing" in refusal(zipped(files(), method), tmp_path)


def test_links_are_refused(tmp_path: Path) -> None:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, value in files().items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o120777 << 16
            archive.writestr(entry, value)
    assert "know nothing" in refusal(made.getvalue(), tmp_path)


def test_what_is_no_archive_is_said_so(tmp_path: Path) -> None:
    assert "no archive, or a damaged one" in refusal(b"my holiday photos", tmp_path)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read(tmp_path / "nothing")


WHOLE = zipped(files())


@given(at=st.integers(0, len(WHOLE) - 1), bit=st.integers(0, 7), cut=st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_damaged_archive_is_refused_or_reads_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int, cut: bool
) -> None:
    damaged = bytearray(WHOLE)
    damaged[at] ^= 1 << bit
    file = tmp_path_factory.getbasetemp() / "damaged.zip"
    file.write_bytes(WHOLE[:at] if cut else damaged)
    with suppress(ArchiveError):
        assert read(file) == ROWS.splitlines(keepends=True)


@given(st.binary() | st.text().map(str.encode))
def test_any_manifest_is_refused_or_understood(content: bytes) -> None:
    with pytest.raises(ArchiveError):
        read_manifest(content)


@pytest.mark.parametrize("aware", [True, False])
def test_a_row_comes_back_as_it_was(aware: bool) -> None:
    back = RowReader(TABLE, aware=aware).read(written(ROW))
    assert back == ROW | {"at": MOMENT if aware else MOMENT.replace(tzinfo=None)}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": 7}, "column 'id'"),
        ({"id": None}, "column 'id'"),
        ({"id": "\ud800"}, "column 'id'"),
        ({"count": True}, "column 'count'"),
        ({"count": 1.5}, "column 'count'"),
        ({"ratio": "many"}, "column 'ratio'"),
        ({"ratio": [1]}, "column 'ratio'"),
        ({"at": "yesterday"}, "column 'at'"),
        ({"at": "2026-11-23T09:00:00"}, "column 'at'"),
        ({"at": 5}, "column 'at'"),
        ({"open": 1}, "column 'open'"),
        ({"packed": "%%%"}, "column 'packed'"),
        ({"stranger": 1}, "other columns"),
    ],
)
def test_a_row_that_does_not_fit_is_named(change: dict[str, object], says: str) -> None:
    line = json.dumps(json.loads(written(ROW)) | change)
    with pytest.raises(ArchiveError, match="Row 1 of 'thing'") as error:
        RowReader(TABLE, aware=True).read(line)
    assert says in str(error.value)


@given(st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_line_is_a_row_or_refused(line: str) -> None:
    with pytest.raises(ArchiveError):
        RowReader(TABLE, aware=True).read(line)


@given(
    ratio=st.floats(allow_nan=False),
    count=st.none() | st.integers(),
    at=st.datetimes(timezones=st.just(UTC)),
    more=st.none() | st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)),
    packed=st.none() | st.binary(),
)
def test_every_row_comes_back_as_it_was(**values: object) -> None:
    row = ROW | values
    assert RowReader(TABLE, aware=True).read(written(row)) == row
