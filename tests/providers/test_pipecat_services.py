"""Every service that pipecat ships, found, set up and built; two of them driven end to end."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
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
from pipecat.services.llm_service import LLMService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.tests.utils import SleepFrame, run_test
from pipecat.utils.errors import ErrorCategory
from websockets.asyncio.server import ServerConnection, serve

from providers.contracts import LLMOptions, LoadContext, STTOptions, TTSOptions
from providers.errors import ProviderError
from providers.fakes import tone
from providers.models.store import ModelStore
from providers.pipecat_catalogue import PipecatServiceInfo, catalogue
from providers.pipecat_services import PipecatLLM, PipecatSTT, PipecatTTS
from providers.spec import ProviderSpec, Slot
from providers.tts.cache import PhraseCache

pytestmark = [
    pytest.mark.integration,
    # On pipecat's list although it is deprecated.
    pytest.mark.filterwarnings("ignore:.XTTSService. is deprecated:DeprecationWarning"),
]

SERVICES = catalogue()
INSTALLED = [service for service in SERVICES if service.installed]
MISSING = [service for service in SERVICES if not service.installed]
LOCAL = {("stt", "whisper"), ("tts", "piper"), ("tts", "kokoro")}
NEEDS_VOICE = {"xtts"}
Engine = PipecatSTT | PipecatLLM | PipecatTTS
ENGINES: Mapping[Slot, type[Engine]] = {
    Slot.STT: PipecatSTT,
    Slot.LLM: PipecatLLM,
    Slot.TTS: PipecatTTS,
}


def name_of(service: PipecatServiceInfo) -> str:
    return f"{service.slot.value}-{service.name}"


class NoModels:
    """No remote service asks for a model."""

    def folder(self, name: str) -> Path:
        raise ProviderError("no such model.", provider=f"model:{name}")


class Keys:
    """Hands out secrets and notes which were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(self, provider: str, reference: str) -> str:
        self.asked.append((provider, reference))
        return "key-of-" + reference.partition(":")[2]


def load_context(keys: Keys | None = None) -> LoadContext:
    def embedder(spec: ProviderSpec) -> Any:
        raise ProviderError("no embedder", provider=spec.id)

    return LoadContext(
        models=NoModels(),
        secret=keys or Keys(),
        threads=1,
        phrases=PhraseCache(None, 1 << 20),
        embedder=embedder,
    )


def load(slot: Slot, name: str, settings: Any = None, secrets: Any = None, **kwargs: Any) -> Engine:
    spec = ProviderSpec(id=f"pipecat:{name}", settings=settings or {}, secrets=secrets or {})
    return ENGINES[slot].load(spec, load_context(**kwargs))


def service_of(engine: Engine, language: str = "it") -> FrameProcessor:
    match engine:
        case PipecatSTT():
            return engine.service(STTOptions(language=language, rate_hz=16_000))
        case PipecatLLM():
            return engine.service(LLMOptions(language=language, instructions="Be brief."))
        case PipecatTTS():
            return engine.service(TTSOptions(language=language, rate_hz=16_000))


def follow_the_errors(service: PipecatServiceInfo) -> Engine:
    """Sets a service up as a newcomer does: by doing what each error says."""
    settings: dict[str, str] = {}
    secrets: dict[str, str] = {}
    name = f"{service.name}/some-voice" if service.name in NEEDS_VOICE else service.name
    for _ in range(5):
        try:
            return load(service.slot, name, settings, secrets)
        except ProviderError as error:
            secret = re.search(r"`secrets: \{(\w+): (env:\w+)\}`", error.fix)
            setting = re.search(r"`settings: \{(\w+): …\}`", error.fix)
            if secret:
                secrets[secret[1]] = secret[2]
            elif setting:
                settings[setting[1]] = "http://127.0.0.1:1"
            else:
                raise
    raise AssertionError(f"the errors of {service.name} lead nowhere: {settings} {secrets}")


def test_the_whole_list_of_pipecat_is_there_and_most_of_it_works_at_once() -> None:
    assert len(SERVICES) >= 90
    assert len(INSTALLED) >= 55
    assert len({name_of(service) for service in SERVICES}) == len(SERVICES)
    assert {service.slot for service in SERVICES} == set(ENGINES)


@pytest.mark.parametrize("service", MISSING, ids=name_of)
def test_a_service_that_is_not_installed_names_its_extra(service: PipecatServiceInfo) -> None:
    with pytest.raises(ProviderError, match="is not installed") as caught:
        load(service.slot, service.name)
    assert caught.value.fix == f"Run `pip install 'pipecat-ai[{service.extra}]==1.14.0'`."
    assert not caught.value.retryable


@pytest.mark.parametrize(
    "service",
    [one for one in INSTALLED if (one.slot.value, one.name) not in LOCAL],
    ids=name_of,
)
async def test_each_installed_service_is_built_by_following_its_errors(
    service: PipecatServiceInfo,
) -> None:
    engine = follow_the_errors(service)
    await asyncio.to_thread(engine.warm_up)
    built = service_of(engine)
    kinds = {Slot.STT: STTService, Slot.LLM: LLMService, Slot.TTS: TTSService}
    assert isinstance(built, kinds[service.slot])
    assert not engine.capabilities.local
    await engine.close()


def test_services_that_run_in_this_process_are_built_from_the_model_store(
    models: ModelStore, tmp_path: Path
) -> None:
    voices = tmp_path / "voices.npz"
    heart = np.fromfile(models.folder("kokoro-voices") / "af_heart.bin", np.float32)
    np.savez(voices, af_heart=heart.reshape(-1, 1, 256))
    model = next(models.folder("kokoro").glob("*.onnx"))
    engines = [
        load(Slot.STT, f"whisper/{models.folder('whisper-base')}", {"device": "cpu"}),
        load(Slot.TTS, "piper/en_US-joe-medium", {"download_dir": str(models.folder("piper-joe"))}),
        load(
            Slot.TTS,
            "kokoro/af_heart",
            {"model_path": str(model), "voices_path": str(voices)},
        ),
    ]
    for engine in engines:
        assert engine.capabilities.local
        assert isinstance(service_of(engine, "en"), STTService | TTSService)


@pytest.mark.parametrize("name", ["cartesia", "cartesia_stt", "cartesia-turns"])
def test_a_service_is_found_by_both_spellings_of_its_name(name: str) -> None:
    engine = load(Slot.STT, name, secrets={"api_key": "env:K"})
    assert type(service_of(engine)).__name__.startswith("Cartesia")


@pytest.mark.parametrize(
    ("slot", "name", "settings", "secrets", "words"),
    [
        (Slot.STT, "cartesiaa", {}, {}, ["no stt service 'cartesiaa'", "cartesia"]),
        (Slot.TTS, "whisper", {}, {}, ["no tts service 'whisper'"]),
        (Slot.STT, "cartesia", {}, {}, ["'api_key'", "secrets: {api_key: env:CARTESIA_API_KEY}"]),
        (Slot.TTS, "minimax", {}, {"api_key": "env:K"}, ["'group_id'", "settings: {group_id: …}"]),
        (Slot.LLM, "openai", {}, {}, ["secrets: {api_key: env:OPENAI_API_KEY}"]),
        (Slot.STT, "cartesia", {"api_key": "sk-1"}, {}, ["Move it to `secrets: {api_key: env:"]),
        (
            Slot.STT,
            "cartesia",
            {"modle": "x"},
            {"api_key": "env:K"},
            ["'modle'", "base_url", "model"],
        ),
        (Slot.STT, "cartesia", {}, {"apikey": "env:K"}, ["secret 'apikey'", "api_key"]),
        (Slot.TTS, "cartesia/a", {"voice": "b"}, {"api_key": "env:K"}, ["twice", "'voice'"]),
        (Slot.TTS, "elevenlabs", {"speed": "fast"}, {"api_key": "env:K"}, ["'speed' is 'fast'"]),
        (Slot.STT, "deepgram", {}, {}, ["pip install 'pipecat-ai[deepgram]==1.14.0'"]),
    ],
)
def test_a_wrong_set_up_names_its_fix(
    slot: Slot, name: str, settings: Any, secrets: Any, words: Sequence[str]
) -> None:
    with pytest.raises(ProviderError) as caught:
        load(slot, name, settings, secrets)
    message = str(caught.value)
    assert message.startswith(f"pipecat:{name}: ")
    assert all(word in message for word in words), message
    assert "sk-1" not in message


def test_a_setting_the_vendor_refuses_is_known_before_the_first_call() -> None:
    engine = load(Slot.TTS, "xtts", {"base_url": "http://127.0.0.1:1"})
    with pytest.raises(ProviderError, match="voice must be specified"):
        engine.warm_up()


def test_settings_secrets_language_and_rate_arrive_where_the_service_wants_them() -> None:
    keys = Keys()
    engine = load(
        Slot.TTS,
        "cartesia/some-voice",
        {"model": "sonic-9", "url": "ws://x/y", "generation_config": {"speed": 1.1}},
        {"api_key": "env:MY_KEY"},
        keys=keys,
    )
    service: Any = service_of(engine)
    assert keys.asked == [("pipecat:cartesia/some-voice", "env:MY_KEY")]
    assert service._api_key == "key-of-MY_KEY"
    assert (service.settings.voice, service.settings.model) == ("some-voice", "sonic-9")
    assert service.settings.generation_config.speed == 1.1
    assert (service._url, service._init_sample_rate) == ("ws://x/y", 16_000)
    assert service.settings.language == "it"
    assert engine.capabilities.word_times
    assert engine.capabilities.streaming


@pytest.mark.parametrize(
    ("name", "settings", "field", "value"),
    [
        ("cartesia", {}, "language", "it"),
        ("elevenlabs_realtime", {}, "language", "ita"),
        ("soniox", {}, "language_hints", ["it"]),
        ("assemblyai", {}, "language_codes", ["it"]),
        ("soniox", {"language_hints": ["it", "en"]}, "language_hints", ["it", "en"]),
        ("cartesia", {"language": "de"}, "language", "de"),
    ],
)
def test_the_language_of_the_call_yields_to_the_tenant(
    name: str, settings: Any, field: str, value: Any
) -> None:
    service: Any = service_of(load(Slot.STT, name, settings, {"api_key": "env:K"}))
    assert getattr(service.settings, field) == value


def test_gladia_is_told_the_language_in_its_own_way() -> None:
    service: Any = service_of(load(Slot.STT, "gladia", {}, {"api_key": "env:K"}))
    assert service.settings.language_config.languages == ["it"]


def test_a_model_name_may_hold_slashes() -> None:
    engine = load(Slot.LLM, "together/meta-llama/Llama-3", {}, {"api_key": "env:K"})
    service: Any = service_of(engine)
    assert service.settings.model == "meta-llama/Llama-3"
    assert service.settings.system_instruction == "Be brief."


def test_calls_share_the_client_of_an_openai_compatible_service() -> None:
    engine = load(Slot.LLM, "groq", {}, {"api_key": "env:K"})
    first, second = service_of(engine), service_of(engine)
    assert first is not second
    assert vars(first)["_client"] is vars(second)["_client"]


def test_a_voice_of_one_rate_says_so_and_keeps_it() -> None:
    engine = load(Slot.TTS, "openai", {}, {"api_key": "env:K"})
    assert isinstance(engine, PipecatTTS)
    service: Any = service_of(engine)
    assert engine.rate_hz == service._init_sample_rate == 24_000
    assert engine.capabilities.rates_hz == (24_000,)


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
