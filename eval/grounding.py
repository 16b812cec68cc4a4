"""How well answers without a source are told from those with one: `python -m eval.grounding`."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from statistics import median
from typing import Any

import typer
import yaml

from eval.engines import load
from prompts.loader import available
from prompts.loader import load as load_texts
from providers.contracts import Embedder
from providers.spec import Slot
from receptionist.calls.grounding import Grounds, Sources, examples
from receptionist.calls.speech_gate import SpeechGate


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One answer and what was found wrong with it."""

    language: str
    answer: str
    grounded: bool
    fault: str
    took_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What came of all answers.

    Attributes:
        replaced: Share of the answers without a source that are not said.
        wronged: Share of the answers with a source that are not said either.
        median_ms: Time to judge one.
    """

    judged: tuple[Judged, ...]

    @property
    def replaced(self) -> float:
        """Returns the share of ungrounded answers that are found."""
        faults = [bool(each.fault) for each in self.judged if not each.grounded]
        return sum(faults) / len(faults)

    @property
    def wronged(self) -> float:
        """Returns the share of grounded answers that are taken for ungrounded."""
        faults = [bool(each.fault) for each in self.judged if each.grounded]
        return sum(faults) / len(faults)

    @property
    def median_ms(self) -> float:
        """Returns how long one takes."""
        return median(each.took_ms for each in self.judged)


TUNED, UNSEEN = "grounding.yaml", "grounding-unseen.yaml"
"""Answers the thresholds were set with, and others."""


def judge(data: str) -> Tally:
    """Judges every answer of a file of `eval/data`."""
    embedder: Embedder = load(Slot.EMBEDDINGS, "use-multilingual:default")
    known = examples([load_texts(language).guide for language in available()], embedder.embed)
    text = resources.files("eval").joinpath(f"data/{data}").read_text(encoding="utf-8")
    return Tally(
        judged=tuple(
            each for case in yaml.safe_load(text) for each in _judged(case, embedder, known)
        )
    )


def _judged(case: Mapping[str, Any], embedder: Embedder, known: Any) -> Iterator[Judged]:
    language = case["language"]
    sources = Sources(
        texts=case["sources"],
        words=[],
        languages=[case.get("source_language", language)],
    )
    grounds = Grounds(sources, language, embedder.embed, known)
    grounds.fault("1")  # the tables of the language
    for grounded in (True, False):
        for answer in case["grounded" if grounded else "ungrounded"]:
            began_s = time.perf_counter()
            gate = SpeechGate(grounds.fault)
            gate.feed(answer)
            gate.finish()
            yield Judged(
                language=language,
                answer=answer,
                grounded=grounded,
                fault=gate.blocked,
                took_ms=(time.perf_counter() - began_s) * 1000,
            )


def main() -> None:
    """Prints the figures and the mistakes."""
    for data in (TUNED, UNSEEN):
        tally = judge(data)
        for each in tally.judged:
            if bool(each.fault) == each.grounded:
                mistake = "wronged" if each.grounded else "missed"
                typer.echo(f"{mistake} {each.language}: {each.answer} {each.fault}")
        typer.echo(
            f"{data}: {len(tally.judged)} answers, {tally.replaced:.1%} of the ungrounded replaced,"
            f" {tally.wronged:.1%} of the grounded wrongly; {tally.median_ms:.1f} ms each"
        )


if __name__ == "__main__":
    main()
