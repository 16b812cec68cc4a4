"""Smart Turn on real speech, and what it leans on inside pipecat."""

import asyncio
from functools import cache
from typing import Any

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from pipecat.audio.turn.base_turn_analyzer import BaseTurnAnalyzer, EndOfTurnState
from pipecat.audio.turn.smart_turn.base_smart_turn import SmartTurnParams
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.metrics.metrics import TurnMetricsData

from providers.contracts import LoadContext
from providers.errors import ProviderError
from providers.spec import ProviderSpec
from providers.turn.smart_turn import SharedSmartTurnAnalyzer, SmartTurn

pytestmark = pytest.mark.integration

FRAME_S = 0.02
SENTENCES = (
    "What time do you open on Saturday morning?",
    "I would like to leave a message for Maria.",
    "No, that is all, thank you very much.",
)


@cache
def speech(text: str, rate_hz: int) -> NDArray[np.float32]:
    from hibari import Hibari

    voice: Any = Hibari(threads=1)
    samples: NDArray[np.float32] = voice(text, seed=7)
    return np.asarray(soxr.resample(samples, voice.sample_rate, rate_hz), np.float32)


def hear(analyzer: BaseTurnAnalyzer, samples: NDArray[np.float32], speaking: bool) -> bool:
    """Feeds audio frame by frame; returns whether silence alone ended the turn."""
    pcm = (samples.clip(-1, 1) * 32767).astype(np.int16).tobytes()
    step = int(analyzer.sample_rate * FRAME_S) * 2
    frames = [pcm[at : at + step] for at in range(0, len(pcm), step)]
    return EndOfTurnState.COMPLETE in [analyzer.append_audio(frame, speaking) for frame in frames]


def at_rate(analyzer: BaseTurnAnalyzer, rate_hz: int) -> BaseTurnAnalyzer:
    analyzer.set_sample_rate(rate_hz)
    return analyzer


@pytest.fixture(scope="module")
def engine(context: LoadContext) -> SmartTurn:
    loaded = SmartTurn.load(ProviderSpec(id="smart-turn:default"), context)
    loaded.warm_up()
    return loaded


@pytest.mark.parametrize("rate_hz", [8000, 16000])
@pytest.mark.parametrize("text", SENTENCES)
async def test_a_finished_sentence_ends_the_turn(
    engine: SmartTurn, rate_hz: int, text: str
) -> None:
    analyzer = at_rate(engine.analyzer(), rate_hz)
    assert not hear(analyzer, speech(text, rate_hz), speaking=True)
    state, metrics = await analyzer.analyze_end_of_turn()
    assert isinstance(metrics, TurnMetricsData)
    assert (state, metrics.is_complete) == (EndOfTurnState.COMPLETE, True)


def test_a_sentence_broken_off_is_less_likely_a_turn(engine: SmartTurn) -> None:
    analyzer = at_rate(engine.analyzer(), 16000)
    assert isinstance(analyzer, SharedSmartTurnAnalyzer)
    whole = speech("I would like to speak to, erm", 16000)
    assert analyzer.decide(whole) < analyzer.decide(speech(SENTENCES[0], 16000))


async def test_long_silence_ends_the_turn_whatever_the_model_says(context: LoadContext) -> None:
    spec = ProviderSpec(id="smart-turn:default", settings={"stop_ms": 600})
    engine = SmartTurn.load(spec, context)
    analyzer = at_rate(engine.analyzer(), 16000)
    hear(analyzer, speech(SENTENCES[0], 16000), speaking=True)
    assert not hear(analyzer, np.zeros(int(16000 * 0.5), np.float32), speaking=False)
    assert hear(analyzer, np.zeros(int(16000 * 0.1), np.float32), speaking=False)
    await engine.close()


def test_it_decides_exactly_as_the_analyzer_of_pipecat(engine: SmartTurn) -> None:
    original: Any = LocalSmartTurnAnalyzerV3(params=SmartTurnParams())
    ours = at_rate(engine.analyzer(), 8000)
    at_rate(original, 8000)
    assert isinstance(ours, SharedSmartTurnAnalyzer)
    for text in SENTENCES:
        audio = speech(text, 8000)
        expected = original._predict_endpoint(audio)["probability"]
        assert ours.decide(audio) == pytest.approx(expected, abs=1e-6)


def test_pipecat_still_has_the_attributes_we_set_in_its_place(engine: SmartTurn) -> None:
    original, ours = LocalSmartTurnAnalyzerV3(), engine.analyzer()
    assert vars(original).keys() | {"_pool"} == vars(ours).keys()
    assert isinstance(LocalSmartTurnAnalyzerV3.__mro__[1].__dict__["_model_executor"], property)


async def test_a_call_that_ends_leaves_the_others_their_threads(engine: SmartTurn) -> None:
    ended, other = (at_rate(engine.analyzer(), 16000) for _ in range(2))
    await ended.cleanup()
    hear(other, speech(SENTENCES[0], 16000), speaking=True)
    state, _ = await other.analyze_end_of_turn()
    assert state is EndOfTurnState.COMPLETE


async def test_many_calls_decide_at_once_each_for_itself(engine: SmartTurn) -> None:
    calls = [at_rate(engine.analyzer(), 16000) for _ in range(6)]
    for at, call in enumerate(calls):
        if at % 2:
            hear(call, speech(SENTENCES[0], 16000), speaking=True)
    outcomes = await asyncio.gather(*[call.analyze_end_of_turn() for call in calls])
    complete = [state is EndOfTurnState.COMPLETE for state, _ in outcomes]
    assert complete == [False, True] * 3


def test_a_wrong_setting_is_one_clear_error(context: LoadContext) -> None:
    spec = ProviderSpec(id="smart-turn:default", settings={"stop_secs": 3})
    with pytest.raises(ProviderError, match="stop_secs"):
        SmartTurn.load(spec, context)
