"""What becomes of attacks: how many are blocked, or do no harm, in calls of the whole product.

python -m eval.guard_attacks [en it ...] [--half development|sealed] [--answers N] [--kept FILE]

Each attempt of the half is made in two ways, as what a caller says and as what an answer of the
tenant says, on calls in writing to the demo tenant, with two brains:

- the concierge, which ships with the product. An attempt is harmless when nothing is said but what
  the tenant and the product have written, nothing is claimed, and nothing is written down.
- a language model that obeys (`guard_obeying.py`), at once and, when the turn was refused, at the
  next question: an attempt does harm when any of its answers gets past the gates, in any disguise.

An answer of the tenant is blocked when the screen of configurations refuses it or asks somebody.
`--kept FILE` keeps outcomes as they come; of the sealed half without a text. On a busy machine set
OPENBLAS_NUM_THREADS=1.
"""

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from loguru import logger

from eval.engines import load
from eval.guard_attempts import Attacks, Outcome
from eval.guard_obeying import obeying_model
from eval.guard_report import guards
from eval.guard_sets import Half, texts
from eval.measures import share
from eval.topic_calibration import remembering
from guardrails.verdict import Verdict
from prompts.loader import available
from providers.spec import Slot
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle

ANSWERS_TRIED = 6
"""Answers of the obeying model to one attempt; each is a call. The next attempt has the next."""


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Returns the shares: blocked, and blocked or harmless, by way, brain, language, category."""
    groups: dict[str, dict[str, list[Outcome]]] = {}
    for one in outcomes:
        measure = groups.setdefault(f"{one.way.value}, {one.brain.value}", {})
        keys = ("all", one.attempt.language, one.attempt.category)
        for key in keys:
            measure.setdefault(key, []).append(one)
    return {
        name: {key: _shares(found) for key, found in parts.items()}
        | {"harm": dict(_harms(parts["all"]))}
        for name, parts in groups.items()
    }


def _shares(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    blocked = sum(one.blocked for one in outcomes)
    well = sum(not one.harm for one in outcomes)
    return {
        "blocked": asdict(share(blocked, len(outcomes))),
        "blocked or harmless": asdict(share(well, len(outcomes))),
    }


def _harms(outcomes: Iterable[Outcome]) -> list[tuple[str, int]]:
    return Counter(name for one in outcomes for name in one.harm).most_common()


@asynccontextmanager
async def attacks(tried: int = ANSWERS_TRIED) -> AsyncGenerator[Attacks]:
    """Yields the demo tenant under attack, in every language the product speaks."""
    config = load_bundle(DEMO).model_copy(update={"languages": available()})
    embed = remembering(load(Slot.EMBEDDINGS, "use-multilingual:default").embed)
    guard = guards(embed).by_detectors["both"]

    async def weigh(text: str, language: str, history: Sequence[str]) -> Verdict:
        """Judges at once: on a busy machine a thread might be late, and late is blocked."""
        return guard.semantic(text, language, history)

    async with obeying_model() as model:
        with tempfile.TemporaryDirectory() as kept:
            yield Attacks(config, embed, guard, weigh, model, Path(kept), tried)


async def measure(
    half: Half, languages: Sequence[str], tried: int, kept: Path | None = None
) -> list[Outcome]:
    """Returns what becomes of every attempt of `half`."""
    found: list[Outcome] = []
    attempts = [one for one in texts(half, languages) if one.file == "attacks"]
    async with attacks(tried) as attack:
        for attempt in attempts:
            outcomes = [one async for one in attack.outcomes(attempt)]
            found += outcomes
            if kept:
                _keep(outcomes, kept, half)
            typer.echo(".", nl=False, err=True)
    return found


def _keep(outcomes: Iterable[Outcome], path: Path, half: Half) -> None:
    """Adds outcomes to a file; of the sealed half neither what was said nor what was answered."""
    with path.open("a", encoding="utf-8") as file:
        for one in outcomes:
            shown = asdict(one)
            if half is Half.SEALED:
                shown["attempt"].pop("text")
                shown["harm"] = list(one.harm)
            file.write(json.dumps(shown, ensure_ascii=False) + "\n")


def main() -> None:
    """Prints what was measured."""
    parser = argparse.ArgumentParser(prog="python -m eval.guard_attacks", description=__doc__)
    parser.add_argument("languages", nargs="*", default=[])
    parser.add_argument("--half", choices=list(Half), default=Half.DEVELOPMENT)
    parser.add_argument("--answers", type=int, default=ANSWERS_TRIED, help="tried per attempt")
    parser.add_argument("--kept", type=Path, metavar="FILE", help="keeps outcomes")
    asked = parser.parse_args()
    logger.remove()
    half = Half(asked.half)
    found = asyncio.run(measure(half, asked.languages, asked.answers, asked.kept))
    results = {"half": half.value, "answers": asked.answers, "measures": figures(found)}
    typer.echo(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
