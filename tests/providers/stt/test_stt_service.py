"""What a call's recogniser sends on, and when; the recogniser itself is scripted."""

import asyncio
from collections.abc import Sequence

import pytest
from pipecat.audio.turn.base_turn_analyzer import BaseTurnAnalyzer, BaseTurnParams, EndOfTurnState
from pipecat.frames.frames import ErrorFrame, InterimTranscriptionFrame, TranscriptionFrame
from pipecat.metrics.metrics import MetricsData
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
    UserTurnStoppedMessage,
)
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_stop import (
    BaseUserTurnStopStrategy,
    SpeechTimeoutUserTurnStopStrategy,
    TurnAnalyzerUserTurnStopStrategy,
)
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.utils.errors import ErrorCategory
from spoken import RATE_HZ, Ears, listening, silence

from eval.clock import run_virtual
from providers.stt.service import LocalSTTService, RecognitionError, RecognizerStream

pytestmark = pytest.mark.unit


class Script(RecognizerStream):
    """Answers utterance after utterance with a text or an error; counts the seconds it is fed.

    Args:
        answers: What each `finish` gives.
        gate: Set when a `finish` may answer.
        partials: Whether it has interim transcripts: seconds fed so far.
    """

    def __init__(
        self,
        *answers: str | Exception,
        gate: asyncio.Event | None = None,
        partials: bool = False,
        partial_error: Exception | None = None,
    ) -> None:
        self._answers = list(answers)
        self._gate = gate
        self._partials = partials
        self._partial_error = partial_error
        self._fresh = 0
        self.heard = bytearray()
        self.utterances: list[bytes] = []
        self.finishing = asyncio.Event()
        self.partial_calls = 0

    def feed(self, pcm: bytes) -> None:
        self.heard += pcm
        self._fresh += len(pcm)

    @property
    def pending(self) -> bool:
        return self._partials and self._fresh > 0

    async def partial(self) -> str:
        self.partial_calls += 1
        self._fresh = 0
        if self._partial_error:
            raise self._partial_error
        return f"{len(self.heard) / 2 / RATE_HZ:.2f} s"

    async def finish(self) -> str:
        self.utterances.append(bytes(self.heard))
        self.heard.clear()
        self.finishing.set()
        if self._gate:
            await self._gate.wait()
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def reset(self) -> None:
        self.heard.clear()


def service_of(script: RecognizerStream) -> LocalSTTService:
    return LocalSTTService(script, model="script", language="en", rate_hz=RATE_HZ, ttfs_p99_s=1.0)


def tone(value: int, seconds: float) -> bytes:
    return value.to_bytes(2, "little") * int(seconds * RATE_HZ)


def texts(ears: Ears) -> Sequence[tuple[str, bool]]:
    return [
        (frame.text, frame.finalized)
        for frame in ears.frames
        if isinstance(frame, TranscriptionFrame)
    ]


async def speak(ears: Ears, value: int = 1, seconds: float = 1.0) -> None:
    await ears.voice_starts()
    await ears.play(tone(value, seconds))
    await ears.voice_stops()


def test_half_a_second_before_the_late_vad_start_is_heard_and_no_more() -> None:
    script = Script("hello")

    async def main() -> None:
        async with listening(service_of(script)) as ears:
            await ears.play(tone(1, 3.0) + tone(2, 0.5))
            await speak(ears, 3)
            assert (await ears.final()).text == "hello"

    run_virtual(main())
    assert script.utterances == [tone(2, 0.5) + tone(3, 1.0)]


def test_the_final_transcript_follows_the_audio_before_the_stop_and_is_finalized() -> None:
    async def main() -> None:
        async with listening(service_of(Script("one", "two"))) as ears:
            await speak(ears)
            await ears.final()
            await ears.play(silence(1))
            await speak(ears)
            await ears.final()
            assert texts(ears) == [("one", True), ("two", True)]

    run_virtual(main())


def test_speech_right_after_a_stop_shares_only_a_breath_with_the_stretch_before() -> None:
    script = Script("one", "two")

    async def main() -> None:
        async with listening(service_of(script)) as ears:
            await speak(ears, 1)
            await ears.play(tone(2, 0.1))
            await speak(ears, 3)
            await ears.final()
            await ears.final()

    run_virtual(main())
    assert script.utterances[1] == tone(1, 0.1) + tone(2, 0.1) + tone(3, 1.0)


def test_a_final_that_comes_after_the_caller_went_on_does_not_end_the_turn() -> None:
    async def main() -> None:
        gate = asyncio.Event()
        script = Script("I would like", "to speak to Maria", gate=gate)
        async with listening(service_of(script)) as ears:
            await speak(ears)
            await script.finishing.wait()
            await ears.voice_starts()
            gate.set()
            first = await ears.final()
            assert (first.text, first.finalized) == ("I would like", False)
            await ears.voice_stops()
            await ears.final()
            assert texts(ears)[1] == ("to speak to Maria", True)

    run_virtual(main())


def test_interim_transcripts_come_while_the_caller_speaks_and_never_after_the_final() -> None:
    async def main() -> None:
        script = Script("done", partials=True)
        async with listening(service_of(script)) as ears:
            await ears.voice_starts()
            await ears.play(tone(1, 0.5))
            assert (await ears.interim()).text.endswith(" s")
            await ears.play(tone(1, 0.5))
            await ears.voice_stops()
            await ears.final()
            await ears.play(tone(1, 1.0))
        kinds = [type(frame) for frame in ears.frames]
        assert kinds[-1] is TranscriptionFrame
        assert set(kinds[:-1]) == {InterimTranscriptionFrame}

    run_virtual(main())


def test_silence_is_never_given_to_the_recogniser() -> None:
    script = Script(partials=True)

    async def main() -> None:
        async with listening(service_of(script)) as ears:
            await ears.play(silence(20))
            await ears.voice_stops()
            await ears.play(silence(1))
        assert ears.frames == []

    run_virtual(main())
    assert script.partial_calls == 0
    assert script.utterances == []


@pytest.mark.parametrize(
    ("error", "category"),
    [
        (RecognitionError("quota used up", ErrorCategory.QUOTA), ErrorCategory.QUOTA),
        (RuntimeError("decoder broke"), ErrorCategory.SERVER),
    ],
)
def test_a_failed_decode_is_reported_once_and_the_call_goes_on(
    error: Exception, category: ErrorCategory
) -> None:
    async def main() -> None:
        async with listening(service_of(Script(error, "second try"))) as ears:
            await speak(ears)
            blank = await ears.final()
            await ears.play(silence(0.5))
            await speak(ears)
            assert (await ears.final()).text == "second try"
            assert [frame.category for frame in ears.errors] == [category]
            assert (blank.text.strip(), blank.finalized) == ("", True)

    run_virtual(main())


def test_interims_that_fail_are_reported_once_per_utterance_and_the_final_still_comes() -> None:
    script = Script("all of it", partials=True, partial_error=RuntimeError("no"))

    async def main() -> None:
        async with listening(service_of(script)) as ears:
            await ears.voice_starts()
            await ears.play(tone(1, 1.0))
            assert isinstance(await ears.next(), ErrorFrame)
            await ears.play(tone(1, 2.0))
            await ears.voice_stops()
            assert (await ears.final()).text == "all of it"
            assert len(ears.errors) == 1

    run_virtual(main())
    assert script.partial_calls == 1


def test_a_call_that_ends_in_mid_decode_leaves_no_task_and_no_audio() -> None:
    async def main() -> None:
        script = Script("never", gate=asyncio.Event())
        async with listening(service_of(script)) as ears:
            await speak(ears)
            await script.finishing.wait()
            await speak(ears)
        assert ears.frames == []
        assert script.heard == b""
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtual(main())


class AlwaysComplete(BaseTurnAnalyzer):
    """An end-of-turn model that takes every silence for the end."""

    @property
    def speech_triggered(self) -> bool:
        return True

    @property
    def params(self) -> BaseTurnParams:
        return BaseTurnParams()

    def append_audio(self, buffer: bytes, is_speech: bool) -> EndOfTurnState:
        return EndOfTurnState.INCOMPLETE

    async def analyze_end_of_turn(self) -> tuple[EndOfTurnState, MetricsData | None]:
        return EndOfTurnState.COMPLETE, None

    def clear(self) -> None:
        pass


STRATEGIES = [
    pytest.param(lambda: SpeechTimeoutUserTurnStopStrategy(), id="speech-timeout"),
    pytest.param(
        lambda: TurnAnalyzerUserTurnStopStrategy(turn_analyzer=AlwaysComplete()), id="analyzer"
    ),
]


async def turns_of(
    strategy: BaseUserTurnStopStrategy, answers: Sequence[str | Exception], pause_s: float
) -> list[tuple[str, float]]:
    """Returns the caller's turns and how long after his last stop each ended."""
    aggregators = LLMContextAggregatorPair(
        LLMContext(),
        user_params=LLMUserAggregatorParams(
            user_turn_strategies=UserTurnStrategies(
                start=[VADUserTurnStartStrategy()], stop=[strategy]
            ),
            empty_user_turn=None,
        ),
    )
    loop = asyncio.get_running_loop()
    stopped_s = 0.0
    ended: asyncio.Queue[tuple[str, float]] = asyncio.Queue()

    async def on_stopped(_agg: object, _strategy: object, message: UserTurnStoppedMessage) -> None:
        ended.put_nowait(((message.content or "").strip(), loop.time() - stopped_s))

    aggregators.user().add_event_handler("on_user_turn_stopped", on_stopped)
    service = service_of(Script(*answers))
    async with listening(service, aggregators.user()) as ears:
        for _ in answers:
            await speak(ears)
            stopped_s = loop.time()
            await asyncio.sleep(pause_s)
        turns = [await ended.get()]
        while not ended.empty():
            turns.append(ended.get_nowait())
    return turns


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("answer", ["", RuntimeError("broken")])
def test_a_cough_ends_its_turn_at_once_with_nothing_said(
    strategy: "type[BaseUserTurnStopStrategy]", answer: str | Exception
) -> None:
    ((text, wait_s),) = run_virtual(turns_of(strategy(), [answer], pause_s=2.0))
    assert text == ""
    assert wait_s < 1.0, "pipecat waited for a transcript that never comes"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_cough_after_words_keeps_the_words(strategy: "type[BaseUserTurnStopStrategy]") -> None:
    turns = run_virtual(turns_of(strategy(), ["I would like", ""], pause_s=0.0))
    assert [text for text, _ in turns] == ["I would like"]
    assert turns[0][1] < 1.0


def test_a_caller_who_goes_on_gets_one_turn_with_all_his_words() -> None:
    turns = run_virtual(
        turns_of(SpeechTimeoutUserTurnStopStrategy(), ["I would like", "an appointment"], 0.3)
    )
    assert [text for text, _ in turns] == ["I would like an appointment"]
