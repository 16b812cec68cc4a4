"""Sets of files as drafts and versions are made of them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from receptionist.errors import ConfigurationError
from receptionist.versions.paths import clashes, objection

Files = Mapping[str, bytes]
"""What the files of a bundle hold, by path."""
Manifest = Mapping[str, str]
"""The SHA-256 of each file, by path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """How much a bundle may hold.

    Attributes:
        files: How many files.
        file_bytes: Each of them; more than a document may have could not be read.
        all_bytes: All together.
    """

    files: int = 1000
    file_bytes: int = 20_000_000
    all_bytes: int = 200_000_000


LIMITS = FileLimits()


class FilesError(ConfigurationError):
    """Files cannot be a bundle; the message names each that is wrong."""

    code = "files_invalid"

    def __init__(self, wrong: Iterable[str]) -> None:
        super().__init__("\n".join(wrong))


def sha256_of(content: bytes) -> str:
    """Returns the hash a content is kept by."""
    return hashlib.sha256(content).hexdigest()


def manifest_of(files: Files) -> Manifest:
    """Returns the hash of each file."""
    return {path: sha256_of(content) for path, content in files.items()}


def hash_of_manifest(manifest: Manifest) -> str:
    """Returns the one hash of a set of files: equal sets, and no others, have the same."""
    digest = hashlib.sha256()
    for path in sorted(manifest):
        digest.update(f"{path}\0{manifest[path]}\n".encode())
    return digest.hexdigest()


def refuse_sizes(sizes: Mapping[str, int], limits: FileLimits = LIMITS) -> None:
    """Refuses names that not every machine has, and more than a bundle may hold.

    Raises:
        FilesError: with everything that is wrong.
    """
    if wrong := list(_wrong(sizes, limits)):
        raise FilesError(wrong)


def _wrong(sizes: Mapping[str, int], limits: FileLimits) -> Iterator[str]:
    if len(sizes) > limits.files:
        yield f"There are {len(sizes):,} files; a bundle has {limits.files:,} at most."
        return
    for path, size in sizes.items():
        if why := objection(path):
            yield f"{path!r} {why}."
        elif size > limits.file_bytes:
            most = limits.file_bytes / 1e6
            yield f"{path!r} has {size / 1e6:,.0f} MB; a file has {most:,.0f} at most."
    for path, other in clashes(sizes).items():
        yield f"{path!r} and {other!r} are one name on some machines."
    if (total := sum(sizes.values())) > limits.all_bytes:
        most = limits.all_bytes / 1e6
        yield f"All files together have {total / 1e6:,.0f} MB; a bundle has {most:,.0f} at most."
