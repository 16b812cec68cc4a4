"""A speech server with a script, on loopback."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from pipecat.frames.frames import TTSSpeakFrame
from pipecat.utils.errors import ErrorCategory

from providers.contracts import LoadContext, TTSOptions
from providers.errors import ProviderError
from providers.spec import ProviderSpec
from providers.tts.cache import PhraseCache
from providers.tts.openai import OpenAITTS
from tests.providers.tts.phone_line import Dial

pytestmark = pytest.mark.integration

HELLO = "Hello, how can I help?"


def speech(length_s: float = 1.0, lead_s: float = 0.3) -> bytes:
    at = np.arange(int(24000 * length_s))
    tone = (np.sin(at * 2 * np.pi * 300 / 24000) * 9000).astype("<i2")
    return bytes(int(24000 * lead_s) * 2) + tone.tobytes()


@dataclass
class SpeechServer:
    """Answers `POST /v1/audio/speech` as its `answer` says."""

    answer: str = "speech"
    base_url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keys: list[str] = field(default_factory=list[str])
    half_sent: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def speak(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("Authorization", ""))
        if self.answer.isdigit():
            return web.json_response({"error": {"message": "no"}}, status=int(self.answer))
        if self.answer == "json":
            return web.json_response({"audio": "later"})
        if self.answer == "silence":
            return web.Response(body=bytes(48000), content_type="audio/pcm")
        if self.answer == "never":
            await self._hold()
        return await self._stream(request)

    async def _hold(self) -> None:
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.gone.set()
            raise

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        sound = speech()
        response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        response.content_length = len(sound)
        await response.prepare(request)
        half = len(sound) // 2 + 1  # within a sample
        await response.write(sound[:half])
        self.half_sent.set()
        if self.answer == "truncated":
            assert request.transport is not None
            request.transport.close()
            return response
        if self.answer == "stalls":
            await self._hold()
        await response.write(sound[half:])
        return response


@asynccontextmanager
async def serving() -> AsyncGenerator[SpeechServer]:
    server = SpeechServer()
    app = web.Application()
    app.router.add_post("/v1/audio/speech", server.speak)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield server
    finally:
        server.go_on.set()
        await runner.cleanup()


def load(context: LoadContext, base_url: str, **settings: object) -> OpenAITTS:
    return OpenAITTS.load(
        ProviderSpec(id="openai:tts-local", settings={"base_url": base_url, **settings}), context
    )


OPTIONS = TTSOptions(language="en", rate_hz=24000)


async def test_speech_is_played_while_it_arrives(context: LoadContext, dial: Dial) -> None:
    async with serving() as server:
        server.answer = "stalls"
        engine = load(context, server.base_url)
        async with dial(engine.service(OPTIONS)) as line:
            await line.worker.queue_frame(TTSSpeakFrame(HELLO))
            await asyncio.wait_for(line.ear.audible.wait(), 5)
            server.go_on.set()
            await asyncio.wait_for(line.ear.stops.get(), 5)
            assert 1.0 <= len(line.ear.pcm) / 48000 <= 1.02  # the silence before it is cut
            assert line.errors == []
        await engine.close()


async def test_request_names_model_voice_pace_and_key(context: LoadContext, dial: Dial) -> None:
    async with serving() as server:
        spec = ProviderSpec(
            id="openai:tts-local",
            settings={"base_url": server.base_url, "voice": "nova", "speed": 1.2},
            secrets={"api_key": "env:KEY"},
        )
        engine = OpenAITTS.load(spec, context)
        async with dial(engine.service(OPTIONS)) as line:
            await line.say(HELLO)
        assert server.keys == ["Bearer sesame"]
        assert server.asked == [
            {
                "input": HELLO,
                "model": "tts-local",
                "voice": "nova",
                "speed": 1.2,
                "response_format": "pcm",
            }
        ]
        await engine.close()


async def test_phrase_is_asked_for_once_by_all_calls(context: LoadContext, dial: Dial) -> None:
    async with serving() as server:
        engine = load(context, server.base_url)
        sounds: list[bytes] = []
        for _ in range(2):
            async with dial(engine.service(OPTIONS)) as line:
                sounds += [await line.say(HELLO), await line.say(HELLO)]
        assert len(set(sounds)) == 1
        assert len(server.asked) == 1
        await engine.close()


async def test_prepared_phrase_needs_no_server(context: LoadContext, dial: Dial) -> None:
    async with serving() as server:
        engine = load(context, server.base_url)
        await engine.prepare([HELLO], OPTIONS)
    async with dial(engine.service(OPTIONS)) as line:
        assert len(await line.say(HELLO)) >= 48000
        assert line.errors == []
    await engine.close()


async def test_preparing_without_a_server_is_given_up(context: LoadContext) -> None:
    engine = load(context, "http://127.0.0.1:9/v1")
    await engine.prepare([HELLO] * 100, OPTIONS)
    await engine.close()


async def test_call_at_another_rate_is_resampled(context: LoadContext, dial: Dial) -> None:
    async with serving() as server:
        engine = load(context, server.base_url)
        async with dial(engine.service(TTSOptions(language="en", rate_hz=8000))) as line:
            sound = await line.say(HELLO)
            assert {frame.sample_rate for frame in line.ear.audio()} == {8000}
        assert 1.0 <= len(sound) / 16000 <= 1.02
        await engine.close()


@pytest.mark.parametrize(
    ("answer", "category", "is_usable"),
    [
        ("500", ErrorCategory.SERVER, True),
        ("429", ErrorCategory.RATE_LIMIT, True),
        ("401", ErrorCategory.AUTHENTICATION, False),
        ("json", ErrorCategory.SERVER, True),
        ("silence", ErrorCategory.SERVER, True),
        ("never", ErrorCategory.CONNECTIVITY, True),
        ("stalls", ErrorCategory.CONNECTIVITY, True),
        ("truncated", ErrorCategory.CONNECTIVITY, True),
    ],
)
async def test_failure_is_told_by_category_and_nothing_is_kept(
    context: LoadContext,
    phrases: PhraseCache,
    dial: Dial,
    answer: str,
    category: ErrorCategory,
    is_usable: bool,
) -> None:
    async with serving() as server:
        server.answer = answer
        engine = load(context, server.base_url, timeout_ms=300)
        service = engine.service(OPTIONS)
        async with dial(service) as line:
            await line.say(HELLO)
            await asyncio.wait_for(line.failed.wait(), 5)
            assert [error.category for error in line.errors] == [category]
            assert phrases.memory_bytes == 0
            assert service.is_usable is is_usable
            server.answer = "speech"
            if is_usable:
                assert len(await line.say(HELLO)) >= 48000
        await engine.close()


async def test_server_that_is_not_there_is_told_at_once(context: LoadContext, dial: Dial) -> None:
    engine = load(context, "http://127.0.0.1:9/v1")
    async with dial(engine.service(OPTIONS)) as line:
        await line.say(HELLO)
        await asyncio.wait_for(line.failed.wait(), 5)
        assert line.errors[0].category is ErrorCategory.CONNECTIVITY
    await engine.close()


async def test_interruption_hangs_up_on_the_server(context: LoadContext, dial: Dial) -> None:
    async with serving() as server:
        server.answer = "stalls"
        engine = load(context, server.base_url)
        async with dial(engine.service(OPTIONS)) as line:
            await line.worker.queue_frame(TTSSpeakFrame(HELLO))
            await asyncio.wait_for(line.ear.audible.wait(), 5)
            await line.interrupt()
            await asyncio.wait_for(server.gone.wait(), 5)
            assert line.errors == []
        await engine.close()


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (ProviderSpec(id="openai:"), "needs a key"),
        (ProviderSpec(id="openai:", settings={"base_url": "ftp://x"}), "base_url"),
        (ProviderSpec(id="openai:", settings={"vioce": "x"}), "vioce"),
        (
            ProviderSpec(
                id="openai:", settings={"base_url": "http://x"}, secrets={"kye": "env:KEY"}
            ),
            "kye",
        ),
    ],
)
def test_wrong_setup_is_one_clear_error(
    context: LoadContext, spec: ProviderSpec, message: str
) -> None:
    with pytest.raises(ProviderError, match=message) as caught:
        OpenAITTS.load(spec, context)
    assert caught.value.fix
