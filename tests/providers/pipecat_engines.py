"""Engines of services that pipecat ships, loaded without a model store and with made-up keys."""

from collections.abc import Mapping
from typing import Any

from pipecat.processors.frame_processor import FrameProcessor

from eval.engines import NoModels
from providers.contracts import LLMOptions, LoadContext, STTOptions, TTSOptions
from providers.errors import ProviderError
from providers.pipecat_services import PipecatLLM, PipecatSTT, PipecatTTS
from providers.spec import ProviderSpec, Slot
from providers.tts.cache import PhraseCache

Engine = PipecatSTT | PipecatLLM | PipecatTTS
ENGINES: Mapping[Slot, type[Engine]] = {
    Slot.STT: PipecatSTT,
    Slot.LLM: PipecatLLM,
    Slot.TTS: PipecatTTS,
}


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
