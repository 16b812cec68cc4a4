"""Archives on the disk: written whole or not at all, and read without believing them."""

import hashlib
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from receptionist.backup.manifest import (
    BUNDLE,
    MANIFEST,
    MANIFEST_BYTES,
    ROW_BYTES,
    ArchiveError,
    Content,
    Manifest,
    Rows,
    read_manifest,
    rows_of,
)
from receptionist.errors import ConfigurationError, StorageError

_PART = ".part"
_OWNER_ONLY = 0o600
"""It holds what callers said."""
_CHUNK = 1 << 20
_RATIO = 200
_SMALL_BYTES = 1 << 24
"""Rows that repeat each other shrink a hundredfold at most; more of it than this is no backup."""
_FILES = 1000
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 1
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    ValueError,
    RuntimeError,
    OSError,
)
"""What comes of a zip whose own figures are wrong, places in the file among them."""


class ArchiveWriter:
    """Adds files to an archive."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    @contextmanager
    def rows(self, table: str) -> Generator["RowsWriter"]:
        """Opens the file of a table; its rows are counted when it is closed."""
        with self._open(rows_of(table)) as file:
            yield RowsWriter(file)

    def bundle(self, packed: bytes) -> Content:
        """Adds the tenant's folder."""
        with self._open(BUNDLE) as file:
            file.write(packed)
        return Content(size_bytes=len(packed), sha256=hashlib.sha256(packed).hexdigest())

    def manifest(self, manifest: Manifest) -> None:
        """Adds what all the rest is checked against."""
        with self._open(MANIFEST) as file:
            file.write(manifest.model_dump_json(indent=1).encode())

    def _open(self, name: str) -> IO[bytes]:
        entry = zipfile.ZipInfo(name, _FIXED_TIME)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = (stat.S_IFREG | _OWNER_ONLY) << 16
        return self._archive.open(entry, "w", force_zip64=True)


class RowsWriter:
    """Writes rows, one per line, and knows what it has written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._size_bytes = 0
        self._rows = 0

    def add(self, row: str) -> None:
        """Adds a row.

        Raises:
            ArchiveError: it is longer than a row that is restored may be.
        """
        line = f"{row}\n".encode()
        if len(line) > ROW_BYTES:
            raise ArchiveError(f"A row has {len(line):,} bytes; {ROW_BYTES:,} are the most.")
        self._file.write(line)
        self._digest.update(line)
        self._size_bytes += len(line)
        self._rows += 1

    @property
    def written(self) -> Rows:
        """Returns what was written so far."""
        digest = self._digest.hexdigest()
        return Rows(rows=self._rows, size_bytes=self._size_bytes, sha256=digest)


@contextmanager
def writing(file: Path) -> Generator[ArchiveWriter]:
    """Opens a new archive; it has its name once it is whole and on the disk. Blocking.

    Raises:
        ConfigurationError: there is a file of this name.
        StorageError: it cannot be written.
    """
    if file.exists():
        raise ConfigurationError(f"{str(file)!r} exists. Name another file, or remove it first.")
    part = file.with_name(f"{file.name}{_PART}")
    try:
        try:
            part.unlink(missing_ok=True)  # of a backup that was killed
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
            with os.fdopen(handle, "wb") as target:
                with zipfile.ZipFile(target, "w") as archive:
                    yield ArchiveWriter(archive)
                target.flush()
                os.fsync(target.fileno())
            part.replace(file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(
            f"The backup {str(file)!r} cannot be written: {error.strerror}. Name another place."
        ) from error


class Archive:
    """An archive that was checked from end to end: it holds what its manifest says."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive = archive
        self.manifest = manifest

    @classmethod
    @contextmanager
    def open(cls, file: Path) -> Generator[Self]:
        """Opens and checks an archive. Blocking: it is read once, whole.

        Raises:
            ArchiveError: it is none, was damaged, or tells lies.
        """
        try:
            source = file.open("rb")
        except OSError as error:
            raise ConfigurationError(f"{str(file)!r} cannot be read: {error.strerror}.") from error
        with source:
            try:
                archive = zipfile.ZipFile(source)
                manifest = _checked(archive)
            except _BROKEN as error:
                raise _refused(file, "It is no archive, or a damaged one.") from error
            except ArchiveError as error:
                raise _refused(file, str(error)) from error
            try:
                yield cls(archive, manifest)
            except ArchiveError as error:
                raise _refused(file, str(error)) from error

    def rows(self, table: str) -> Iterator[str]:
        """Yields the rows of `table` as they are written."""
        with self._archive.open(rows_of(table)) as file:
            while line := file.readline(ROW_BYTES):
                yield line.decode()

    def bundle(self) -> bytes | None:
        """Returns the tenant's folder as a zip; None when there is none in it."""
        return self._archive.read(BUNDLE) if self.manifest.bundle else None


def _refused(file: Path, why: str) -> ArchiveError:
    return ArchiveError(f"{str(file)!r} cannot be restored. {why}")


def _checked(archive: zipfile.ZipFile) -> Manifest:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(names) > _FILES or len(set(names)) < len(names) or MANIFEST not in names:
        raise ArchiveError("It is no backup of ours.")
    for entry in entries:
        _refuse_kind(entry)
    manifest = _manifest(archive)
    contents = manifest.contents()
    if set(names) != {MANIFEST, *contents}:
        raise ArchiveError("It does not hold the files its manifest names.")
    for name, content in contents.items():
        if archive.getinfo(name).file_size != content.size_bytes:
            raise ArchiveError(f"{name!r} in it is not as large as its manifest says.")
    for name, content in contents.items():
        with archive.open(name) as file:
            _refuse_other(name, content, file)
    return manifest


def _refuse_kind(entry: zipfile.ZipInfo) -> None:
    odd = entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS
    if odd or stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        raise ArchiveError(f"{entry.filename!r} in it is packed in a way of which we know nothing.")
    if entry.file_size > max(_SMALL_BYTES, _RATIO * entry.compress_size):
        raise ArchiveError(f"{entry.filename!r} in it unpacks to far more than a backup holds.")


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    with archive.open(MANIFEST) as file:
        written = file.read(MANIFEST_BYTES + 1)
    if len(written) > MANIFEST_BYTES:
        raise ArchiveError("Its manifest is none of ours.")
    return read_manifest(written)


def _refuse_other(name: str, content: Content, file: IO[bytes]) -> None:
    """Reads a file to its end and refuses it when it is not what the manifest says."""
    digest = hashlib.sha256()
    size_bytes = rows = 0
    while part := file.readline(ROW_BYTES) if isinstance(content, Rows) else file.read(_CHUNK):
        digest.update(part)
        size_bytes += len(part)
        rows += 1
        if isinstance(content, Rows) and not part.endswith(b"\n"):
            raise ArchiveError(f"{name!r} in it has a row that is too long or not whole.")
    if (size_bytes, digest.hexdigest()) != (content.size_bytes, content.sha256):
        raise ArchiveError(f"{name!r} in it was damaged or altered.")
    if isinstance(content, Rows) and rows != content.rows:
        raise ArchiveError(f"{name!r} in it does not have the rows its manifest says.")
