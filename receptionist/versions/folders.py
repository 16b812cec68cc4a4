"""Reads the files of a folder and writes them into one: the same bytes, never through a link."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from receptionist.errors import ConfigurationError
from receptionist.versions.files import LIMITS, FileLimits, Files, FilesError, refuse_sizes

_LEFT_OUT = frozenset({".git"})
"""What belongs to the version control around a bundle, and stays where it is."""
_DEEPEST = 20
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def read_folder(folder: Path, limits: FileLimits = LIMITS) -> Files:
    """Returns every file below `folder`, but for `.git`. Blocking.

    Raises:
        ConfigurationError: there is no such folder, or it cannot be read.
        FilesError: something in it cannot be in a bundle, such as a link.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"There is no folder {str(folder)!r}.")
    try:
        found = dict(_walk(folder, "", limits))
        refuse_sizes(found, limits)
        return {path: _read(folder / path, path, limits) for path in sorted(found)}
    except OSError as error:
        raise ConfigurationError(
            f"{str(folder)!r} cannot be read: {error.filename or ''} {error.strerror}."
        ) from error


def write_folder(files: Files, folder: Path) -> None:
    """Writes `files` into `folder`, which is new or empty but for `.git`. Blocking.

    Raises:
        ConfigurationError: something is there already, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if there := sorted(one.name for one in folder.iterdir() if one.name not in _LEFT_OUT):
            raise ConfigurationError(
                f"{str(folder)!r} is not empty: {there[0]!r} is there. Name a new folder, or"
                " empty it first (in a git clone: git rm -rq .)."
            )
        write_new(files, folder)
    except OSError as error:
        raise ConfigurationError(f"{str(folder)!r} cannot be written: {error.strerror}.") from error


def write_new(files: Files, folder: Path) -> None:
    """Writes `files`, none of which is there, below `folder`, which is. Blocking."""
    for path, content in files.items():
        target = folder.joinpath(*path.split("/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(content)


def _walk(folder: Path, around: str, limits: FileLimits) -> Iterator[tuple[str, int]]:
    count = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            path = f"{around}{entry.name}"
            if entry.name in _LEFT_OUT:
                continue
            if entry.is_symlink():
                raise FilesError([f"{path!r} is a link; put the file itself in its place."])
            if entry.is_dir(follow_symlinks=False):
                if around.count("/") > _DEEPEST:
                    raise FilesError([f"{path!r} lies too deep."])
                yield from _walk(folder / entry.name, f"{path}/", limits)
            elif entry.is_file(follow_symlinks=False):
                yield path, entry.stat(follow_symlinks=False).st_size
            else:
                raise FilesError([f"{path!r} is no ordinary file; remove it."])
            count += 1
            if count > 2 * limits.files:
                raise FilesError([f"{str(folder)!r} holds far more than a bundle."])


def _read(file: Path, path: str, limits: FileLimits) -> bytes:
    try:
        handle = os.open(file, _OPEN)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise FilesError([f"{path!r} has become a link."]) from error
        raise
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FilesError([f"{path!r} is no ordinary file; remove it."])
        content = opened.read(limits.file_bytes + 1)
    if len(content) > limits.file_bytes:
        raise FilesError([f"{path!r} has grown while it was read."])
    return content
