"""The OpenAI-compatible brain against a scripted server on loopback."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from loguru import logger
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.llm_service import FunctionCallParams
from pipecat.tests.utils import SleepFrame, run_test
from pipecat.utils.errors import ErrorCategory

from providers.contracts import LLMOptions, LoadContext
from providers.errors import ProviderError
from providers.llm.openai import OpenAILLM, OpenAIService
from providers.spec import ProviderSpec

pytestmark = pytest.mark.integration

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Endpoint:
    """A chat-completions server that answers from a script."""

    answers: list[Answer]
    base_url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keys: list[str] = field(default_factory=list[str])
    peers: list[Any] = field(default_factory=list[Any])
    model_lists: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def complete(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.json())
        self.keys.append(request.headers["Authorization"])
        self._note_peer(request)
        answer = self.answers[min(len(self.bodies), len(self.answers)) - 1]
        try:
            return await answer(request)
        except (asyncio.CancelledError, ConnectionResetError):
            self.gone.set()
            raise

    async def models(self, request: web.Request) -> web.StreamResponse:
        self.model_lists += 1
        self._note_peer(request)
        return web.json_response({"object": "list", "data": []})

    def _note_peer(self, request: web.Request) -> None:
        assert request.transport is not None
        self.peers.append(request.transport.get_extra_info("peername"))


@asynccontextmanager
async def serving(*answers: Answer) -> AsyncGenerator[Endpoint]:
    endpoint = Endpoint(list(answers))
    app = web.Application()
    app.router.add_post("/v1/chat/completions", endpoint.complete)
    app.router.add_get("/v1/models", endpoint.models)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    endpoint.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield endpoint
    finally:
        await runner.cleanup()


def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    }
    return f"data: {json.dumps(body)}\n\n"


def call(index: int, name: str, arguments: str) -> dict[str, Any]:
    return {
        "index": index,
        "id": f"call_{index}",
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


ROLE = chunk({"role": "assistant", "content": ""})
STOP = chunk({}, "stop") + "data: [DONE]\n\n"
HANG = "hang"
DROP = "drop"


def words(text: str) -> str:
    return "".join(chunk({"content": word + " "}) for word in text.split())


def stream(*parts: str | bytes) -> Answer:
    """Sends the parts; HANG waits for the client to go, DROP cuts the connection."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for part in parts:
            if part == HANG:
                await asyncio.Event().wait()
            elif part == DROP:
                assert request.transport is not None
                request.transport.abort()
                raise ConnectionResetError
            else:
                await response.write(part.encode() if isinstance(part, str) else part)
        return response

    return answer


def status(code: int, error_code: str = "x", retry_after: str = "60") -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        del request
        body = {"error": {"message": "no", "type": "t", "code": error_code}}
        return web.json_response(body, status=code, headers={"Retry-After": retry_after})

    return answer


async def never(request: web.Request) -> web.StreamResponse:
    del request
    await asyncio.Event().wait()
    raise AssertionError


def secret(provider: str, reference: str) -> str:
    del provider
    return f"<{reference}>"


class NoModels:
    def folder(self, name: str) -> Path:
        raise ProviderError(f"no model {name!r}", provider=name)


def load_context() -> LoadContext:
    def embedder(spec: ProviderSpec) -> Any:
        raise ProviderError("no embedder", provider=spec.id)

    return LoadContext(
        models=NoModels(),
        secret=secret,
        threads=1,
        phrases=None,  # pyright: ignore[reportArgumentType] - a language model has no use for it
        embedder=embedder,
    )


def engine(base_url: str, **settings: Any) -> OpenAILLM:
    given = {"base_url": base_url, "first_token_timeout_ms": 2000} | settings
    return OpenAILLM.load(ProviderSpec(id="openai:m", settings=given), load_context())


@dataclass
class Heard:
    """What one question brought."""

    down: Sequence[Frame]
    up: Sequence[Frame]

    @property
    def said(self) -> str:
        return "".join(f.text for f in self.down if isinstance(f, LLMTextFrame))

    @property
    def errors(self) -> list[ErrorFrame]:
        return [frame for frame in self.up if isinstance(frame, ErrorFrame)]

    def count(self, kind: type[Frame]) -> int:
        return sum(isinstance(frame, kind) for frame in self.down)


def question(text: str = "when do you open") -> LLMContextFrame:
    return LLMContextFrame(LLMContext([{"role": "user", "content": text}]))


async def ask(service: FrameProcessor, *frames: Frame) -> Heard:
    down, up = await run_test(service, frames_to_send=frames or (question(),))
    return Heard(down, up)


async def ask_once(*answers: Answer, **settings: Any) -> tuple[Heard, Endpoint]:
    async with serving(*answers) as endpoint:
        llm = engine(endpoint.base_url, **settings)
        heard = await ask(llm.service(LLMOptions(language="en", instructions="Be brief.")))
        await llm.close()
    return heard, endpoint


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


@pytest.mark.parametrize(
    ("answer", "said", "category"),
    [
        pytest.param(never, "", ErrorCategory.CONNECTIVITY, id="no response at all"),
        pytest.param(stream(ROLE, HANG), "", ErrorCategory.CONNECTIVITY, id="no first token"),
        pytest.param(
            stream(words("We are"), HANG), "We are ", ErrorCategory.CONNECTIVITY, id="stall"
        ),
        pytest.param(
            stream(words("We are"), DROP), "We are ", ErrorCategory.CONNECTIVITY, id="cut off"
        ),
        pytest.param(stream(words("We are")), "We are ", ErrorCategory.CONNECTIVITY, id="no end"),
        pytest.param(
            stream(words("We"), "data: {nonsense\n\n"), "We ", ErrorCategory.SERVER, id="no JSON"
        ),
        pytest.param(stream(b"data: \xff\xfe\n\n"), "", ErrorCategory.SERVER, id="no UTF-8"),
        pytest.param(
            stream('data: {"a": 1}\n\n', STOP), "", ErrorCategory.SERVER, id="no completion"
        ),
        pytest.param(stream("data: 5\n\n", STOP), "", ErrorCategory.SERVER, id="a number"),
        pytest.param(
            stream('data: {"choices": [{"delta": {"content": 7}}], "model": "m"}\n\n', STOP),
            "",
            ErrorCategory.SERVER,
            id="content is no text",
        ),
        pytest.param(stream("<html>Welcome</html>"), "", ErrorCategory.SERVER, id="a web page"),
        pytest.param(stream(), "", ErrorCategory.SERVER, id="nothing"),
        pytest.param(stream(ROLE, STOP), "", ErrorCategory.SERVER, id="empty answer"),
        pytest.param(
            stream(words("We"), 'data: {"error": {"message": "overloaded"}}\n\n'),
            "We ",
            ErrorCategory.SERVER,
            id="error in the stream",
        ),
        pytest.param(status(401), "", ErrorCategory.AUTHENTICATION, id="401"),
        pytest.param(status(403), "", ErrorCategory.AUTHORIZATION, id="403"),
        pytest.param(status(404), "", ErrorCategory.INVALID_REQUEST, id="404"),
        pytest.param(status(429), "", ErrorCategory.RATE_LIMIT, id="429"),
        pytest.param(status(429, "insufficient_quota"), "", ErrorCategory.QUOTA, id="quota"),
        pytest.param(status(500), "", ErrorCategory.SERVER, id="500"),
        pytest.param(status(503), "", ErrorCategory.SERVER, id="503"),
        pytest.param(
            stream(
                chunk({"tool_calls": [call(0, "check_hours", '{"when": ')]}),
                chunk({}, "tool_calls"),
            ),
            "",
            ErrorCategory.SERVER,
            id="arguments are no JSON",
        ),
    ],
)
async def test_a_fault_is_one_error_inside_one_ended_response(
    answer: Answer, said: str, category: ErrorCategory
) -> None:
    heard, _ = await ask_once(answer, first_token_timeout_ms=1000, stall_timeout_ms=300)
    assert heard.said == said
    assert [error.category for error in heard.errors] == [category]
    assert heard.count(LLMFullResponseStartFrame) == heard.count(LLMFullResponseEndFrame) == 1


async def test_a_permanent_fault_alone_makes_the_service_unusable() -> None:
    async with serving(status(503), status(401)) as endpoint:
        llm = engine(endpoint.base_url)
        service = llm.service(LLMOptions(language="en"))
        await ask(service)
        assert service.is_usable
        await ask(service := llm.service(LLMOptions(language="en")))
        assert not service.is_usable
        await llm.close()


async def test_a_refused_connection_is_an_error_at_once() -> None:
    llm = engine("http://127.0.0.1:1/v1", first_token_timeout_ms=60_000)
    heard = await ask(llm.service(LLMOptions(language="en")))
    assert [error.category for error in heard.errors] == [ErrorCategory.CONNECTIVITY]
    await llm.close()


async def test_an_answer_that_drips_for_ever_is_cut_at_the_total_time_out() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(words("and").encode())
            await asyncio.to_thread(lambda: None)

    heard, endpoint = await ask_once(drip, total_timeout_ms=500)
    assert [error.category for error in heard.errors] == [ErrorCategory.CONNECTIVITY]
    assert heard.said.startswith("and and ")
    assert endpoint.gone.is_set()


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


async def test_a_connection_the_server_closed_meanwhile_is_opened_again() -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        raise ConnectionResetError

    heard, endpoint = await ask_once(cut, stream(words("Hello."), STOP))
    assert (heard.said, heard.errors) == ("Hello. ", [])
    assert len(endpoint.bodies) == 2


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
