"""Writes sets of files into folders, where they are read as bundles are; a set is written once."""

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from receptionist.errors import ConfigurationError, ReceptionistError
from receptionist.versions.files import Files, Manifest, hash_of_manifest, manifest_of
from receptionist.versions.folders import read_folder, write_new

_KEPT = 8
_IN_USE_S = 3600.0
"""What was asked for within an hour may be being read."""
_UNFINISHED = ".new-"


class FolderCache:
    """Folders below one, named by the hash of what they hold.

    What lies there can be removed at any time, and is not believed: a folder whose files are not
    what its name says is written anew.

    Args:
        root: Where they are; it may not exist yet.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def find(self, manifest: Manifest) -> Path | None:
        """Returns the folder that holds these files, if there is one. Blocking."""
        folder = self._root / hash_of_manifest(manifest)
        try:
            if folder.is_dir() and manifest_of(read_folder(folder)) == dict(manifest):
                os.utime(folder)
                return folder
        except (OSError, ReceptionistError):
            return None
        return None

    def put(self, files: Files) -> Path:
        """Returns a folder that holds `files`: wholly there, or not at all. Blocking.

        Raises:
            ConfigurationError: it cannot be written.
        """
        manifest = manifest_of(files)
        if (there := self.find(manifest)) is not None:
            return there
        folder = self._root / hash_of_manifest(manifest)
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            new = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._root))
            write_new(files, new)
            self._take_place(new, folder, manifest)
            self._forget_old(folder)
        except OSError as error:
            if (there := self.find(manifest)) is not None:  # another process was first
                return there
            raise ConfigurationError(
                f"Files cannot be written to {str(self._root)!r}: {error.strerror}. Name another"
                " folder in RECEPTIONIST_DATA_DIR."
            ) from error
        return folder

    def _take_place(self, new: Path, folder: Path, manifest: Manifest) -> None:
        """Gives `new` its name, unless another has written the same meanwhile."""
        try:
            new.rename(folder)
        except OSError:
            if self.find(manifest) is None:
                self._replace(folder, new)
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def _replace(self, spoilt: Path, new: Path) -> None:
        aside = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._root))
        with suppress(FileNotFoundError):
            spoilt.rename(aside / "spoilt")
        new.rename(spoilt)

    def _forget_old(self, newest: Path) -> None:
        """Removes what nobody has asked for lately, and what killed processes have left."""
        before = time.time() - _IN_USE_S
        ages = self._ages()
        ages.pop(newest, None)
        finished = [one for one in ages if not one.name.startswith(_UNFINISHED)]
        kept = set(sorted(finished, key=lambda one: -ages[one])[: _KEPT - 1])
        for one, age in ages.items():
            if one not in kept and age < before:
                shutil.rmtree(one, ignore_errors=True)

    def _ages(self) -> dict[Path, float]:
        ages: dict[Path, float] = {}
        for one in self._root.iterdir():
            with suppress(FileNotFoundError):  # others come and go meanwhile
                ages[one] = one.stat().st_mtime
        return ages
