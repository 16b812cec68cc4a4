"""The phrase cache in front of pipecat's own services, against servers on loopback."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pipecat.frames.frames import (
    AggregatedTextFrame,
    ErrorFrame,
    Frame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSUpdateSettingsFrame,
)
from pipecat.services.cartesia.tts import CartesiaTTSService
from pipecat.services.deepgram.tts import DeepgramTTSService
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.utils.text.base_text_aggregator import TextType
from websockets.asyncio.server import ServerConnection, serve

from providers.tts.cache import PhraseCache
from providers.tts.caching import cached
from tests.providers.tts.phone_line import Dial

pytestmark = pytest.mark.integration

HELLO, BYE = "Hello, how can I help?", "Thank you for calling."


def sound_of(text: str) -> bytes:
    return b"".join(bytes([ord(letter) % 256, 1]) * 400 for letter in text.strip())


class InlineService(TTSService):
    """Yields audio from `run_tts`, as HTTP services do."""

    def __init__(self) -> None:
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            sample_rate=8000,
            settings=TTSSettings(model="m", voice="v", language=None),
        )
        self.asked: list[str] = []
        self.breaks_off = False

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        self.asked.append(text)
        sound = sound_of(text)
        yield TTSAudioRawFrame(sound[:800], 8000, 1, context_id=context_id)
        if self.breaks_off:
            yield ErrorFrame(error="broken off")
            return
        yield TTSAudioRawFrame(sound[800:], 8000, 1, context_id=context_id)


@dataclass
class Studio:
    """A WebSocket server that speaks as Deepgram or as Cartesia does."""

    url: str = ""
    asked: list[str] = field(default_factory=list[str])
    messages: list[str] = field(default_factory=list[str])
    connected: asyncio.Queue[ServerConnection] = field(
        default_factory=asyncio.Queue[ServerConnection]
    )
    breaks_off: bool = False
    holds: bool = False
    late: bytes = b""

    async def serve(self, client: ServerConnection) -> None:
        self.connected.put_nowait(client)
        async for message in client:
            said: dict[str, Any] = json.loads(message)
            if "type" in said:
                await self._as_deepgram(client, said)
            else:
                await self._as_cartesia(client, said)
            if self.breaks_off and self.asked:
                self.breaks_off = False
                await client.close(1011)
                return

    async def _as_deepgram(self, client: ServerConnection, said: dict[str, Any]) -> None:
        self.messages.append(said["type"])
        if said["type"] == "Clear":
            self.late = sound_of(self.asked[-1])
        elif said["type"] == "Speak":
            await client.send(self.late)
            self.asked.append(said["text"].strip())
            await client.send(sound_of(said["text"]))
        elif said["type"] == "Flush" and not self.holds:
            await client.send(json.dumps({"type": "Flushed"}))

    async def _as_cartesia(self, client: ServerConnection, said: dict[str, Any]) -> None:
        answer = {"context_id": said["context_id"]}
        if said.get("cancel"):
            self.messages.append("cancel")
        elif said["transcript"]:
            self.messages.append("speak")
            self.asked.append(said["transcript"].strip())
            data = base64.b64encode(sound_of(said["transcript"])).decode()
            await client.send(json.dumps({**answer, "type": "chunk", "data": data}))
        else:
            self.messages.append("finish")
            await client.send(json.dumps({**answer, "type": "done"}))


@asynccontextmanager
async def studio() -> AsyncGenerator[Studio]:
    opened = Studio()
    async with serve(opened.serve, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        opened.url = f"ws://127.0.0.1:{port}"
        yield opened


def service_of(kind: str, opened: Studio, phrases: PhraseCache) -> TTSService:
    if kind == "deepgram":
        return cached(DeepgramTTSService, phrases, "deepgram")(
            api_key="k", base_url=opened.url, sample_rate=8000
        )
    return cached(CartesiaTTSService, phrases, "cartesia")(
        api_key="k",
        url=opened.url,
        sample_rate=8000,
        settings=CartesiaTTSService.Settings(voice="someone"),
    )


@pytest.fixture
def inline(phrases: PhraseCache) -> InlineService:
    return cached(InlineService, phrases, "inline")()


async def test_http_phrase_is_asked_for_once(inline: InlineService, dial: Dial) -> None:
    async with dial(inline) as line:
        sounds = [await line.say(HELLO) for _ in range(3)]
        assert sounds == [sound_of(HELLO)] * 3
        assert inline.asked == [HELLO]
        kinds = [type(frame) for _, frame in line.ear.heard]
        assert kinds.count(TTSStartedFrame) == kinds.count(TTSStoppedFrame) == 3
        assert line.ear.texts == [HELLO] * 3


async def test_every_sentence_of_an_http_reply_is_kept(inline: InlineService, dial: Dial) -> None:
    async with dial(inline) as line:
        await line.say(BYE)
        await line.worker.queue_frames(
            [
                LLMFullResponseStartFrame(),
                AggregatedTextFrame(HELLO, TextType.SENTENCE),
                AggregatedTextFrame(BYE, TextType.SENTENCE),
                LLMFullResponseEndFrame(),
            ]
        )
        await asyncio.wait_for(line.ear.stops.get(), 2)
        assert line.ear.pcm == sound_of(BYE) + sound_of(HELLO) + sound_of(BYE)
        await line.say(HELLO)
        assert inline.asked == [BYE, HELLO]


async def test_phrase_that_broke_off_is_not_kept(inline: InlineService, dial: Dial) -> None:
    inline.breaks_off = True
    async with dial(inline) as line:
        assert len(await line.say(HELLO)) == 800
        inline.breaks_off = False
        assert await line.say(HELLO) == sound_of(HELLO)
        assert inline.asked == [HELLO, HELLO]


async def test_other_voice_is_other_audio(inline: InlineService, dial: Dial) -> None:
    async with dial(inline) as line:
        await line.say(HELLO)
        await line.worker.queue_frame(TTSUpdateSettingsFrame(delta=TTSSettings(voice="w")))
        await line.say(HELLO)
        assert inline.asked == [HELLO, HELLO]


@pytest.mark.parametrize("kind", ["deepgram", "cartesia"])
async def test_websocket_phrase_said_alone_is_asked_for_once(
    kind: str, phrases: PhraseCache, dial: Dial
) -> None:
    async with studio() as opened, dial(service_of(kind, opened, phrases)) as line:
        assert await line.say(HELLO) == sound_of(HELLO)
        said = list(opened.messages)
        assert await line.say(HELLO) == sound_of(HELLO)
        assert opened.asked == [HELLO]
        assert opened.messages == said, "the provider hears nothing of a phrase from the cache"
        assert line.ear.texts[-1].split() == HELLO.split()[-len(line.ear.texts[-1].split()) :]
        assert await line.say(BYE) == sound_of(BYE)
        assert line.errors == []


@pytest.mark.parametrize("kind", ["deepgram", "cartesia"])
async def test_phrase_of_one_call_serves_the_next(
    kind: str, phrases: PhraseCache, dial: Dial
) -> None:
    async with studio() as opened:
        async with dial(service_of(kind, opened, phrases)) as line:
            await line.say(HELLO)
            await line.say(BYE)
        async with dial(service_of(kind, opened, phrases)) as line:
            assert await line.say(HELLO) == sound_of(HELLO)
        assert opened.asked == [HELLO, BYE]


@pytest.mark.parametrize("kind", ["deepgram", "cartesia"])
async def test_known_sentence_never_overtakes_one_under_way(
    kind: str, phrases: PhraseCache, dial: Dial
) -> None:
    async with studio() as opened, dial(service_of(kind, opened, phrases)) as line:
        await line.say(BYE)
        await line.worker.queue_frames(
            [
                LLMFullResponseStartFrame(),
                AggregatedTextFrame(HELLO, TextType.SENTENCE),
                AggregatedTextFrame(BYE, TextType.SENTENCE),
                LLMFullResponseEndFrame(),
            ]
        )
        await asyncio.wait_for(line.ear.stops.get(), 5)
        assert line.ear.pcm == sound_of(BYE) + sound_of(HELLO) + sound_of(BYE)
        assert opened.asked == [BYE, HELLO, BYE]
        # Two texts in one context cannot be told apart: neither is kept as the other.
        assert await line.say(BYE) == sound_of(BYE)
        assert await line.say(HELLO) == sound_of(HELLO)


@pytest.mark.parametrize("kind", ["deepgram", "cartesia"])
async def test_known_beginning_of_a_reply_is_played_before_its_new_end(
    kind: str, phrases: PhraseCache, dial: Dial
) -> None:
    async with studio() as opened, dial(service_of(kind, opened, phrases)) as line:
        await line.say(HELLO)
        await line.worker.queue_frames(
            [
                LLMFullResponseStartFrame(),
                AggregatedTextFrame(HELLO, TextType.SENTENCE),
                AggregatedTextFrame(BYE, TextType.SENTENCE),
                LLMFullResponseEndFrame(),
            ]
        )
        await asyncio.wait_for(line.ear.stops.get(), 5)
        assert line.ear.pcm == sound_of(HELLO) * 2 + sound_of(BYE)
        assert opened.asked == [HELLO, BYE]


@pytest.mark.parametrize("kind", ["deepgram", "cartesia"])
async def test_phrase_is_not_kept_when_the_connection_is_lost(
    kind: str, phrases: PhraseCache, dial: Dial
) -> None:
    async with studio() as opened, dial(service_of(kind, opened, phrases)) as line:
        await opened.connected.get()
        opened.breaks_off = True
        await line.worker.queue_frame(TTSSpeakFrame(HELLO))
        await asyncio.wait_for(opened.connected.get(), 10)
        await line.say(BYE)
        assert (await line.say(HELLO)).endswith(sound_of(HELLO))
        assert opened.asked == [HELLO, BYE, HELLO]


async def test_interrupted_phrase_is_not_kept_nor_its_late_audio(
    phrases: PhraseCache, dial: Dial
) -> None:
    async with studio() as opened, dial(service_of("deepgram", opened, phrases)) as line:
        opened.holds = True
        await line.worker.queue_frame(TTSSpeakFrame(HELLO))
        await asyncio.wait_for(line.ear.audible.wait(), 5)
        await line.interrupt()
        opened.holds = False
        assert await line.say(BYE) == sound_of(HELLO) + sound_of(BYE)
        opened.late = b""
        assert await line.say(BYE) == sound_of(BYE)
        assert opened.asked == [HELLO, BYE, BYE]
