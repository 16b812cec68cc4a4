"""Keeps on disk what is costly to work out from a tenant's texts.

An entry is a folder of arrays named by the hash of all it was made from, so that it is never out of
date: other texts, another embedder or another layout have another name. It appears under its name
only when it is whole, and is read by mapping it into memory.
"""

import json
import shutil
import tempfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from loguru import logger
from numpy.typing import NDArray
from pydantic import TypeAdapter

Arrays = Mapping[str, NDArray[Any]]

_MANIFEST = "manifest.json"
_CHECKSUMS = TypeAdapter(dict[str, int])
_KEPT = 8
"""Entries kept: some tenants, and the last versions of each."""
_BLOCK_BYTES = 1 << 22


class IndexCache:
    """Arrays on disk, by the name of what they were made from.

    Args:
        folder: Where they are kept; it may not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def arrays(self, name: str, build: Callable[[], Arrays]) -> Arrays:
        """Returns the arrays kept as `name`, or builds and keeps them.

        What is damaged or cannot be written is logged, and built in memory; nothing is raised.
        """
        entry = self._folder / name
        if entry.exists():
            try:
                found = _read(entry)
                (entry / _MANIFEST).touch()
            except (OSError, ValueError) as error:
                logger.warning(f"the kept index {entry} is damaged and is built again: {error!r}")
            else:
                return found
        built = build()
        try:
            self._write(entry, built)
        except OSError as error:
            logger.warning(f"the index cannot be kept in {self._folder}: {error}")
        return built

    def _write(self, entry: Path, arrays: Arrays) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=".new-", dir=self._folder))
        try:
            manifest: dict[str, int] = {}
            for number, (name, array) in enumerate(arrays.items()):
                np.save(new / f"{number}.npy", array, allow_pickle=False)
                manifest[name] = _checksum(new / f"{number}.npy")
            (new / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
            if entry.exists():
                shutil.rmtree(entry)
            new.rename(entry)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        self._forget_old()

    def _forget_old(self) -> None:
        entries = [path.parent for path in self._folder.glob(f"[!.]*/{_MANIFEST}")]
        newest_first = sorted(entries, key=lambda path: -(path / _MANIFEST).stat().st_mtime)
        for entry in newest_first[_KEPT:]:
            shutil.rmtree(entry, ignore_errors=True)


def _read(entry: Path) -> Arrays:
    manifest = _CHECKSUMS.validate_json((entry / _MANIFEST).read_bytes())
    arrays: dict[str, NDArray[Any]] = {}
    for number, (name, checksum) in enumerate(manifest.items()):
        file = entry / f"{number}.npy"
        if _checksum(file) != checksum:
            raise ValueError(f"{name!r} is not what was written")
        arrays[name] = _mapped(file)
    return arrays


def _mapped(file: Path) -> NDArray[Any]:
    try:
        return np.load(file, mmap_mode="r", allow_pickle=False)
    except ValueError:  # an array without elements cannot be mapped
        return np.load(file, allow_pickle=False)


def _checksum(file: Path) -> int:
    """Returns the CRC of `file`; it finds what a full or failing disk does, in 0.1 s for 60 MB."""
    checksum = 0
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            checksum = zlib.crc32(block, checksum)
    return checksum
