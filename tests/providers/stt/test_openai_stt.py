"""Transcription over HTTP, against a scripted server on this machine."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
import soundfile
from aiohttp import web
from pipecat.utils.errors import ErrorCategory

from providers.contracts import LoadContext, STTOptions
from providers.errors import ProviderError
from providers.spec import ProviderSpec
from providers.stt.openai import OpenAISTT
from tests.providers.stt.spoken import RATE_HZ, listening, say, silence

pytestmark = pytest.mark.integration

Answer = Callable[[], Awaitable[web.Response]]
OPTIONS = STTOptions(language="it", rate_hz=RATE_HZ, hints=("Maria Rossi", "Sales"))


@dataclass
class Server:
    """Answers request after request as scripted; the last answer stands for all that follow."""

    answers: list[Answer]
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keys: list[str] = field(default_factory=list[str])
    connections: set[Any] = field(default_factory=set[Any])

    async def handle(self, request: web.Request) -> web.Response:
        form = await request.post()
        kept: dict[str, Any] = dict(form)
        with kept["file"].file as upload:
            kept["audio"], kept["rate"] = soundfile.read(BytesIO(upload.read()))
        self.requests.append(kept)
        self.keys.append(request.headers.get("Authorization", ""))
        self.connections.add(request.transport)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer()


def text(words: str) -> Answer:
    async def answer() -> web.Response:
        return web.json_response({"text": words})

    return answer


def raw(body: str, status: int = 200, kind: str = "application/json") -> Answer:
    async def answer() -> web.Response:
        return web.Response(text=body, status=status, content_type=kind)

    return answer


async def hang() -> web.Response:
    await asyncio.Event().wait()
    return web.Response()


@asynccontextmanager
async def serving(
    context: LoadContext, *answers: Answer, **settings: Any
) -> AsyncGenerator[tuple[Server, OpenAISTT]]:
    server = Server(list(answers))
    app = web.Application()
    app.router.add_post("/v1/audio/transcriptions", server.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    secrets = settings.pop("secrets", {})
    spec = ProviderSpec(
        id="openai:whisper-x", settings={"base_url": base_url} | settings, secrets=secrets
    )
    engine = OpenAISTT.load(spec, context)
    try:
        yield server, engine
    finally:
        await engine.close()
        await runner.cleanup()


async def test_an_utterance_is_sent_as_a_wav_and_its_transcript_is_final(
    context: LoadContext,
) -> None:
    async with (
        serving(context, text(" Buongiorno. ")) as (server, engine),
        listening(engine.service(OPTIONS)) as ears,
    ):
        final = await ears.utterance(say("Good morning."))
    assert (final.text, final.finalized) == ("Buongiorno.", True)
    (sent,) = server.requests
    assert (sent["model"], sent["language"]) == ("whisper-x", "it")
    assert sent["prompt"] == "Maria Rossi, Sales"
    assert sent["rate"] == RATE_HZ
    assert abs(sent["audio"]).max() > 0.3


async def test_a_local_server_needs_no_key_and_never_sees_that_of_the_environment(
    context: LoadContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "of-somebody-else")
    async with (
        serving(context, text("yes")) as (server, engine),
        listening(engine.service(OPTIONS)) as ears,
    ):
        await ears.utterance(silence(0.5))
    assert server.keys == ["Bearer none"]


async def test_the_key_is_the_one_referred_to(context: LoadContext) -> None:
    secrets = {"api_key": "env:STT_TEST_KEY"}
    async with (
        serving(context, text("yes"), secrets=secrets) as (server, engine),
        listening(engine.service(OPTIONS)) as ears,
    ):
        await ears.utterance(silence(0.5))
    assert server.keys == ["Bearer not-a-secret"]


async def test_calls_share_one_connection(context: LoadContext) -> None:
    async with serving(context, text("yes")) as (server, engine):
        for _ in range(3):
            async with listening(engine.service(OPTIONS)) as ears:
                await ears.utterance(silence(0.5))
    assert len(server.requests) == 3
    assert len(server.connections) == 1


@pytest.mark.parametrize(
    ("answer", "category"),
    [
        pytest.param(raw("{}", 500), ErrorCategory.SERVER, id="500"),
        pytest.param(raw("{}", 429), ErrorCategory.RATE_LIMIT, id="429"),
        pytest.param(raw("{}", 400), ErrorCategory.APPLICATION, id="400"),
        pytest.param(hang, ErrorCategory.CONNECTIVITY, id="time-out"),
        pytest.param(raw("<html>", kind="text/html"), ErrorCategory.SERVER, id="html"),
        pytest.param(raw("{not json"), ErrorCategory.SERVER, id="broken json"),
        pytest.param(raw('{"words": 3}'), ErrorCategory.SERVER, id="no text"),
        pytest.param(raw('{"text": null}'), ErrorCategory.SERVER, id="null text"),
    ],
)
async def test_a_failure_is_reported_by_its_kind_and_the_next_utterance_is_heard(
    context: LoadContext, answer: Answer, category: ErrorCategory
) -> None:
    async with (
        serving(context, answer, timeout_ms=1500) as (server, engine),
        listening(engine.service(OPTIONS)) as ears,
    ):
        blank = await ears.utterance(silence(0.5))
        server.answers = [text("buongiorno")]
        final = await ears.utterance(silence(0.5))
    assert [frame.category for frame in ears.errors] == [category]
    assert (blank.text.strip(), blank.finalized) == ("", True)
    assert final.text == "buongiorno"


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_what_will_never_work_makes_the_service_unusable(
    context: LoadContext, status: int
) -> None:
    async with serving(context, raw("{}", status)) as (_, engine):
        service = engine.service(OPTIONS)
        async with listening(service) as ears:
            await ears.utterance(silence(0.5))
    assert not service.is_usable
    assert len(ears.errors) == 1


async def test_nothing_is_asked_twice_for_the_next_engine_is_given_the_words(
    context: LoadContext,
) -> None:
    async with (
        serving(context, raw("{}", 503), text("buongiorno")) as (server, engine),
        listening(engine.service(OPTIONS)) as ears,
    ):
        assert (await ears.utterance(silence(0.5))).text.strip() == ""
    assert len(server.requests) == 1
    assert [frame.category for frame in ears.errors] == [ErrorCategory.SERVER]


def test_openai_itself_wants_a_key(context: LoadContext) -> None:
    with pytest.raises(ProviderError, match=r"wants a key.*env:OPENAI_API_KEY"):
        OpenAISTT.load(ProviderSpec(id="openai:whisper-1"), context)
