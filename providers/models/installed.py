"""The files of one installed model, and whether they are what the catalogue promises."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from providers.models.catalog import Model, ModelFile

MANIFEST = ".manifest.json"


class ModelState(StrEnum):
    """What is on disk of a model."""

    INSTALLED = "installed"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stamp:
    """What a file looked like when its digest was last taken."""

    bytes: int
    mtime_ns: int
    sha256: str


class InstalledModel:
    """One model folder.

    The manifest only remembers digests by length and modification time, so that a start need not
    hash hundreds of megabytes; without it, or when a file looks different, the file is hashed.
    """

    def __init__(self, folder: Path, model: Model) -> None:
        self._folder = folder
        self._model = model

    def state(self, *, full: bool = False) -> ModelState:
        """Returns the state of the model; `full` hashes every file again."""
        bad = self.bad_files(full=full)
        if not bad:
            return ModelState.INSTALLED
        present = any(os.path.exists(self._folder / file.path) for file in self._model.files)
        return ModelState.DAMAGED if present else ModelState.MISSING

    def bad_files(self, *, full: bool = False) -> list[ModelFile]:
        """Returns the files that are missing or differ from the catalogue."""
        known = self._read()
        trusted = {} if full else known
        fresh: dict[str, _Stamp] = {}
        bad: list[ModelFile] = []
        for file in self._model.files:
            stamp = self._stamp(file, trusted.get(file.path))
            if stamp is None or stamp.sha256 != file.sha256:
                bad.append(file)
            else:
                fresh[file.path] = stamp
        # A digest that turned out wrong is forgotten too, so that nobody trusts that file again.
        if fresh != known:
            self._remember(fresh)
        return bad

    def _stamp(self, file: ModelFile, known: _Stamp | None) -> _Stamp | None:
        path = self._folder / file.path
        try:
            stat = path.stat()
            if stat.st_size != file.bytes:
                return None
            if known and (known.bytes, known.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
                return known
            digest = file_sha256(path)
        except OSError:
            return None
        return _Stamp(bytes=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=digest)

    def _read(self) -> dict[str, _Stamp]:
        try:
            stored = json.loads((self._folder / MANIFEST).read_text(encoding="utf-8"))
            return {path: _Stamp(**stamp) for path, stamp in stored.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _remember(self, stamps: dict[str, _Stamp]) -> None:
        text = json.dumps({path: asdict(stamp) for path, stamp in stamps.items()}, indent=1)
        temporary = self._folder / f"{MANIFEST}.{os.getpid()}"
        try:
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(self._folder / MANIFEST)
        except OSError:
            # A read-only folder works too: its files are hashed at every start.
            return


def file_sha256(path: Path) -> str:
    """Returns the SHA-256 of the file at `path` as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
