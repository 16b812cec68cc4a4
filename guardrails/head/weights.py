"""What the head has learnt, and the file it is kept in."""

import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guardrails.head.encoder import READ, Model
from guardrails.head.features import SIZE, STAGES, VERSION
from guardrails.head.packing import BLOCK, BLOCK_BYTES

RETRAIN = "run `python -m guardrails.train`"


class HeadError(ValueError):
    """The weights cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What the head has learnt.

    Attributes:
        seeds_hash: Of the sentences it was taught with.
        labels: The classes.
        columns: Weights of the linear half, a column per class.
        model: The half that reads.
        certainty: For each stage, what scores are multiplied with so that likelihoods are true.
    """

    seeds_hash: str
    labels: tuple[str, ...]
    columns: NDArray[np.float16]
    model: Model
    certainty: NDArray[np.float32]


def save_weights(weights: Weights, path: Path) -> None:
    """Writes `weights`; the same weights give the same bytes."""
    model = weights.model
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            version=np.array(VERSION),
            seeds_hash=np.array(weights.seeds_hash),
            labels=np.array(weights.labels),
            columns=weights.columns,
            certainty=weights.certainty,
            pieces=_bytes("\n".join(model.pieces).encode()),
            likelihoods=model.likelihoods,
            words=model.words,
            places=model.places,
            network=_bytes(model.network),
        )


def load_weights(path: Path) -> Weights:
    """Reads weights.

    Raises:
        HeadError: If there are none, or they are of another version of the features.
    """
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as file:
            version = int(file["version"])
            if version != VERSION:
                raise HeadError(f"{path.name} is of another version; {RETRAIN}")
            weights = Weights(
                seeds_hash=str(file["seeds_hash"]),
                labels=tuple(map(str, file["labels"])),
                columns=file["columns"],
                certainty=file["certainty"],
                model=Model(
                    pieces=tuple(file["pieces"].tobytes().decode().split("\n")),
                    likelihoods=file["likelihoods"],
                    words=file["words"],
                    places=file["places"],
                    network=file["network"].tobytes(),
                ),
            )
    except HeadError:
        raise
    except (OSError, LookupError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise HeadError(f"{path.name} cannot be read ({error}); {RETRAIN}") from error
    _check(weights, path.name)
    return weights


def _check(weights: Weights, name: str) -> None:
    model = weights.model
    if weights.columns.shape != (SIZE, len(weights.labels)):
        raise HeadError(f"{name} has weights of another size; {RETRAIN}")
    if weights.certainty.shape != (len(STAGES),):
        raise HeadError(f"{name} knows other stages; {RETRAIN}")
    rows = len(model.pieces)
    fits = model.likelihoods.shape == (rows,) and model.words.ndim == model.places.ndim == 2
    if not (fits and len(model.words) == rows and len(model.places) >= READ + 2):
        raise HeadError(f"{name} has other words than pieces; {RETRAIN}")
    if model.words.shape[1] * BLOCK != model.places.shape[1] * BLOCK_BYTES:
        raise HeadError(f"{name} has words of another size; {RETRAIN}")


def _bytes(content: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(content, np.uint8)
