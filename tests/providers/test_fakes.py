"""The scripted engines keep to their script to the millisecond."""

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    FunctionCallResultFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import FunctionCallParams
from pipecat.tests.utils import SleepFrame, run_test
from pipecat.utils.errors import ErrorCategory
from pydantic import BaseModel

from eval.clock import run_virtual
from providers.contracts import LLMOptions, STTOptions, TTSOptions
from providers.errors import ProviderError
from providers.fakes import (
    Calls,
    Fails,
    FakeLLM,
    FakeLLMService,
    FakeSTT,
    FakeSTTService,
    FakeTTS,
    FakeTTSService,
    Garbage,
    Hangs,
    LLMScript,
    STTScript,
    ToolCall,
    TTSScript,
)
from providers.spec import ProviderSpec

pytestmark = pytest.mark.unit


class Tap(FrameProcessor):
    """Notes when each frame passes, in ms since the first one sent."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[float, Frame]] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        self.seen.append((asyncio.get_running_loop().time(), frame))
        await self.push_frame(frame, direction)


class Run:
    """What came out of a processor, and when."""

    def __init__(self, tap: Tap, up: Sequence[Frame], start_s: float) -> None:
        self.at_ms = [(round((s - start_s) * 1000, 3), frame) for s, frame in tap.seen]
        self.errors = [frame for frame in up if isinstance(frame, ErrorFrame)]

    def of(self, *kinds: type[Frame]) -> list[tuple[float, Frame]]:
        return [(ms, frame) for ms, frame in self.at_ms if isinstance(frame, kinds)]

    @property
    def said(self) -> str:
        return "".join(f.text for _, f in self.at_ms if isinstance(f, LLMTextFrame))


def run(processor: FrameProcessor, *frames: Frame, rate_hz: int = 16_000) -> Run:
    async def main() -> Run:
        tap = Tap()
        start_s = asyncio.get_running_loop().time()
        params = PipelineParams(audio_out_sample_rate=rate_hz)
        _, up = await run_test(
            Pipeline([processor, tap]), frames_to_send=frames, pipeline_params=params
        )
        return Run(tap, up, start_s)

    return run_virtual(main())


def context(*texts: str) -> LLMContextFrame:
    return LLMContextFrame(LLMContext([{"role": "user", "content": text} for text in texts]))


def stop() -> VADUserStoppedSpeakingFrame:
    return VADUserStoppedSpeakingFrame()


def test_each_vad_stop_brings_one_finalized_transcript_after_the_exact_delay() -> None:
    stt = FakeSTTService(STTScript(transcripts=("good morning", "", "bye"), delay_ms=120))
    result = run(stt, *[stop(), SleepFrame(1), stop(), SleepFrame(1), stop(), SleepFrame(1)])
    transcripts = result.of(TranscriptionFrame)
    assert [
        (ms, f.text, f.finalized) for ms, f in transcripts if isinstance(f, TranscriptionFrame)
    ] == [
        (120, "good morning", True),
        (2120, "bye", True),
    ]
    assert stt.heard == 3


def test_recognition_fails_from_the_scripted_request_on() -> None:
    stt = FakeSTTService(
        STTScript(transcripts=("a", "b"), fail_after=1, fail_category=ErrorCategory.CONNECTIVITY)
    )
    result = run(stt, stop(), SleepFrame(1), stop(), SleepFrame(1))
    assert len(result.of(TranscriptionFrame)) == 1
    assert [error.category for error in result.errors] == [ErrorCategory.CONNECTIVITY]


def test_a_reply_streams_its_tokens_at_the_scripted_pace() -> None:
    llm = FakeLLMService(LLMScript(replies=("We open at nine.",), ttft_ms=300, per_token_ms=25))
    result = run(llm, context("when do you open"))
    times_ms = [ms for ms, _ in result.of(LLMTextFrame)]
    assert times_ms == [300, 325, 350, 375]
    assert result.said == "We open at nine."
    assert llm.contexts == [[{"role": "user", "content": "when do you open"}]]


def test_a_recorded_context_does_not_change_with_the_conversation() -> None:
    llm = FakeLLMService(LLMScript(replies=("one", "two")))
    frame = context("hello")
    run(llm, frame)
    frame.context.add_message({"role": "user", "content": "later"})
    assert llm.contexts == [[{"role": "user", "content": "hello"}]]


def test_scripted_tool_calls_run_the_registered_tools() -> None:
    llm = FakeLLMService(
        LLMScript(
            replies=(
                Calls(
                    text="One moment.",
                    calls=(ToolCall(name="check_hours", arguments={"when": "sunday"}),),
                ),
            )
        )
    )
    asked: list[dict[str, Any]] = []

    async def check_hours(params: FunctionCallParams) -> None:
        asked.append(dict(params.arguments))
        await params.result_callback({"outcome": "closed"})

    llm.register_function("check_hours", check_hours)
    result = run(llm, context("are you open on sunday"), SleepFrame(0.1))
    assert asked == [{"when": "sunday"}]
    assert result.said == "One moment."
    results = [f.result for _, f in result.of(FunctionCallResultFrame)]  # pyright: ignore[reportAttributeAccessIssue]
    assert results == [{"outcome": "closed"}]


@pytest.mark.parametrize(
    ("reply", "said", "categories"),
    [
        (Fails(error="overloaded"), "", [ErrorCategory.SERVER]),
        (
            Fails(error="bad key", category=ErrorCategory.AUTHENTICATION, text="We are"),
            "We are",
            [ErrorCategory.AUTHENTICATION],
        ),
        (Fails(error="crash", category=None), "", [ErrorCategory.UNKNOWN]),
        ("fine", "fine", []),
    ],
)
def test_a_failing_reply_ends_the_response_and_reports_once(
    reply: str | Fails, said: str, categories: list[ErrorCategory]
) -> None:
    result = run(FakeLLMService(LLMScript(replies=(reply,))), context("hello"), SleepFrame(0.1))
    assert result.said == said
    assert [error.category for error in result.errors] == categories
    assert len(result.of(LLMFullResponseStartFrame)) == 1
    assert len(result.of(LLMFullResponseEndFrame)) == 1


def test_garbage_is_streamed_as_text() -> None:
    result = run(FakeLLMService(LLMScript(replies=(Garbage(),))), context("hello"))
    assert "\ufffd" in result.said


def test_a_hanging_reply_ends_only_when_interrupted() -> None:
    llm = FakeLLMService(LLMScript(replies=(Hangs(text="Let me see"),)))
    result = run(llm, context("hello"), SleepFrame(60), InterruptionFrame(), SleepFrame(0.1))
    [(end_ms, _)] = result.of(LLMFullResponseEndFrame)
    assert end_ms == 60_000
    assert result.said == "Let me see"


def test_one_inference_more_than_scripted_is_an_error() -> None:
    result = run(FakeLLMService(LLMScript()), context("hello"))
    assert [error.category for error in result.errors] == [ErrorCategory.SERVER]
    assert "0 replies" in result.errors[0].error


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 24_000])
def test_speech_is_a_tone_as_long_as_the_text(rate_hz: int) -> None:
    tts = FakeTTSService(
        TTSScript(delay_ms=150, ms_per_char=50, tone_hz=600), rate_hz=rate_hz, language="it"
    )
    result = run(tts, TTSSpeakFrame("Buongiorno"), SleepFrame(1), rate_hz=rate_hz)
    frames = [f for _, f in result.of(TTSAudioRawFrame) if isinstance(f, TTSAudioRawFrame)]
    pcm = np.frombuffer(b"".join(frame.audio for frame in frames), "<i2")
    assert result.of(TTSAudioRawFrame)[0][0] == 150
    assert len(pcm) == rate_hz // 2
    assert all(len(frame.audio) == rate_hz // 50 * 2 for frame in frames[:-1])
    spectrum = np.abs(np.fft.rfft(pcm))
    assert np.argmax(spectrum) * rate_hz / len(pcm) == pytest.approx(600, abs=3)
    assert tts.texts == ["Buongiorno"]


def test_a_voice_fails_from_the_scripted_request_on() -> None:
    tts = FakeTTSService(TTSScript(fail_after=0))
    result = run(tts, TTSSpeakFrame("Hello."), SleepFrame(1))
    assert not result.of(TTSAudioRawFrame)
    assert result.errors[0].category is ErrorCategory.SERVER


def test_two_runs_of_a_script_are_bit_identical() -> None:
    def once() -> list[tuple[float, bytes]]:
        tts = FakeTTSService(TTSScript(delay_ms=70))
        result = run(tts, TTSSpeakFrame("Good morning."), SleepFrame(1))
        return [(ms, f.audio) for ms, f in result.at_ms if isinstance(f, TTSAudioRawFrame)]

    assert once() == once() != []


def settings(script: BaseModel) -> dict[str, Any]:
    return script.model_dump(mode="json", exclude_defaults=True)


def test_engines_read_their_script_from_plain_settings() -> None:
    replies = [
        "hello",
        {"calls": [{"name": "end_call"}]},
        {"error": "down", "category": "connectivity"},
        {"hang": True},
        {"garbage": True},
    ]
    llm = FakeLLM(ProviderSpec(id="fake", settings={"replies": replies}))
    assert llm.script.replies == (
        "hello",
        Calls(calls=(ToolCall(name="end_call"),)),
        Fails(error="down", category=ErrorCategory.CONNECTIVITY),
        Hangs(),
        Garbage(),
    )
    stt = FakeSTT(ProviderSpec(id="fake", settings=settings(STTScript(transcripts=("a",)))))
    assert stt.service(STTOptions(language="it", rate_hz=8_000)) is stt.last
    tts = FakeTTS(ProviderSpec(id="fake", settings={"rate_hz": 24_000}))
    assert tts.rate_hz == 24_000
    assert tts.service(TTSOptions(language="en", rate_hz=8_000)) is tts.last


def test_every_call_starts_at_the_top_of_the_script() -> None:
    engine = FakeLLM(ProviderSpec(id="fake", settings={"replies": ["first", "second"]}))
    options = LLMOptions(language="en", instructions="Be brief.")
    assert [run(engine.service(options), context("hi")).said for _ in range(2)] == ["first"] * 2


def test_a_misspelt_script_is_refused() -> None:
    with pytest.raises(ProviderError, match="transcript:") as caught:
        FakeSTT(ProviderSpec(id="fake:x", settings={"transcript": ["a"]}))
    assert caught.value.provider == "fake:x"
    assert not caught.value.retryable
