"""The OpenAI-compatible brain against a scripted server on loopback."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from loguru import logger
from pipecat.frames.frames import InterruptionFrame, LLMContextFrame, LLMFullResponseEndFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.llm_service import FunctionCallParams
from pipecat.tests.utils import SleepFrame, run_test

from providers.contracts import LLMOptions
from providers.errors import ProviderError
from providers.llm.openai import OpenAILLM, OpenAIService
from providers.spec import ProviderSpec
from tests.providers.llm.asking import ask, ask_once, engine, load_context, question
from tests.providers.llm.endpoint import (
    HANG,
    ROLE,
    STOP,
    call,
    chunk,
    never,
    serving,
    stream,
    words,
)

pytestmark = pytest.mark.integration


async def test_an_answer_is_streamed_with_the_instructions_and_settings_sent() -> None:
    answer = stream(ROLE, words("We open at nine."), STOP)
    heard, endpoint = await ask_once(answer, temperature=0.2, max_tokens=99)
    assert heard.said == "We open at nine. "
    assert not heard.errors
    [body] = endpoint.bodies
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "when do you open"},
    ]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("m", 0.2, 99)
    assert body["stream"] is True


async def test_a_late_token_count_does_not_hold_up_the_turn() -> None:
    answer = stream(words("Nine."), chunk({}, "stop"), HANG)
    heard, endpoint = await ask_once(answer, stall_timeout_ms=60_000)
    assert (heard.said, heard.errors) == ("Nine. ", [])
    assert endpoint.gone.is_set()


async def test_an_interruption_hangs_up_on_the_endpoint() -> None:
    async with serving(stream(words("We are open from"), HANG)) as endpoint:
        llm = engine(endpoint.base_url)
        service = llm.service(LLMOptions(language="en"))
        heard = await ask(
            service, question(), SleepFrame(0.2), InterruptionFrame(), SleepFrame(0.1)
        )
        assert heard.said == "We are open from "
        assert not heard.errors
        assert heard.count(LLMFullResponseEndFrame) == 1
        await asyncio.wait_for(endpoint.gone.wait(), 5)
        await llm.close()


@dataclass
class Hours:
    """A tool that knows the opening hours."""

    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    async def run(self, params: FunctionCallParams) -> None:
        self.asked.append(dict(params.arguments))
        await params.result_callback({"outcome": "hours", "spoken": "From nine to five."})


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param(
            [
                chunk({"tool_calls": [call(0, "check_hours", "")]}),
                chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"when": "mon'}}]}),
                chunk({"tool_calls": [{"index": 0, "function": {"arguments": 'day"}'}}]}),
                chunk({"tool_calls": [call(1, "check_hours", '{"when": "sunday"}')]}),
            ],
            id="in fragments",
        ),
        pytest.param(
            [
                chunk(
                    {
                        "tool_calls": [
                            call(0, "check_hours", '{"when": "monday"}'),
                            call(1, "check_hours", '{"when": "sunday"}'),
                        ]
                    }
                )
            ],
            id="all in one chunk",
        ),
    ],
)
async def test_tools_run_and_their_results_go_back_to_the_model(calls: list[str]) -> None:
    first = stream(ROLE, *calls, chunk({}, "tool_calls") + "data: [DONE]\n\n")
    hours, spoken = Hours(), asyncio.Event()
    async with serving(first, stream(words("Nine to five."), STOP)) as endpoint:
        llm = engine(endpoint.base_url)
        service = llm.service(LLMOptions(language="en"))
        service.register_function("check_hours", hours.run)
        context = LLMContext([{"role": "user", "content": "monday and sunday?"}])
        pair = LLMContextAggregatorPair(context)
        pipeline = Pipeline([pair.user(), service, pair.assistant()])

        @pair.assistant().event_handler("on_assistant_turn_stopped")
        async def on_stopped(*_: Any) -> None:
            spoken.set()

        frames = (LLMContextFrame(context), SleepFrame(0.5))
        await run_test(pipeline, frames_to_send=frames)
        await asyncio.wait_for(spoken.wait(), 5)
        await llm.close()
    assert sorted(asked["when"] for asked in hours.asked) == ["monday", "sunday"]
    assert len(endpoint.bodies) == 2
    roles = [message["role"] for message in endpoint.bodies[1]["messages"]]
    assert roles.count("tool") == 2
    results = [m["content"] for m in endpoint.bodies[1]["messages"] if m["role"] == "tool"]
    assert all(json.loads(result)["spoken"] == "From nine to five." for result in results)
    last: Any = context.get_messages()[-1]
    assert (last["role"], last["content"]) == ("assistant", "Nine to five.")


async def test_silence_after_a_tool_is_no_fault() -> None:
    messages: list[Any] = [
        {"role": "user", "content": "bye"},
        {"role": "assistant", "tool_calls": [call(0, "end_call", "{}")]},
        {"role": "tool", "tool_call_id": "call_0", "content": '{"outcome": "ending"}'},
    ]
    async with serving(stream(ROLE, STOP)) as endpoint:
        llm = engine(endpoint.base_url)
        service = llm.service(LLMOptions(language="en"))
        heard = await ask(service, LLMContextFrame(LLMContext(messages)))
        await llm.close()
    assert (heard.said, heard.errors) == ("", [])


async def test_calls_share_one_connection_that_is_warm_before_the_first_question() -> None:
    async with serving(stream(words("Hello."), STOP)) as endpoint:
        llm = engine(endpoint.base_url)
        for _ in range(3):
            service = llm.service(LLMOptions(language="en"))
            heard = await ask(service, SleepFrame(0.1), question())
            assert heard.said == "Hello. "
        await llm.close()
    assert endpoint.model_lists == 1
    assert len(endpoint.peers) == 4
    assert len(set(endpoint.peers)) == 1


async def test_warm_up_logs_a_failure_and_goes_on() -> None:
    lines: list[str] = []
    sink = logger.add(lines.append, level="WARNING", format="{message}")
    async with serving(never) as endpoint:
        await asyncio.to_thread(engine(endpoint.base_url).warm_up)
        assert (endpoint.model_lists, lines) == (1, [])
    await asyncio.to_thread(engine("http://127.0.0.1:1/v1").warm_up)
    logger.remove(sink)
    assert len(lines) == 1
    assert "openai:m" in lines[0]


async def test_the_key_is_resolved_from_its_reference_and_never_taken_from_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "somebody-elses")
    async with serving(stream(words("Hello."), STOP)) as endpoint:
        settings = {"base_url": endpoint.base_url}
        for secrets in ({}, {"api_key": "env:MY_KEY"}):
            spec = ProviderSpec(id="openai:m", settings=settings, secrets=secrets)
            llm = OpenAILLM.load(spec, load_context())
            await ask(llm.service(LLMOptions(language="en")))
            await llm.close()
    assert endpoint.keys == ["Bearer none", "Bearer <env:MY_KEY>"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (ProviderSpec(id="openai:gpt-4.1"), "env:OPENAI_API_KEY"),
        (ProviderSpec(id="openai", settings={"base_url": "127.0.0.1"}), "base_url"),
        (
            ProviderSpec(id="openai", settings={"temprature": 1}),
            "Known settings: base_url, temperature",
        ),
        (
            ProviderSpec(
                id="openai", settings={"base_url": "http://x/v1"}, secrets={"key": "env:K"}
            ),
            "`api_key`",
        ),
    ],
)
def test_a_wrong_set_up_names_its_fix(spec: ProviderSpec, message: str) -> None:
    with pytest.raises(ProviderError, match="openai") as caught:
        OpenAILLM.load(spec, load_context())
    assert message in str(caught.value)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("settings", "developer", "tokens"),
    [
        ({"base_url": "http://x/v1", "max_tokens": 5}, False, "max_tokens"),
        ({"base_url": "http://x/v1", "supports_developer_role": True}, True, None),
        ({"max_tokens": 5}, True, "max_completion_tokens"),
    ],
)
def test_only_openai_itself_is_taken_to_know_its_newer_words(
    settings: dict[str, Any], developer: bool, tokens: str | None
) -> None:
    spec = ProviderSpec(id="openai:m", settings=settings, secrets={"api_key": "env:K"})
    service = OpenAILLM.load(spec, load_context()).service(LLMOptions(language="en"))
    assert isinstance(service, OpenAIService)
    assert service.supports_developer_role is developer
    limits = ("max_tokens", "max_completion_tokens")
    assert [name for name in limits if getattr(service.settings, name) == 5] == (
        [tokens] if tokens else []
    )
