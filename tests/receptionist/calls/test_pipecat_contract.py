"""What we lean on in pipecat beyond its documented interface; read this first when it is upgraded.

docs/decisions/0002 says why the version is pinned.
"""

from importlib.metadata import version

import pytest
from pipecat.frames.frames import LLMContextUserTurnFrame, SystemFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMUserAggregator,
    LLMUserAggregatorParams,
)
from pipecat.utils.text.simple_text_aggregator import SimpleTextAggregator

pytestmark = pytest.mark.unit


def test_the_version_is_the_one_that_was_read() -> None:
    assert version("pipecat-ai") == "1.14.0"


async def test_the_sentence_aggregator_keeps_what_it_holds_in_one_text() -> None:
    aggregator = SimpleTextAggregator()
    _ = [piece async for piece in aggregator.aggregate("We open")]
    assert aggregator._text == "We open"  # pyright: ignore[reportPrivateUsage]


def test_a_forced_end_reaches_the_pipeline_past_its_worker() -> None:
    inner = Pipeline([])
    worker = PipelineWorker(inner, enable_rtvi=False)
    assert inner in worker.pipeline.processors


def test_a_turn_is_announced_by_a_frame_that_keeps_its_place() -> None:
    assert not issubclass(LLMContextUserTurnFrame, SystemFrame)


def test_an_empty_turn_can_be_left_to_us() -> None:
    params = LLMUserAggregatorParams(empty_user_turn=None)
    LLMUserAggregator(LLMContext(), params=params)
    assert params.empty_user_turn is None
