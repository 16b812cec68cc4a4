"""Reads bundles from zip files and writes them, byte by byte the same; trusts no zip it is given.

What a zip says of itself is written by whoever made it: only what really comes out counts, and
nothing is ever unpacked to where its names lead.
"""

import io
import stat
import struct
import zipfile
import zlib
from collections import Counter

from receptionist.versions.files import LIMITS, FileLimits, Files, FilesError, refuse_sizes

_END = b"PK\x05\x06"
_END_BYTES = 22
_LONGEST_COMMENT = 65_535
_END64_LOCATOR = b"PK\x06\x07"
_END64_LOCATOR_BYTES = 20
_LISTING_BYTES_PER_FILE = 1000
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 1
_MADE_BY_MACS = "__MACOSX/"
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest a zip knows: the same files are the same zip, whenever it is made."""
_FILE_MODE = stat.S_IFREG | 0o644
_NOT_A_ZIP = "This is no zip file, or a damaged one."


def zip_of(files: Files) -> bytes:
    """Returns a zip of `files`; the same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = _FILE_MODE << 16
            archive.writestr(entry, files[path])
    return packed.getvalue()


def read_zip(content: bytes, limits: FileLimits = LIMITS) -> Files:
    """Returns the files of a zip; those of its only folder when everything lies in one.

    Raises:
        FilesError: it is no zip, or something in it cannot be in a bundle.
    """
    _refuse_listing(content, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [one for one in archive.infolist() if not _is_left_out(one)]
            for entry in entries:
                _refuse_kind(entry)
            names = [entry.filename for entry in entries]
            [(name, times)] = Counter(names).most_common(1) or [("", 0)]
            if times > 1:
                raise FilesError([f"{name!r} stands in the zip more than once."])
            top = _only_folder(names)
            refuse_sizes({e.filename.removeprefix(top): e.file_size for e in entries}, limits)
            return _unpacked(archive, entries, top, limits)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, struct.error) as error:
        raise FilesError([_NOT_A_ZIP]) from error
    except (UnicodeDecodeError, ValueError, OSError) as error:
        raise FilesError([_NOT_A_ZIP]) from error


def _unpacked(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], top: str, limits: FileLimits
) -> Files:
    files: dict[str, bytes] = {}
    left = limits.all_bytes
    for entry in sorted(entries, key=lambda one: one.filename):
        most = min(limits.file_bytes, left)
        with archive.open(entry) as packed:
            unpacked = packed.read(most + 1)
        if len(unpacked) > most or len(unpacked) != entry.file_size:
            raise FilesError([f"{entry.filename!r} is not as large as the zip says."])
        left -= len(unpacked)
        files[entry.filename.removeprefix(top)] = unpacked
    return files


def _refuse_listing(content: bytes, limits: FileLimits) -> None:
    """Refuses a zip that lists more than a bundle has, before a list is made of that."""
    end = content.rfind(_END, max(0, len(content) - _END_BYTES - _LONGEST_COMMENT))
    if end < 0 or len(content) - end < _END_BYTES:
        raise FilesError([_NOT_A_ZIP])
    listing_bytes: int = struct.unpack_from("<I", content, end + 12)[0]
    locator = content[max(0, end - _END64_LOCATOR_BYTES) : end]
    if locator.startswith(_END64_LOCATOR) or listing_bytes > limits.files * _LISTING_BYTES_PER_FILE:
        raise FilesError(
            [f"The zip lists far more than a bundle, which has {limits.files:,} files at most."]
        )


def _is_left_out(entry: zipfile.ZipInfo) -> bool:
    return entry.is_dir() or entry.filename.startswith(_MADE_BY_MACS)


def _refuse_kind(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise FilesError([f"{entry.filename!r} is a link, or no ordinary file."])
    if entry.flag_bits & _ENCRYPTED:
        raise FilesError([f"{entry.filename!r} is encrypted; make the zip without a password."])
    if entry.compress_type not in _METHODS:
        raise FilesError([f"{entry.filename!r} is packed in an unusual way; use deflate."])


def _only_folder(names: list[str]) -> str:
    """Returns the folder everything lies in, with its `/`; "" where there is none."""
    tops = {name.partition("/")[0] for name in names}
    top = f"{min(tops)}/" if len(tops) == 1 else ""
    return top if f"{top}tenant.yaml" in names else ""
