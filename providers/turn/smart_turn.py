"""Smart Turn v3.2 as a hint that the caller has finished, on one shared model.

On telephone audio it calls 94 % of finished sentences finished, and a third of unfinished ones
unfinished, so silence of `stop_ms` ends a turn whatever it says.
"""

from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from typing import Annotated, Self

import numpy as np
import onnxruntime
from pipecat.audio.turn.base_turn_analyzer import BaseTurnAnalyzer
from pipecat.audio.turn.smart_turn.base_smart_turn import BaseSmartTurn, SmartTurnParams
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pydantic import Field

from providers.contracts import Capabilities, LoadContext, TurnEngine
from providers.settings import EngineSettings
from providers.spec import ProviderSpec

_MODEL = "audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx"
_MODEL_RATE_HZ = 16000


class SmartTurnSettings(EngineSettings):
    """When a turn ends without the model's consent.

    Attributes:
        stop_ms: Silence this long always ends the turn.
        pre_speech_ms: Audio before the detected start the model also hears.
        max_duration_s: The model hears at most this much of the end of the turn.
    """

    stop_ms: Annotated[int, Field(ge=200, le=10_000)] = 1200
    pre_speech_ms: Annotated[int, Field(ge=0, le=2000)] = 500
    max_duration_s: Annotated[float, Field(gt=0, le=8)] = 8.0


class SmartTurn(TurnEngine):
    """Smart Turn v3.2 as it comes inside pipecat."""

    capabilities = Capabilities(p50_ms=85, p99_ms=150)

    def __init__(
        self, spec: ProviderSpec, session: onnxruntime.InferenceSession, threads: int
    ) -> None:
        super().__init__(spec)
        settings = SmartTurnSettings.of(spec)
        self._session = session
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="smart-turn")
        self._params = SmartTurnParams(
            stop_secs=settings.stop_ms / 1000,
            pre_speech_ms=settings.pre_speech_ms,
            max_duration_secs=settings.max_duration_s,
        )

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Opens the model with one thread per decision; a second one makes it no faster."""
        options = onnxruntime.SessionOptions()
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        with resources.as_file(resources.files("pipecat") / _MODEL) as path:
            session = onnxruntime.InferenceSession(
                str(path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        return cls(spec, session, context.threads)

    def warm_up(self) -> None:
        """Decides once on a second of silence."""
        analyzer = SharedSmartTurnAnalyzer(self._session, self._pool, self._params)
        analyzer.set_sample_rate(_MODEL_RATE_HZ)
        analyzer.decide(np.zeros(_MODEL_RATE_HZ, np.float32))

    def analyzer(self) -> BaseTurnAnalyzer:
        """Returns the analyzer of one call."""
        return SharedSmartTurnAnalyzer(self._session, self._pool, self._params)

    async def close(self) -> None:
        """Ends the threads that decide."""
        self._pool.shutdown(wait=False)


class SharedSmartTurnAnalyzer(LocalSmartTurnAnalyzerV3):
    """Pipecat's Smart Turn analyzer on a session and threads that all calls share."""

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        pool: ThreadPoolExecutor,
        params: SmartTurnParams,
    ) -> None:
        # The constructor of the parent opens a session, so its grandparent's is called and the
        # attributes of the parent are set here; a contract test compares them with the original.
        BaseSmartTurn.__init__(self, params=params)
        self._log_data = False
        self._session = session
        self._pool = pool

    @property
    def _model_executor(self) -> ThreadPoolExecutor:
        return self._pool

    def decide(self, audio: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> float:
        """Returns the probability that `audio` (-1..1, at the analyzer's rate) is a whole turn."""
        return float(self._predict_endpoint(audio)["probability"])
