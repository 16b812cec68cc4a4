"""What may go wrong with an OpenAI-compatible endpoint, and what the call hears of it."""

import asyncio

import pytest
from aiohttp import web
from pipecat.frames.frames import LLMFullResponseEndFrame, LLMFullResponseStartFrame
from pipecat.utils.errors import ErrorCategory

from providers.contracts import LLMOptions
from tests.providers.llm.asking import ask, ask_once, engine
from tests.providers.llm.endpoint import (
    DROP,
    HANG,
    ROLE,
    STOP,
    Answer,
    call,
    chunk,
    never,
    serving,
    status,
    stream,
    words,
)

pytestmark = pytest.mark.integration


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


async def test_a_connection_the_server_closed_meanwhile_is_opened_again() -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        raise ConnectionResetError

    heard, endpoint = await ask_once(cut, stream(words("Hello."), STOP))
    assert (heard.said, heard.errors) == ("Hello. ", [])
    assert len(endpoint.bodies) == 2
