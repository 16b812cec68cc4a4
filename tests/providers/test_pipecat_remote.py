"""Services that pipecat ships, over real WebSockets: a recogniser, a voice, and refusals."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    LLMContextFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.worker import PipelineParams
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.tests.utils import SleepFrame, run_test
from pipecat.utils.errors import ErrorCategory
from websockets.asyncio.server import ServerConnection, serve

from providers.fakes import tone
from providers.spec import Slot
from tests.providers.pipecat_engines import load, service_of

pytestmark = pytest.mark.integration

Handler = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncGenerator[str]:
    async with serve(handler, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}"


async def refused_url() -> str:
    async with serving(lambda _: asyncio.sleep(0)) as url:
        return url


async def run(service: FrameProcessor, *frames: Frame) -> tuple[Sequence[Frame], list[ErrorFrame]]:
    params = PipelineParams(audio_in_sample_rate=16_000, audio_out_sample_rate=16_000)
    down, up = await run_test(
        service, frames_to_send=frames, pipeline_params=params, start_timeout=5
    )
    return down, [frame for frame in up if isinstance(frame, ErrorFrame)]


def spoken(seconds: int = 1) -> list[Frame]:
    pcm = tone(length_ms=seconds * 1000, tone_hz=300, rate_hz=16_000)
    frames = [InputAudioRawFrame(pcm[i : i + 640], 16_000, 1) for i in range(0, len(pcm), 640)]
    return [VADUserStartedSpeakingFrame(), *frames, VADUserStoppedSpeakingFrame()]


async def test_remote_speech_recognition_hears_a_caller_over_a_websocket() -> None:
    heard = bytearray()
    asked: dict[str, list[str]] = {}

    async def cartesia(connection: ServerConnection) -> None:
        assert connection.request is not None
        assert connection.request.headers["X-API-Key"] == "key-of-K"
        asked.update(parse_qs(urlsplit(connection.request.path).query))
        async for message in connection:
            if isinstance(message, bytes):
                if not heard:
                    await connection.send(transcript("buon", is_final=False))
                heard.extend(message)
            elif message == "finalize":
                await connection.send(transcript("buongiorno", is_final=True))

    def transcript(text: str, *, is_final: bool) -> str:
        return json.dumps(
            {"type": "transcript", "text": text, "is_final": is_final, "language": "it"}
        )

    async with serving(cartesia) as url:
        engine = load(Slot.STT, "cartesia/ink-2", {"base_url": url}, {"api_key": "env:K"})
        down, errors = await run(service_of(engine), *spoken(), SleepFrame(1))
    assert errors == []
    assert [f.text for f in down if isinstance(f, InterimTranscriptionFrame)] == ["buon"]
    [final] = [frame for frame in down if isinstance(frame, TranscriptionFrame)]
    assert (final.text, final.language) == ("buongiorno", "it")
    assert bytes(heard) == tone(length_ms=1000, tone_hz=300, rate_hz=16_000)
    assert {name: asked[name] for name in ("model", "language", "sample_rate")} == {
        "model": ["ink-2"],
        "language": ["it"],
        "sample_rate": ["16000"],
    }


class Cartesia:
    """A speech server that says every text as a tone."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.requests: list[dict[str, Any]] = []

    async def __call__(self, connection: ServerConnection) -> None:
        async for message in connection:
            request: dict[str, Any] = json.loads(message)
            self.requests.append(request)
            context_id = request["context_id"]
            if request.get("transcript"):
                self.texts.append(request["transcript"])
                await self._say(connection, context_id)
            elif not request.get("continue", True):
                await connection.send(json.dumps({"type": "done", "context_id": context_id}))

    async def _say(self, connection: ServerConnection, context_id: str) -> None:
        pcm = tone(length_ms=400, tone_hz=500, rate_hz=16_000)
        for start in range(0, len(pcm), 3200):
            data = base64.b64encode(pcm[start : start + 3200]).decode()
            await connection.send(
                json.dumps({"type": "chunk", "context_id": context_id, "data": data})
            )


def audio_of(down: Sequence[Frame]) -> bytes:
    return b"".join(frame.audio for frame in down if isinstance(frame, TTSAudioRawFrame))


async def test_remote_speech_is_heard_over_a_websocket_and_its_phrase_is_kept() -> None:
    cartesia = Cartesia()
    async with serving(cartesia) as url:
        engine = load(Slot.TTS, "cartesia/voice-1", {"url": url}, {"api_key": "env:K"})
        speak = TTSSpeakFrame("Buongiorno, come posso aiutarla?")
        down, errors = await run(service_of(engine), speak, SleepFrame(1))
        again, errors_again = await run(service_of(engine), speak, SleepFrame(1))
    assert errors == errors_again == []
    assert audio_of(down) == tone(length_ms=400, tone_hz=500, rate_hz=16_000)
    assert audio_of(again).startswith(audio_of(down))
    assert cartesia.texts == ["Buongiorno, come posso aiutarla?"]
    assert cartesia.requests[0]["voice"] == {"mode": "id", "id": "voice-1"}
    assert cartesia.requests[0]["language"] == "it"
    assert cartesia.requests[0]["output_format"]["sample_rate"] == 16_000


async def test_a_refused_recogniser_is_an_error_and_the_call_still_ends() -> None:
    settings = {"base_url": await refused_url()}
    engine = load(Slot.STT, "cartesia", settings, {"api_key": "env:K"})
    async with asyncio.timeout(20):
        down, errors = await run(service_of(engine), *spoken(), SleepFrame(0.1))
    assert ErrorCategory.CONNECTIVITY in [error.category for error in errors]
    assert not [frame for frame in down if isinstance(frame, TranscriptionFrame)]


async def test_a_refused_voice_is_an_error_and_the_call_still_ends() -> None:
    engine = load(Slot.TTS, "cartesia/v", {"url": await refused_url()}, {"api_key": "env:K"})
    async with asyncio.timeout(20):
        down, errors = await run(service_of(engine), TTSSpeakFrame("Buongiorno."), SleepFrame(0.1))
    assert ErrorCategory.CONNECTIVITY in [error.category for error in errors]
    assert audio_of(down) == b""


async def test_a_refused_language_model_is_one_error_and_the_call_still_ends() -> None:
    settings = {"base_url": (await refused_url()).replace("ws:", "http:")}
    engine = load(Slot.LLM, "groq/some-model", settings, {"api_key": "env:K"})
    context = LLMContextFrame(LLMContext([{"role": "user", "content": "ciao"}]))
    async with asyncio.timeout(20):
        down, errors = await run(service_of(engine), context)
    await engine.close()
    assert [error.category for error in errors] == [ErrorCategory.CONNECTIVITY]
    assert not [frame for frame in down if isinstance(frame, LLMTextFrame)]
