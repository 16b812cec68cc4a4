"""Phrases already spoken, kept as PCM so that saying them again costs nothing.

A phrase is stored only when its synthesis was complete. Memory is bounded in bytes and drops what
was unused longest; a folder, when given, keeps phrases over restarts and is bounded likewise.
"""

import hashlib
import os
import tempfile
from collections import OrderedDict
from pathlib import Path
from threading import Lock

from loguru import logger

# Stored speech says that it is synthetic, so that machines can tell (AI Act, Art. 50(2); IPTC).
_MAGIC = b"PCM2 http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia\n"
_UNMARKED = b"PCM1"
_DIGEST_BYTES = 32
_LENGTH_BYTES = 8
_HEADER_BYTES = len(_MAGIC) + _DIGEST_BYTES + _LENGTH_BYTES
_SUFFIX = ".pcm"
_PARTIAL_SUFFIX = ".part"
# Trimming down to this share keeps the next few writes from trimming again.
_TRIM_TO = 0.9


def phrase_key(*, engine: str, voice: str, rate_hz: int, text: str, version: str = "") -> str:
    """Returns the cache key of `text` as one voice says it.

    Args:
        engine: The engine's scheme, such as `piper`.
        voice: The voice, with its language where one voice speaks several.
        rate_hz: Rate of the stored PCM.
        text: What is said; outer white space does not count.
        version: Anything else that changes the sound: settings, the model's version.
    """
    parts = (engine, voice, str(rate_hz), version, text.strip())
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


class PhraseCache:
    """PCM (s16le mono) by key, in memory and optionally on disk; safe to share between threads.

    A damaged file counts as absent and is removed. A disk that refuses a write costs one warning,
    after which phrases live in memory only.

    Args:
        folder: Where phrases are kept over restarts; None keeps them in memory only.
        memory_bytes: Bound of the PCM held in memory; 0 holds none.
        disk_bytes: Bound of the folder's size; the files unused longest go first.
    """

    def __init__(
        self, folder: Path | None, memory_bytes: int, *, disk_bytes: int = 512 * 1024 * 1024
    ) -> None:
        self._memory_limit_bytes = memory_bytes
        self._disk_limit_bytes = disk_bytes
        self._lock = Lock()
        self._phrases: OrderedDict[str, bytes] = OrderedDict()
        self._memory_bytes = 0
        self._disk_bytes = 0
        self._folder = folder
        self._writable = folder is not None
        if folder is not None:
            self._open(folder)

    @property
    def memory_bytes(self) -> int:
        """PCM held in memory now."""
        return self._memory_bytes

    def peek(self, key: str) -> bytes | None:
        """Returns the phrase if it is in memory; touches no disk, so the event loop may call it."""
        with self._lock:
            if (pcm := self._phrases.get(key)) is not None:
                self._phrases.move_to_end(key)
            return pcm

    def get(self, key: str) -> bytes | None:
        """Returns the phrase from memory or disk, or None. May read a file: not for the loop."""
        if (pcm := self.peek(key)) is not None:
            return pcm
        if (pcm := self._read(key)) is not None:
            self._remember(key, pcm)
        return pcm

    def put(self, key: str, pcm: bytes) -> None:
        """Stores a complete phrase. May write a file: not for the loop."""
        self._remember(key, pcm)
        if self._writable:
            self._write(key, pcm)

    def _remember(self, key: str, pcm: bytes) -> None:
        with self._lock:
            self._memory_bytes -= len(self._phrases.pop(key, b""))
            if len(pcm) > self._memory_limit_bytes:
                return
            self._phrases[key] = pcm
            self._memory_bytes += len(pcm)
            while self._memory_bytes > self._memory_limit_bytes:
                _, dropped = self._phrases.popitem(last=False)
                self._memory_bytes -= len(dropped)

    def _open(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for partial in folder.glob(f"*{_PARTIAL_SUFFIX}"):
                partial.unlink(missing_ok=True)
            self._trim(folder)
        except OSError as error:
            self._stop_writing(error)

    def _read(self, key: str) -> bytes | None:
        if self._folder is None:
            return None
        path = self._folder / (key + _SUFFIX)
        try:
            stored = path.read_bytes()
        except OSError:
            return None
        if (pcm := _unpack(stored)) is None:
            if not stored.startswith(_UNMARKED):  # an earlier version wrote those
                logger.warning(f"Phrase cache: {path.name!r} is damaged and is dropped")
            self._drop(path)
            return None
        self._touch(path)
        return pcm

    def _write(self, key: str, pcm: bytes) -> None:
        folder = self._folder
        if folder is None:
            return
        try:
            _write_atomically(folder / (key + _SUFFIX), _pack(pcm))
            with self._lock:
                self._disk_bytes += _HEADER_BYTES + len(pcm)
                full = self._disk_bytes > self._disk_limit_bytes
            if full:
                self._trim(folder)
        except OSError as error:
            self._stop_writing(error)

    def _trim(self, folder: Path) -> None:
        # The folder is read again each time because other processes may share it.
        files: list[tuple[float, int, str]] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(_SUFFIX):
                    stat = entry.stat()
                    files.append((stat.st_mtime, stat.st_size, entry.path))
        size_bytes = sum(size for _, size, _ in files)
        if size_bytes > self._disk_limit_bytes:
            for _, size, path in sorted(files):
                if size_bytes <= self._disk_limit_bytes * _TRIM_TO:
                    break
                Path(path).unlink(missing_ok=True)
                size_bytes -= size
        with self._lock:
            self._disk_bytes = size_bytes

    def _touch(self, path: Path) -> None:
        if self._writable:
            try:
                os.utime(path)
            except OSError as error:
                self._stop_writing(error)

    def _drop(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            self._stop_writing(error)

    def _stop_writing(self, error: OSError) -> None:
        with self._lock:
            first, self._writable = self._writable, False
        if first:
            logger.warning(
                f"Phrase cache: {str(self._folder)!r} cannot be written ({error}); "
                "phrases are kept in memory only. Free or unlock the disk and restart."
            )


def _pack(pcm: bytes) -> bytes:
    length = len(pcm).to_bytes(_LENGTH_BYTES, "little")
    return _MAGIC + hashlib.sha256(pcm).digest() + length + pcm


def _unpack(stored: bytes) -> bytes | None:
    pcm = stored[_HEADER_BYTES:]
    return pcm if stored == _pack(pcm) else None


def _write_atomically(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=_PARTIAL_SUFFIX)
    try:
        with os.fdopen(descriptor, "wb") as partial:
            partial.write(content)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
