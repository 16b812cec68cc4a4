"""How pipecat's own turn strategies take what a recogniser sends when nothing was said."""

import asyncio
from collections.abc import Sequence

import pytest
from pipecat.audio.turn.base_turn_analyzer import BaseTurnAnalyzer, BaseTurnParams, EndOfTurnState
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

from eval.clock import run_virtual
from tests.providers.stt.scripted import Script, service_of, speak
from tests.providers.stt.spoken import listening

pytestmark = pytest.mark.unit


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
