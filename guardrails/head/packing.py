"""Numbers of four bits: blocks of 32 with a scale of 16 bits before them."""

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
"""Numbers in a block."""

BLOCK_BYTES = 18

_MIDDLE = 8
"""What zero is packed as."""


def unpacked(rows: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Returns the numbers of each row of whole blocks."""
    blocks = rows.reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    pairs = blocks[:, 2:]
    numbers = np.concatenate([pairs & 15, pairs >> 4], axis=1).astype(np.float32) - _MIDDLE
    return (numbers * scales).reshape(len(rows), -1)
