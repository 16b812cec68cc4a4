"""Vectors of embeddings."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def unit_rows(rows: Any) -> NDArray[np.float32]:
    """Returns `rows` as float32 scaled to length 1; a row without direction stays zero."""
    vectors = np.asarray(rows, np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
