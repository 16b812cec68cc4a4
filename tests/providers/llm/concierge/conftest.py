from collections.abc import Mapping
from dataclasses import replace

import pytest

from prompts.loader import available, load
from providers.contracts import Embedder, LLMOptions, LoadContext
from providers.embeddings.use_multilingual import UseMultilingual
from providers.llm.concierge.engine import ConciergeLLM
from providers.llm.concierge.turn import Language
from providers.spec import ProviderSpec


@pytest.fixture(scope="session")
def brain(context: LoadContext) -> ConciergeLLM:
    """The engine on the real embeddings."""

    def embedder(spec: ProviderSpec) -> Embedder:
        return UseMultilingual.load(spec, replace(context, threads=1))

    spec = ProviderSpec(id="concierge:default")
    engine = ConciergeLLM.load(spec, replace(context, embedder=embedder))
    engine.warm_up()
    return engine


@pytest.fixture(scope="session")
def languages(brain: ConciergeLLM) -> Mapping[str, Language]:
    """What calls share, by language."""
    return {
        code: brain.language(LLMOptions(language=code, texts=load(code).concierge))
        for code in available()
    }
