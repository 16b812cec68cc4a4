"""`concierge:default`: the embedded brain as an engine."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from providers.contracts import Capabilities, Embedder, LLMEngine, LLMOptions, LoadContext
from providers.llm.concierge.capture.details import DetailReader, readers
from providers.llm.concierge.concierge import Concierge
from providers.llm.concierge.grammar import Grammar
from providers.llm.concierge.service import ConciergeService
from providers.llm.concierge.texts import parse
from providers.llm.concierge.turn import Language
from providers.llm.concierge.understanding import Understanding
from providers.spec import ProviderSpec

EMBEDDINGS = "use-multilingual:default"


class ConciergeLLM(LLMEngine):
    """Answers without a language model: sentence embeddings, exact parsers and templates.

    The setting `embeddings` names another embedding engine.
    """

    capabilities = Capabilities(streaming=True, local=True, p50_ms=4, p99_ms=20)

    def __init__(self, spec: ProviderSpec, embedder: Embedder) -> None:
        super().__init__(spec)
        self._embedder = embedder
        self._languages: dict[int, tuple[Mapping[str, Any], Language]] = {}
        self._lock = threading.Lock()

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Loads the embedding engine; languages follow as calls, or `prepare`, ask for them."""
        wanted = str(spec.settings.get("embeddings", EMBEDDINGS))
        return cls(spec, context.embedder(ProviderSpec(id=wanted)))

    def warm_up(self) -> None:
        """Pays for the first embedding."""
        self._embedder.warm_up()
        self._embedder.embed(["."])

    def prepare(self, options: LLMOptions) -> None:
        """Makes what calls with these texts share. Blocking, about 0.3 s.

        Raises:
            ProviderError: the texts are not valid.
        """
        self.language(options)

    def language(self, options: LLMOptions) -> Language:
        """Returns what calls with these texts share, made once.

        Raises:
            ProviderError: the texts are not valid.
        """
        with self._lock:
            known = self._languages.get(id(options.texts))
            if known and known[0] is options.texts:
                return known[1]
            texts = parse(options.texts, provider=self.spec.id)
            grammar = Grammar(texts, provider=self.spec.id)
            language = Language(
                grammar=grammar,
                understanding=Understanding(grammar, self._embedder),
                details=DetailReader(grammar, readers(grammar, options.language)),
            )
            # Holding the texts keeps their identity from being given to others.
            self._languages[id(options.texts)] = (options.texts, language)
            return language

    def service(self, options: LLMOptions) -> ConciergeService:
        """Returns the brain of one call.

        Raises:
            ProviderError: the texts are not valid.
        """
        texts = {**options.others, options.language: options.texts}

        def other(code: str) -> Language | None:
            if code not in texts:
                return None
            return self.language(replace(options, language=code, texts=texts[code]))

        concierge = Concierge(self.language(options), company=options.company, others=other)
        return ConciergeService(concierge)
