"""A language model that knows nothing, in the file format of one that does."""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from guardrails.head.encoder import READ
from guardrails.head.packing import BLOCK, BLOCK_BYTES
from tests.guardrails.head.teachers import WIDTH

_LAYERS = 8
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_WORDS = ("▁the", "▁job", "▁hire", "▁ask", "▁me", "▁about", "▁who", "▁will", "▁you", "火")
PIECES = (*_SPECIAL, *_WORDS, "▁", *"abcdefghijklmnopqrstuvwxyz")
LIKELIHOODS = (0.0, 0.0, 0.0, 0.0, *[-3.0] * len(_WORDS), -4.0, *[-6.0] * 26)


def write_start(path: Path) -> Path:
    """Writes the file, and returns its path."""
    names = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, names)]).astype(np.uint32)
    head = b"E5S1" + struct.pack("<I7i", 1, WIDTH, _LAYERS, 12, 2 * WIDTH, len(PIECES), 512, 2)
    head += struct.pack("<fi", 1e-12, BLOCK) + struct.pack("<5i", len(PIECES), 0, 2, 1, 3)
    head += struct.pack("<Q", ends[-1]) + ends.tobytes()
    head += np.array(LIKELIHOODS, np.float32).tobytes() + b"".join(names)
    head += struct.pack("<iI", 1, 9) + bytes(9)
    tensors = dict(_tensors(np.random.default_rng(3)))
    head += struct.pack("<i", len(tensors))
    place = len(head) + sum(2 + len(name) + 21 for name in tensors)
    for name, content in tensors.items():
        head += struct.pack("<H", len(name)) + name.encode()
        head += struct.pack("<BIQQ", 0, 0, place, len(content))
        place += len(content)
    path.write_bytes(head + b"".join(tensors.values()))
    return path


def _tensors(random: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    def plain(*size: int) -> bytes:
        return random.normal(0, 0.1, size).astype(np.float32).tobytes()

    def packed(rows: int, columns: int) -> bytes:
        blocks = random.integers(0, 256, (rows * columns // BLOCK, BLOCK_BYTES), np.uint8)
        blocks[:, :2] = np.frombuffer(np.float16(0.02).tobytes(), np.uint8)
        return blocks.tobytes()

    ones, zeros = np.ones(WIDTH, np.float32).tobytes(), bytes(4 * WIDTH)
    yield "emb.word", packed(len(PIECES), WIDTH)
    yield "emb.pos", plain(READ + 2, WIDTH)
    yield "emb.type", plain(2, WIDTH)
    yield "emb.ln.w", ones
    yield "emb.ln.b", zeros
    for layer in range(_LAYERS):
        for name in ("q", "k", "v", "ao"):
            yield f"l{layer}.{name}.w", packed(WIDTH, WIDTH)
            yield f"l{layer}.{name}.b", zeros
        yield f"l{layer}.fi.w", packed(2 * WIDTH, WIDTH)
        yield f"l{layer}.fi.b", bytes(8 * WIDTH)
        yield f"l{layer}.fo.w", packed(WIDTH, 2 * WIDTH)
        yield f"l{layer}.fo.b", zeros
        for name in ("aln", "oln"):
            yield f"l{layer}.{name}.w", ones
            yield f"l{layer}.{name}.b", zeros
