"""Silero on real speech, and what it leans on inside pipecat."""

import asyncio
from functools import cache
from typing import Any

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADAnalyzer, VADParams, VADState

from providers.contracts import LoadContext
from providers.errors import ProviderError
from providers.spec import ProviderSpec
from providers.vad.silero import SileroVAD

pytestmark = pytest.mark.integration

FRAME_S = 0.02
LEAD_S, TAIL_S = 1.0, 1.0


@cache
def speech(rate_hz: int) -> NDArray[np.float32]:
    from hibari import Hibari

    voice: Any = Hibari(threads=1)
    samples: NDArray[np.float32] = voice("What time do you open on Saturday morning?", seed=7)
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    said = samples[loud[0] : loud[-1] + 1]
    return np.asarray(soxr.resample(said, voice.sample_rate, rate_hz), np.float32)


def line(rate_hz: int, gain: float = 1.0) -> bytes:
    """A second of faint noise, the sentence, another second."""
    noise = np.random.default_rng(1).normal(0, 1e-4, int(rate_hz * (LEAD_S + TAIL_S)))
    lead = int(rate_hz * LEAD_S)
    samples = np.concatenate([noise[:lead], gain * speech(rate_hz), noise[lead:]])
    return (samples.clip(-1, 1) * 32767).astype(np.int16).tobytes()


async def states(analyzer: VADAnalyzer, audio: bytes, rate_hz: int) -> list[VADState]:
    analyzer.set_sample_rate(rate_hz)
    step = int(rate_hz * FRAME_S) * 2
    return [
        await analyzer.analyze_audio(audio[at : at + step]) for at in range(0, len(audio), step)
    ]


@pytest.fixture(scope="module")
def engine(context: LoadContext) -> SileroVAD:
    loaded = SileroVAD.load(ProviderSpec(id="silero:default"), context)
    loaded.warm_up()
    return loaded


@pytest.mark.parametrize("rate_hz", [8000, 16000])
@pytest.mark.parametrize("gain", [1.0, 0.03])
async def test_speech_is_found_where_it_is_also_on_a_quiet_line(
    engine: SileroVAD, rate_hz: int, gain: float
) -> None:
    heard = await states(engine.analyzer(), line(rate_hz, gain), rate_hz)
    speaking = [at * FRAME_S for at, state in enumerate(heard) if state is VADState.SPEAKING]
    ends = LEAD_S + len(speech(rate_hz)) / rate_hz
    assert LEAD_S + 0.1 <= speaking[0] <= LEAD_S + 0.5
    assert ends - 0.4 <= speaking[-1] <= ends + 0.2
    assert heard[-1] is VADState.QUIET


async def test_silence_and_noise_are_no_speech(engine: SileroVAD) -> None:
    noise = np.random.default_rng(2).normal(0, 300, 16000 * 3).astype(np.int16)
    for audio in (bytes(16000 * 6), noise.tobytes()):
        assert set(await states(engine.analyzer(), audio, 16000)) == {VADState.QUIET}


async def test_a_turn_ends_after_the_silence_that_was_set(context: LoadContext) -> None:
    ends_s: list[float] = []
    for stop_ms in (200, 600):
        spec = ProviderSpec(id="silero:default", settings={"stop_ms": stop_ms})
        analyzer = SileroVAD.load(spec, context).analyzer()
        heard = await states(analyzer, line(16000), 16000)
        last = max(at for at, state in enumerate(heard) if state is not VADState.QUIET)
        ends_s.append(last * FRAME_S)
    assert ends_s[1] - ends_s[0] == pytest.approx(0.4, abs=0.07)


async def test_calls_on_the_shared_model_do_not_hear_each_other(engine: SileroVAD) -> None:
    audio = line(8000)
    alone = await states(engine.analyzer(), audio, 8000)
    together = await asyncio.gather(
        states(engine.analyzer(), audio, 8000),
        states(engine.analyzer(), bytes(len(audio)), 8000),
        states(engine.analyzer(), audio, 8000),
    )
    assert together[0] == together[2] == alone
    assert set(together[1]) == {VADState.QUIET}


@pytest.mark.parametrize("rate_hz", [8000, 16000])
async def test_it_hears_exactly_what_the_analyzer_of_pipecat_hears(
    engine: SileroVAD, rate_hz: int
) -> None:
    params = VADParams(confidence=0.7, start_secs=0.2, stop_secs=0.2, min_volume=0.0)
    original = SileroVADAnalyzer(params=params)
    audio = line(rate_hz)
    expected = await states(original, audio, rate_hz)
    await original.cleanup()
    assert await states(engine.analyzer(), audio, rate_hz) == expected


def test_pipecat_still_has_the_attributes_we_set_in_its_place(engine: SileroVAD) -> None:
    original, ours = SileroVADAnalyzer(), engine.analyzer()
    assert vars(original).keys() == vars(ours).keys()
    assert vars(vars(original)["_model"]).keys() == vars(vars(ours)["_model"]).keys()


async def test_the_model_is_shared_and_no_thread_is_started(engine: SileroVAD) -> None:
    analyzers = [engine.analyzer() for _ in range(3)]
    for analyzer in analyzers:
        await states(analyzer, bytes(6400), 16000)
    assert len({id(vars(vars(analyzer)["_model"])["session"]) for analyzer in analyzers}) == 1
    assert not any(vars(vars(analyzer)["_executor"])["_threads"] for analyzer in analyzers)


@pytest.mark.parametrize("settings", [{"stop_secs": 1}, {"stop_ms": 0}, {"confidence": "high"}])
def test_a_wrong_setting_is_one_clear_error(
    context: LoadContext, settings: dict[str, object]
) -> None:
    spec = ProviderSpec(id="silero:default", settings=settings)
    with pytest.raises(ProviderError, match=next(iter(settings))) as caught:
        SileroVAD.load(spec, context)
    assert "stop_ms" in caught.value.fix
