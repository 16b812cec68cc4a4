"""How long the guard takes: python -m eval.guard_speed [--rules-alone] [--weights FILE] [--json].

Rules are timed on every turn of the development half, one text at a time, and on turns of 20,000
characters made of the words rules look for, in CPU time. The judgement by meaning is timed by the
clock on the wall, on sentences it has not seen before, idle and while the concierge answers calls
in another thread of the process.
"""

import argparse
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import typer
from loguru import logger

from eval.concierge_speed import turn_times
from eval.engines import load
from eval.guard_report import guards
from eval.guard_sets import Half, Labelled, texts
from guardrails.guard import Guard
from guardrails.head.head import WEIGHTS
from guardrails.verdict import Stage
from providers.spec import Slot

ROUNDS = 3
LONG_CHARACTERS = 20_000
MEANINGS = 400
"""Turns judged by meaning."""


def measure(guard: Guard, turns: Sequence[Labelled], *, meaning: bool) -> dict[str, Any]:
    """Returns times in milliseconds.

    Args:
        guard: Of the product.
        turns: That are judged, three and more of each language.
        meaning: Whether it has a head.
    """
    languages = sorted({one.language for one in turns})
    by_language = {code: [one for one in turns if one.language == code] for code in languages}
    results: dict[str, Any] = {
        "turn_ms": {code: _by(guard.turn, ones) for code, ones in by_language.items()},
        "turn_with_two_before_ms": {
            code: _times(_with_two_before(guard, ones)) for code, ones in by_language.items()
        },
        "interim_ms": {code: _by(guard.interim, ones) for code, ones in by_language.items()},
        "turn_of_20000_characters_ms": {
            code: _times(_judging(guard.turn, _long(ones), code) for _ in range(ROUNDS))
            for code, ones in by_language.items()
        },
    }
    if meaning:
        asked = list(islice(cycle(turns), MEANINGS * 2))
        results["by_meaning_ms"] = {
            "idle": _by_meaning(guard, asked[:MEANINGS]),
            "beside a concierge": _beside_a_concierge(lambda: _by_meaning(guard, asked[MEANINGS:])),
        }
    return results


def _by(judge: Callable[[str, str], object], turns: Sequence[Labelled]) -> dict[str, float]:
    for one in turns:
        judge(one.text, one.language)
    return _times(_judging(judge, one.text, one.language) for _ in range(ROUNDS) for one in turns)


def _with_two_before(guard: Guard, turns: Sequence[Labelled]) -> Iterable[float]:
    for before, between, one in zip(turns, turns[1:], turns[2:], strict=False):
        began_s = time.thread_time()
        guard.turn(one.text, one.language, (before.text, between.text))
        yield 1000 * (time.thread_time() - began_s)


def _judging(
    judge: Callable[[str, str], object],
    text: str,
    language: str,
    clock: Callable[[], float] = time.thread_time,
) -> float:
    began_s = clock()
    judge(text, language)
    return 1000 * (clock() - began_s)


def _by_meaning(guard: Guard, turns: Iterable[Labelled]) -> dict[str, float]:
    """Times sentences with another ending each, for what is known already is not judged anew."""
    return _times(
        _judging(guard.semantic, f"{one.text} {number}", one.language, time.perf_counter)
        for number, one in enumerate(turns)
    )


def _beside_a_concierge(work: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Returns what `work` comes to while a concierge answers without a pause."""
    answers, over = threading.Event(), threading.Event()

    def answer() -> None:
        try:
            turn_times()  # loads it
        finally:
            answers.set()
        while not over.is_set():
            turn_times()

    concierge = threading.Thread(target=answer, daemon=True)
    concierge.start()
    answers.wait()
    try:
        return work()
    finally:
        over.set()


def _long(turns: Sequence[Labelled]) -> str:
    """Returns a turn that has as many words of rules as fit, without an end of a sentence."""
    wanted = [one.text for one in turns if one.category] or [one.text for one in turns]
    words = " ".join(wanted).translate(str.maketrans(dict.fromkeys(".?!;:", " "))).split()
    return " ".join(islice(cycle(words), LONG_CHARACTERS))[:LONG_CHARACTERS]


def _times(took_ms: Iterable[float]) -> dict[str, float]:
    ordered = np.asarray(list(took_ms))
    p50, p95, p99 = np.percentile(ordered, [50, 95, 99])
    found = {"p50": p50, "p95": p95, "p99": p99, "max": ordered.max()}
    return {"n": len(ordered)} | {name: round(float(value), 3) for name, value in found.items()}


def main() -> None:
    """Prints what was measured."""
    parser = argparse.ArgumentParser(prog="python -m eval.guard_speed", description=__doc__)
    parser.add_argument("--rules-alone", action="store_true", help="without the embedding head")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="of the embedding head")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    asked = parser.parse_args()
    logger.remove()
    results: dict[str, Any] = {"load_average_before": os.getloadavg()[0]}
    embed = None
    if not asked.rules_alone:
        embed = load(Slot.EMBEDDINGS, "use-multilingual:default").embed
    guard = guards(embed, asked.weights).by_detectors["both"]
    turns = [one for one in texts(Half.DEVELOPMENT) if one.stage is Stage.TURN]
    results |= measure(guard, turns, meaning=embed is not None)
    results["load_average_after"] = os.getloadavg()[0]
    typer.echo(json.dumps(results, indent=None if asked.json else 2))


if __name__ == "__main__":
    main()
