"""Taking named data members out of archives that were fetched from a registry."""

import gzip
import hashlib
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from providers.models.catalog import Piece

_BLOCK_BYTES = 1 << 20
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,  # a way of packing zipfile does not know
    RuntimeError,  # an encrypted member
)


class SourceError(Exception):
    """One source of a file does not work; another may.

    Attributes:
        fix: What would make it work, as one imperative sentence, or "".
    """

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


def take_members(archive: Path, pieces: Iterable[Piece], parts: Path) -> None:
    """Writes each piece's member of `archive` to `parts`, named by its digest.

    Members are copied byte by byte to names of our own, so nothing an archive says about paths,
    links or modes has any effect, and never more bytes than the catalogue expects.

    Raises:
        SourceError: the archive is broken, lacks a member or holds other bytes.
    """
    try:
        with _opened(archive) as opened:
            for piece in pieces:
                with opened.member(piece.member) as stream:
                    store_piece(stream, piece, parts)
    except _BROKEN as error:
        raise SourceError(f"{archive.name!r} is not the expected archive: {error}") from error


def store_piece(stream: IO[bytes], piece: Piece, parts: Path) -> None:
    """Writes `stream` to `parts` under the digest of `piece`, once that is verified.

    Raises:
        SourceError: the bytes are not those the catalogue promises.
    """
    digest = hashlib.sha256()
    left = piece.bytes + 1
    temporary = parts / f"{piece.sha256}.incomplete"
    with temporary.open("wb") as out:
        while left and (block := stream.read(min(_BLOCK_BYTES, left))):
            digest.update(block)
            left -= out.write(block)
        flush_to_disk(out)
    if left != 1 or digest.hexdigest() != piece.sha256:
        temporary.unlink()
        raise SourceError(
            f"{piece.member or piece.origin!r} of {piece.origin!r} is not the expected file "
            f"(sha256 {piece.sha256[:12]}…, {piece.bytes} bytes)"
        )
    temporary.replace(parts / piece.sha256)


def flush_to_disk(file: IO[bytes]) -> None:
    """Makes what was written to `file` survive a power cut."""
    file.flush()
    os.fsync(file.fileno())


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def member(self, name: str) -> IO[bytes]:
        return self._archive.open(name)


class _Tar:
    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive

    def member(self, name: str) -> IO[bytes]:
        stream = self._archive.extractfile(name) if self._archive.getmember(name).isreg() else None
        if stream is None:
            raise SourceError(f"member {name!r} is not a plain file")
        return stream


@contextmanager
def _opened(path: Path) -> Generator[_Zip | _Tar]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield _Zip(archive)
    else:
        with tarfile.open(path) as archive:
            yield _Tar(archive)
