"""The concierge as a pipecat service, in a pipeline with tools that are really run."""

from collections.abc import Mapping
from typing import Any

import pytest
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    Frame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMServiceMetadataFrame,
    LLMTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.llm_service import FunctionCallParams
from pipecat.tests.utils import SleepFrame, run_test

from prompts.loader import load
from providers.contracts import LLMOptions
from providers.errors import ProviderError
from providers.llm.concierge.engine import ConciergeLLM
from providers.llm.concierge.service import clauses
from providers.llm.concierge.state import ToolCall
from tests.providers.llm.concierge.office import ALL_TOOLS, COMPANY, Office

pytestmark = pytest.mark.integration


def options(code: str = "en") -> LLMOptions:
    return LLMOptions(language=code, texts=load(code).concierge, company=COMPANY)


def schemas(office: Office, ran: list[str]) -> ToolsSchema:
    async def handle(params: FunctionCallParams) -> None:
        ran.append(params.function_name)
        call = ToolCall(
            identifier=params.tool_call_id,
            name=params.function_name,
            arguments={key: str(value) for key, value in params.arguments.items()},
        )
        await params.result_callback(dict(office.run(call)))

    tools: list[Any] = [
        FunctionSchema(name=name, description="", properties={}, required=[], handler=handle)
        for name in sorted(ALL_TOOLS)
    ]
    return ToolsSchema(standard_tools=tools)


async def ask(
    engine: ConciergeLLM, text: str, office: Office | None = None
) -> tuple[list[Frame], list[str], LLMContext]:
    ran: list[str] = []
    messages: list[Any] = [{"role": "user", "content": text}]
    context = LLMContext(messages=messages, tools=schemas(office or Office(), ran))
    pair = LLMContextAggregatorPair(context)
    pipeline = Pipeline([engine.service(options()), pair.assistant()])
    frames: list[Frame] = [LLMContextFrame(context), SleepFrame(sleep=0.1)]
    down, _ = await run_test(pipeline, frames_to_send=frames)
    return list(down), ran, context


def said(context: LLMContext) -> str:
    return " ".join(
        str(message.get("content"))
        for message in context.get_messages()
        if isinstance(message, Mapping)
        and message.get("role") == "assistant"
        and message.get("content")
    )


async def test_a_caller_is_put_through_in_a_pipeline(brain: ConciergeLLM) -> None:
    _, ran, context = await ask(brain, "what time do you close and can i talk to john carter")
    assert ran == ["check_hours", "find_contact", "transfer_call"]
    assert said(context) == "We are open from nine to six. John Carter is on the line."


async def test_a_busy_line_is_said_after_it_was_rung(brain: ConciergeLLM) -> None:
    _, ran, context = await ask(brain, "anna verdi please", Office(lines={"verdi": "busy"}))
    assert ran == ["search_knowledge", "find_contact", "transfer_call"]
    assert "another call" in said(context)


async def test_a_reply_comes_in_clauses_between_its_marks(brain: ConciergeLLM) -> None:
    context = LLMContext(messages=[{"role": "user", "content": "what can you do"}])
    down, _ = await run_test(
        brain.service(options()),
        frames_to_send=[LLMContextFrame(context), SleepFrame(sleep=0.05)],
    )
    kinds = [type(frame) for frame in down if not isinstance(frame, LLMServiceMetadataFrame)]
    texts = [frame.text for frame in down if isinstance(frame, LLMTextFrame)]
    assert kinds[0] is LLMFullResponseStartFrame
    assert kinds[-1] is LLMFullResponseEndFrame
    assert len(texts) > 2
    assert "".join(texts).startswith(f"I can answer questions about {COMPANY}, tell you")


def test_clauses_lose_nothing() -> None:
    text = "We open at 9:30, Monday to Friday. Who's calling, please?"
    assert "".join(clauses(text)) == text
    assert clauses(text)[0] == "We open at 9:30, "
    assert clauses("") == []


def test_calls_in_one_language_share_what_was_made_for_it(brain: ConciergeLLM) -> None:
    assert brain.language(options()) is brain.language(options())
    assert brain.language(options()) is not brain.language(options("it"))


def test_wrong_texts_are_refused_before_the_call(brain: ConciergeLLM) -> None:
    with pytest.raises(ProviderError, match=r"texts are not valid.*Correct prompts"):
        brain.service(LLMOptions(language="en", texts={"phrases": {}}))
