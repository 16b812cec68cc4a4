"""Silero voice activity detection on one shared model, analysed inline.

A window costs 0.1 ms, less than a hop to a thread and back; the recurrent state belongs to the
analyzer of each call, so the session itself can be shared.
"""

from importlib import resources
from typing import Annotated, Self

import numpy as np
import onnxruntime
from pipecat.audio.vad.silero import SileroOnnxModel, SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADAnalyzer, VADParams, VADState
from pydantic import Field

from providers.contracts import Capabilities, LoadContext, VADEngine
from providers.settings import EngineSettings
from providers.spec import ProviderSpec

_MODEL = "audio/vad/data/silero_vad.onnx"
_RATES_HZ = (8000, 16000)
_WINDOW_SAMPLES = 512


class SileroSettings(EngineSettings):
    """When the caller counts as speaking.

    Attributes:
        confidence: Least probability of speech in a window of 32 ms.
        start_ms: Speech this long opens a turn.
        stop_ms: Silence this long ends an utterance.
        min_volume: Least loudness, 0..1. At 0 the model alone decides: a threshold makes the
            assistant deaf to quiet lines and late by 140 to 340 ms.
    """

    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.7
    start_ms: Annotated[int, Field(ge=32, le=2000)] = 200
    stop_ms: Annotated[int, Field(ge=32, le=5000)] = 200
    min_volume: Annotated[float, Field(ge=0, le=1)] = 0.0


class SileroVAD(VADEngine):
    """Silero VAD v6 as it comes inside pipecat."""

    capabilities = Capabilities(rates_hz=_RATES_HZ, streaming=True, p50_ms=1, p99_ms=1)

    def __init__(self, spec: ProviderSpec, session: onnxruntime.InferenceSession) -> None:
        super().__init__(spec)
        settings = SileroSettings.of(spec)
        self._session = session
        self._params = VADParams(
            confidence=settings.confidence,
            start_secs=settings.start_ms / 1000,
            stop_secs=settings.stop_ms / 1000,
            min_volume=settings.min_volume,
        )

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Opens the model; one thread serves it, more cost time on 32 ms of audio."""
        del context
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        with resources.as_file(resources.files("pipecat") / _MODEL) as path:
            session = onnxruntime.InferenceSession(
                str(path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        return cls(spec, session)

    def warm_up(self) -> None:
        """Runs one window of silence."""
        _SharedModel(self._session)(np.zeros(_WINDOW_SAMPLES, np.float32), _RATES_HZ[1])

    def analyzer(self) -> VADAnalyzer:
        """Returns the analyzer of one call."""
        return InlineSileroAnalyzer(self._session, self._params)


class InlineSileroAnalyzer(SileroVADAnalyzer):
    """Pipecat's Silero analyzer on a session opened before, without a thread of its own."""

    def __init__(self, session: onnxruntime.InferenceSession, params: VADParams) -> None:
        # The constructor of the parent opens a session, so its grandparent's is called and the
        # attributes of the parent are set here; a contract test compares them with the original.
        VADAnalyzer.__init__(self, params=params)
        self._model = _SharedModel(session)
        self._windows_since_reset = 0
        self._low_confidence_windows = 0

    async def analyze_audio(self, buffer: bytes) -> VADState:
        """Returns the state after `buffer`, s16le mono."""
        return self._run_analyzer(buffer)


class _SharedModel(SileroOnnxModel):
    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self.session = session
        self.reset_states()
        self.sample_rates = list(_RATES_HZ)
