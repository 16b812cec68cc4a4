"""Runs the language model that has learnt what decides and what routes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from guardrails.head.packing import unpacked
from guardrails.head.pieces import END, START, Pieces

READ = 126
"""Pieces that are read at once, some 90 words; of a longer text parts that overlap are."""

_OVERLAP = 30
_MOST_PARTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A language model that was taught.

    Attributes:
        pieces: Of words.
        likelihoods: Logarithms, of each piece.
        words: What each piece means, packed.
        places: What it means to stand at a place, from the first on.
        network: The layers and classes, as ONNX.
    """

    pieces: tuple[str, ...]
    likelihoods: NDArray[np.float32]
    words: NDArray[np.uint8]
    places: NDArray[np.float16]
    network: bytes


class Encoder:
    """Scores texts; it never changes, and runs on the thread that asks."""

    def __init__(self, model: Model) -> None:
        self._pieces = Pieces(model.pieces, model.likelihoods.tolist())
        self._words = model.words
        self._places = model.places.astype(np.float32)
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        self._session = ort.InferenceSession(
            model.network, options, providers=["CPUExecutionProvider"]
        )

    def scores(self, text: str, stage: int) -> NDArray[np.float32]:
        """Returns the scores of the classes, a row for each part of `text` that is read.

        Args:
            text: As written or said.
            stage: Its place among the stages the head knows.
        """
        parts = _parts(self._pieces.split(text))
        asked = np.array([stage], np.int64)
        rows = [self._session.run(None, {"pieces": self._read(p), "stage": asked}) for p in parts]
        return np.concatenate([np.asarray(row[0], np.float32) for row in rows])

    def _read(self, part: Sequence[int]) -> NDArray[np.float32]:
        places = [START, *part, END]
        return (unpacked(self._words[places]) + self._places[: len(places)])[None]


def _parts(places: Sequence[int]) -> list[Sequence[int]]:
    starts = range(0, max(1, len(places) - _OVERLAP), READ - _OVERLAP)
    return [places[start : start + READ] for start in starts[:_MOST_PARTS]]
