"""The model store: one folder of verified model weights, filled from packages, folders or the web.

Layout: `<folder>/<model>/<file>`; `.pull/` holds verified pieces of interrupted pulls, and
`catalog.yaml`, when there is one, adds the operator's own models.
"""

import fcntl
import os
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from providers.errors import ProviderError
from providers.models.archives import SourceError
from providers.models.catalog import Model, ModelFile, Piece, Source, load_catalog
from providers.models.installed import InstalledModel, ModelState
from providers.models.sources import Pieces

_SPARE_BYTES = 128 << 20  # an archive beside its members


class PullProgress(Protocol):
    """Sees a pull go on."""

    def waiting(self) -> None:
        """Another pull is running; this one goes on after it."""
        ...

    def advanced(self, model: str, done_bytes: int, total_bytes: int) -> None:
        """`done_bytes` of the `total_bytes` of `model` are there."""
        ...


class _Unseen:
    def waiting(self) -> None:
        pass

    def advanced(self, model: str, done_bytes: int, total_bytes: int) -> None:
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredModel:
    """One line of the list of models."""

    name: str
    model: Model
    state: ModelState


class ModelStore:
    """Models in one folder; nothing that differs from the catalogue is ever handed out.

    Args:
        folder: Where they are kept; created when the first model is pulled.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self._catalog = load_catalog(folder / "catalog.yaml")

    def names(self, *, default_only: bool = False) -> list[str]:
        """Returns the names of all models, or of those the product as installed needs."""
        models = self._catalog.models.items()
        return [name for name, model in models if model.default or not default_only]

    def usual(self) -> list[str]:
        """Returns the names of all models but those that are pulled only by their names."""
        return [name for name, model in self._catalog.models.items() if not model.on_request]

    def model(self, name: str) -> Model:
        """Returns the catalogue entry of `name`.

        Raises:
            ProviderError: there is no such model.
        """
        if name not in self._catalog.models:
            raise ProviderError(
                "there is no such model.",
                provider=f"model:{name}",
                fix=f"Use one of {', '.join(self.names())}.",
            )
        return self._catalog.models[name]

    def folder(self, name: str) -> Path:
        """Returns the verified folder of model `name`.

        Files that look as they did when last verified (length, modification time) are trusted;
        others are hashed.

        Raises:
            ProviderError: the model is missing or damaged; `fix` names the command that pulls it.
        """
        state = self.state(name)
        if state is not ModelState.INSTALLED:
            raise ProviderError(
                f"the model is {state} in {str(self.path)!r}.",
                provider=f"model:{name}",
                fix=f"Run `receptionist models pull {name}`.",
            )
        return self.path / name

    def state(self, name: str, *, full: bool = False) -> ModelState:
        """Returns what is on disk of `name`; `full` hashes every file again."""
        return self._installed(name).state(full=full)

    def list(self, *, full: bool = False) -> list[StoredModel]:
        """Returns all models with their states."""
        return [
            StoredModel(name=name, model=self.model(name), state=self.state(name, full=full))
            for name in self.names()
        ]

    def pull(
        self,
        name: str,
        *,
        progress: PullProgress | None = None,
        local: Path | None = None,
        full: bool = True,
    ) -> bool:
        """Makes `name` complete, fetching only what is missing or damaged.

        Args:
            name: The model.
            progress: Told how far it is.
            local: A folder to look in first, for `<name>/<file>` and then `<file>`.
            full: Hash what is there, to repair also what length and time do not show.

        Returns:
            False when everything was there already.

        Raises:
            ProviderError: no source works, or the folder cannot be written.
        """
        self.model(name)
        seen = progress or _Unseen()
        try:
            with self._locked(seen):
                wanted = self._installed(name).bad_files(full=full)
                if wanted:
                    self._install(name, [_with_local(file, name, local) for file in wanted], seen)
                return bool(wanted)
        except SourceError as error:
            raise ProviderError(
                f"no source works: {error}.", provider=f"model:{name}", fix=error.fix
            ) from error
        except OSError as error:
            raise self._storage_error(name, error) from error

    def _installed(self, name: str) -> InstalledModel:
        return InstalledModel(self.path / name, self.model(name))

    def _install(self, name: str, files: Sequence[ModelFile], progress: PullProgress) -> None:
        pull = self.path / ".pull"
        parts, work = pull / "parts", pull / "work"
        parts.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        total = sum(file.bytes for file in files)
        self._check_space(name, total)
        pieces = Pieces(
            parts, work, files, lambda done: progress.advanced(name, min(done, total), total)
        )
        used: set[str] = set()
        for file in files:
            joined = pieces.obtain(file)
            used |= {piece.sha256 for piece in joined}
            self._put(name, file, joined, pieces, work)
        # The stamps of the new files are taken now, so that the first start need not hash.
        self._installed(name).bad_files()
        for digest in used:
            (parts / digest).unlink(missing_ok=True)
        shutil.rmtree(work, ignore_errors=True)
        progress.advanced(name, total, total)

    def _put(
        self,
        name: str,
        file: ModelFile,
        joined: Sequence[Piece],
        pieces: Pieces,
        work: Path,
    ) -> None:
        whole = work / file.sha256
        if pieces.join(joined, whole) != file.sha256:
            whole.unlink()
            raise SourceError(f"the pieces of {file.path!r} do not make up the expected file")
        target = self.path / name / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        whole.replace(target)
        _flush_folder(target.parent)

    def _check_space(self, name: str, total_bytes: int) -> None:
        # Pieces and the joined file exist side by side for a moment.
        needed = 2 * total_bytes + _SPARE_BYTES
        free = shutil.disk_usage(self.path).free
        if free < needed:
            raise ProviderError(
                f"{needed >> 20} MB are needed in {str(self.path)!r}, {free >> 20} MB are free.",
                provider=f"model:{name}",
                fix="Free some space, or set RECEPTIONIST_MODELS_DIR to another disk.",
            )

    def _storage_error(self, name: str, error: OSError) -> ProviderError:
        return ProviderError(
            f"{str(self.path)!r} cannot be written: {error.strerror or error}.",
            provider=f"model:{name}",
            fix="Make it writable or free some space, "
            "or set RECEPTIONIST_MODELS_DIR to another folder.",
        )

    @contextmanager
    def _locked(self, progress: PullProgress) -> Generator[None]:
        """Keeps other pulls into this folder out; the system frees the lock of a killed one."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress.waiting()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _with_local(file: ModelFile, name: str, folder: Path | None) -> ModelFile:
    if folder is None:
        return file
    local = tuple(
        Source(
            pieces=(
                Piece(
                    kind="folder",
                    origin=str(folder),
                    member=member,
                    bytes=file.bytes,
                    sha256=file.sha256,
                ),
            )
        )
        for member in (f"{name}/{file.path}", file.path)
    )
    return file.model_copy(update={"sources": (*local, *file.sources)})


def _flush_folder(folder: Path) -> None:
    """Makes a rename in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
