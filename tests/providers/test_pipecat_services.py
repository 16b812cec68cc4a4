"""Every service that pipecat ships, found, set up and built."""

import asyncio
import re
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pipecat.services.llm_service import LLMService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from providers.errors import ProviderError
from providers.installation import install_command
from providers.models.store import ModelStore
from providers.pipecat_catalogue import PipecatServiceInfo, catalogue
from providers.pipecat_services import PipecatTTS
from providers.spec import Slot
from tests.providers.pipecat_engines import ENGINES, Engine, Keys, load, service_of

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


def name_of(service: PipecatServiceInfo) -> str:
    return f"{service.slot.value}-{service.name}"


@contextmanager
def warning_of_xtts_alone() -> Generator[None]:
    """XTTS calls its own default language deprecated, in a way that no filter can stop."""
    with warnings.catch_warnings(record=True) as caught:
        yield
    said = [str(warning.message) for warning in caught]
    assert [text for text in said if "XTTSService(language=...)" not in text] == []


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
    command = install_command(f"pipecat-ai[{service.extra}]==1.14.0")
    assert caught.value.fix == f"Run `{command}`."
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
    with warning_of_xtts_alone():
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
        (Slot.STT, "deepgram", {}, {}, ["-m pip install 'pipecat-ai[deepgram]==1.14.0'"]),
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
    with warning_of_xtts_alone(), pytest.raises(ProviderError, match="voice must be specified"):
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
