"""How likely a sentence belongs to each of several groups of example sentences.

Kernel ridge regression on sentence embeddings: every example pulls sentences near it towards its
group, and examples of no group (the background) push away. It is solved anew for each question
among the examples nearest to it (Bottou and Vapnik, "Local learning algorithms", 1992): nothing
has to be fitted beforehand, the cost of a question does not grow with the tenant, and its
neighbours choose as well as all examples do (92 % of CLINC150 either way).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Numbers = NDArray[np.int32]

NEIGHBOURS = 192
"""128 lose half a percent of the answers of CLINC150 to 256, which take twice as long."""
_RIDGE = 0.05
_SHARPNESS = 1.0
"""Vectors are taken from the middle of their language, so unrelated ones are at right angles."""
_TOO_CLOSE = 0.75
"""Cosine from which a background sentence may be one of the tenant's own questions."""

_EXACT_ROWS = 8192
"""So many rows are compared in 1 ms; more are compared by their first components first."""
_COARSE_DIMENSIONS = 96
_SAMPLE_ROWS = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well a sentence fits one group.

    Attributes:
        likeness: How likely it belongs to the group, about 0..1.
        nearest: Greatest cosine to an example of the group.
    """

    likeness: float
    nearest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Vectors of length 1, and a way to the nearest of them.

    Attributes:
        vectors: One per row.
        axes: Directions along which the vectors differ most, as columns; none for few rows.
        coarse: The vectors along those axes.
    """

    vectors: Vectors
    axes: Vectors
    coarse: Vectors

    @classmethod
    def of(cls, vectors: Vectors) -> "Rows":
        """Returns `vectors` made ready to be searched."""
        dimensions = vectors.shape[1] if len(vectors) else 0
        if len(vectors) <= _EXACT_ROWS:
            nothing = np.zeros((0, 0), np.float32)
            return cls(vectors=vectors, axes=nothing, coarse=nothing)
        sample = vectors[:: -(-len(vectors) // _SAMPLE_ROWS)]
        _, axes = np.linalg.eigh(sample.T @ sample)
        axes = np.ascontiguousarray(axes[:, max(0, dimensions - _COARSE_DIMENSIONS) :])
        coarse = np.asarray(vectors @ axes, np.float32)
        return cls(vectors=vectors, axes=np.asarray(axes, np.float32), coarse=coarse)

    def nearest(self, vector: Vectors, most: int) -> tuple[Numbers, Vectors]:
        """Returns the numbers of the rows nearest to `vector`, in no order, and their cosines."""
        if not len(self.axes):
            cosines = self.vectors @ vector
            kept = _greatest(cosines, most)
            return kept, cosines[kept]
        along = np.asarray(vector @ self.axes, np.float32)
        kept = _greatest(np.asarray(self.coarse @ along, np.float32), 4 * most)
        kept.sort()
        cosines = np.asarray(self.vectors[kept] @ vector, np.float32)
        best = _greatest(cosines, most)
        return kept[best], cosines[best]


def of_each_group(
    vector: Vectors, examples: Rows, groups: Numbers, background: Vectors
) -> tuple[Mapping[int, Fit], float]:
    """Returns how well `vector` fits the groups near it, and its nearness to no group.

    Args:
        vector: A sentence, of length 1.
        examples: Example sentences.
        groups: The group of each example.
        background: Sentences of no group.
    """
    near, cosines = examples.nearest(vector, NEIGHBOURS)
    foreign = background @ vector
    foreign_near = _greatest(foreign, NEIGHBOURS)
    all_cosines = np.concatenate([cosines, foreign[foreign_near]])
    kept = _greatest(all_cosines, NEIGHBOURS)
    mine = kept[kept < len(near)]
    others = kept[kept >= len(near)] - len(near)
    rows = np.concatenate([examples.vectors[near[mine]], background[foreign_near[others]]])
    weights = _weights(rows, np.concatenate([cosines[mine], foreign[foreign_near[others]]]))
    fits: dict[int, Fit] = {}
    owners = groups[near[mine]]
    for group in np.unique(owners):
        of_group = owners == group
        fits[int(group)] = Fit(
            likeness=float(weights[: len(mine)][of_group].sum()),
            nearest=float(cosines[mine][of_group].max()),
        )
    return fits, float(foreign.max(initial=0.0))


def far_from(background: Vectors, examples: Vectors) -> NDArray[np.bool_]:
    """Returns which rows of `background` are no way of saying one of the `examples`."""
    nearest = np.full(len(background), -1.0, np.float32)
    for start in range(0, len(examples), _SAMPLE_ROWS):
        part = background @ examples[start : start + _SAMPLE_ROWS].T
        np.maximum(nearest, part.max(axis=1), out=nearest)
    return nearest < _TOO_CLOSE


def _weights(rows: Vectors, cosines: Vectors) -> Vectors:
    """Returns how much the target of each row counts for a sentence with `cosines` to them."""
    kernel = np.exp(2.0 * np.float32(_SHARPNESS) * (rows @ rows.T - 1.0))
    kernel[np.diag_indices_from(kernel)] += _RIDGE
    towards = np.exp(2.0 * np.float32(_SHARPNESS) * (cosines - 1.0))
    return np.asarray(np.linalg.solve(kernel, towards), np.float32)


def _greatest(values: Vectors, most: int) -> Numbers:
    if len(values) <= most:
        return np.arange(len(values), dtype=np.int32)
    return np.argpartition(values, len(values) - most)[len(values) - most :].astype(np.int32)
