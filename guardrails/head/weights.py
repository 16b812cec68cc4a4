"""What the head has learnt, and the file it is kept in."""

import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guardrails.head.features import SIZE, STAGES, VERSION

RETRAIN = "run `python -m guardrails.train`"


class HeadError(ValueError):
    """The weights cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What the head has learnt.

    Attributes:
        seeds_hash: Of the sentences it was taught with.
        labels: The classes.
        columns: Weights, a column per class.
        certainty: For each stage, what scores are multiplied with so that likelihoods are true.
    """

    seeds_hash: str
    labels: tuple[str, ...]
    columns: NDArray[np.float16]
    certainty: NDArray[np.float32]


def save_weights(weights: Weights, path: Path) -> None:
    """Writes `weights`; the same weights give the same bytes."""
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            version=np.array(VERSION),
            seeds_hash=np.array(weights.seeds_hash),
            labels=np.array(weights.labels),
            columns=weights.columns,
            certainty=weights.certainty,
        )


def load_weights(path: Path) -> Weights:
    """Reads weights.

    Raises:
        HeadError: If there are none, or they are of another version of the features.
    """
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as file:
            version = int(file["version"])
            weights = Weights(
                seeds_hash=str(file["seeds_hash"]),
                labels=tuple(map(str, file["labels"])),
                columns=file["columns"],
                certainty=file["certainty"],
            )
    except (OSError, LookupError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise HeadError(f"{path.name} cannot be read ({error}); {RETRAIN}") from error
    if version != VERSION:
        raise HeadError(f"{path.name} is of another version; {RETRAIN}")
    if weights.columns.shape != (SIZE, len(weights.labels)):
        raise HeadError(f"{path.name} has weights of another size; {RETRAIN}")
    if weights.certainty.shape != (len(STAGES),):
        raise HeadError(f"{path.name} knows other stages; {RETRAIN}")
    return weights
