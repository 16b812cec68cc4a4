"""Which engines a process loads for a slot, and what happens when some cannot be loaded."""

from typing import Any

import pytest
from loguru import logger

from providers.errors import ProviderError
from providers.fallback.brain import BrainChain
from providers.fallback.voice import VoiceChain
from providers.models.store import ModelStore
from providers.resources import ProcessResources
from providers.spec import ProviderChain, ProviderSpec, Slot
from providers.tts.cache import PhraseCache
from receptionist.chains import Chains, for_language, with_concierge
from receptionist.tenants.config import Engines

pytestmark = pytest.mark.integration


def no_secret(provider: str, reference: str) -> str:
    raise ProviderError(f"{reference} is not set.", provider=provider, fix="Set it.")


@pytest.fixture
async def chains(models: ModelStore) -> Any:
    resources = ProcessResources(models=models, phrases=PhraseCache(None, 0), secret=no_secret)
    chains = Chains(resources)
    yield chains
    await chains.close()
    await resources.close()


KEYED = ProviderSpec(id="openai:m", secrets={"api_key": "env:NOBODY"})


def ids(chain: Any) -> list[str]:
    return [health.engine.spec.id for health in chain.healths]


def test_one_engine_may_be_written_without_a_list() -> None:
    engines = Engines.model_validate({"llm": ["openai:m", "fake:x"], "stt": {"*": "vosk:en"}})
    assert [spec.id for spec in engines.llm] == ["openai:m", "fake:x"]
    assert [spec.id for spec in engines.stt["*"]] == ["vosk:en"]


def test_an_empty_list_of_engines_is_refused() -> None:
    with pytest.raises(ValueError, match=r"llm\n.*at least 1"):
        Engines.model_validate({"llm": []})


def test_a_time_out_of_its_own_does_not_make_an_engine_another() -> None:
    assert ProviderSpec(id="a:b", timeout_ms=300).key == ProviderSpec(id="a:b").key


def test_the_engines_for_any_language_take_over_where_those_of_one_fail() -> None:
    one, two = ProviderSpec(id="a:1"), ProviderSpec(id="b:2")
    specs: dict[str, ProviderChain] = {"en": (one, two), "it": (two,), "*": (two,)}
    assert for_language(specs, "en") == (one, two)
    assert for_language(specs, "de") == (two,)


def test_the_concierge_is_behind_every_brain_but_itself() -> None:
    assert [spec.id for spec in with_concierge([KEYED])] == ["openai:m", "concierge:default"]
    alone = (ProviderSpec(id="concierge:default"),)
    assert with_concierge(alone) == alone


async def test_an_engine_without_its_key_is_left_out_and_said(chains: Chains) -> None:
    warnings: list[str] = []
    sink = logger.add(warnings.append, level="WARNING", format="{message}")
    try:
        voice = await chains.load(Slot.TTS, [KEYED, ProviderSpec(id="espeak:default")])
    finally:
        logger.remove(sink)
    assert voice.spec.id == "espeak:default"
    [warning] = warnings
    assert "tts does without openai:m" in warning
    assert "Set it." in warning


async def test_remote_voices_alone_have_the_local_last_resort_behind_them(chains: Chains) -> None:
    remote = ProviderSpec(id="openai:m", settings={"base_url": "http://127.0.0.1:1/v1"})
    voice = await chains.load(Slot.TTS, [remote])
    assert isinstance(voice, VoiceChain)
    assert ids(voice) == ["openai:m", "espeak:default"]
    assert voice.rate_hz == 24_000


async def test_what_one_language_learns_of_an_engine_the_others_know(chains: Chains) -> None:
    remote = ProviderSpec(id="openai:m", settings={"base_url": "http://127.0.0.1:1/v1"})
    espeak, fake = ProviderSpec(id="espeak:default"), ProviderSpec(id="fake:v")
    one = await chains.load(Slot.TTS, [remote, espeak])
    other = await chains.load(Slot.TTS, [remote, fake])
    assert isinstance(one, VoiceChain)
    assert isinstance(other, VoiceChain)
    assert one.healths[0] is other.healths[0]


async def test_a_brain_that_is_not_there_yet_has_the_concierge_behind_it(chains: Chains) -> None:
    remote = ProviderSpec(id="openai:m", settings={"base_url": "http://127.0.0.1:1/v1"})
    brain = await chains.load(Slot.LLM, [remote])
    assert isinstance(brain, BrainChain)
    assert ids(brain) == ["openai:m", "concierge:default"]


async def test_when_nothing_can_be_loaded_the_first_error_is_raised(models: ModelStore) -> None:
    nothing = ModelStore(models.path / "nowhere")
    resources = ProcessResources(models=nothing, phrases=PhraseCache(None, 0), secret=no_secret)
    chains = Chains(resources)
    with pytest.raises(ProviderError, match="NOBODY"):
        await chains.load(Slot.STT, [KEYED])
    await chains.close()
    await resources.close()
