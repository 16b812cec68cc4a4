"""What the guard adds to a caller's wait: python -m eval.guard_calls [en it ...] [--rounds 3].

The same scripted calls are placed with the guard and without it, in turn, so that whatever else the
machine does falls on both. Once on a virtual clock, on which engines and judging take no time: what
is left is waiting by design. Then in real time.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import typer
from loguru import logger

from eval.clock import run_virtual
from eval.engines import load
from eval.guard_report import guards
from eval.measures import spread
from eval.voice_calls import Switchboard
from eval.voice_calls_line import Office, Placed, place
from eval.voice_calls_script import read
from guardrails.head.head import WEIGHTS
from providers.models.store import ModelStore
from providers.spec import Slot
from receptionist.guard.contract import Guards
from receptionist.guard.process import guards_of
from receptionist.guard.weighing import WeighingThread
from receptionist.settings import Settings
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle

CALLS = ("faq", "faq-follow-up")
Run = Callable[[Coroutine[Any, Any, Placed]], Placed]


def measure(
    board: Switchboard, guarding: Guards, spoken: Sequence[str], rounds: int
) -> dict[str, Any]:
    """Returns voice to voice in milliseconds, on both clocks, with the guard and without."""
    clocks: dict[str, tuple[Run, int]] = {
        "virtual clock": (run_virtual, 1),
        "real time": (asyncio.run, rounds),
    }
    return {
        name: _both(board, guarding, spoken, run, times) for name, (run, times) in clocks.items()
    }


def _both(
    board: Switchboard, guarding: Guards, spoken: Sequence[str], run: Run, rounds: int
) -> dict[str, Any]:
    waits_ms: dict[str, list[float]] = {"with": [], "without": []}
    for number in range(rounds):
        order = ("with", "without") if number % 2 else ("without", "with")
        for language in spoken:
            office = board.office(language)
            for kind in order:
                chosen = replace(office, guards=guarding if kind == "with" else None)
                waits_ms[kind] += _waits_ms(board, chosen, run)
                typer.echo(".", nl=False, err=True)
    return {kind: asdict(spread(found)) for kind, found in waits_ms.items()}


def _waits_ms(board: Switchboard, office: Office, run: Run) -> list[float]:
    scripts = read(office.language)
    calls = [call for call in scripts.calls if call.id in CALLS]
    voice = board.voice(office.language, scripts.voices[0])
    placed = [run(place(office, scripts, call, voice)) for call in calls]
    return [wait.voice_to_voice_ms for one in placed for wait in one.waits]


def main() -> None:
    """Prints what was measured."""
    parser = argparse.ArgumentParser(prog="python -m eval.guard_calls", description=__doc__)
    parser.add_argument("languages", nargs="*", default=["en"])
    parser.add_argument("--rounds", type=int, default=3, help="in real time")
    parser.add_argument("--speech", type=Path, help="folder that keeps the callers' speech")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="of the embedding head")
    asked = parser.parse_args()
    logger.remove()
    results: dict[str, Any] = {"load_average_before": os.getloadavg()[0]}
    board = Switchboard(ModelStore(Settings().models_dir), asked.speech, own_voices=False)
    embed = load(Slot.EMBEDDINGS, "use-multilingual:default").embed
    guard = guards(embed, asked.weights).by_detectors["both"]
    weighing = WeighingThread(guard.semantic)
    try:
        guarding = guards_of(guard, weighing, load_bundle(DEMO))
        results |= measure(board, guarding, asked.languages, asked.rounds)
    finally:
        weighing.close()
    results["load_average_after"] = os.getloadavg()[0]
    typer.echo(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
