"""How the topic index does on public sets of questions, each loaded as a tenant.

python -m eval.public_sets [--clinc data_full.json] [--banking FOLDER] [--seeds 3] [--json]

The sets are not part of this repository: CLINC150 is `data_full.json` of clinc/oos-eval, BANKING77
a folder with `train.csv` and `test.csv` (PolyAI-LDN/task-specific-datasets). Each intent becomes a
topic with ten questions drawn from the training part; the test part is asked, once for each draw.
What CLINC150 calls out of scope is foreign. BANKING77 has nothing foreign: it is asked once as it
is, and once of a tenant that lacks every fifth intent, whose questions are foreign then.
Weights and threshold are those calls are answered with. How they compare with other weights on the
training parts is what eval/topic_calibration.py shows; nothing is tuned on the test parts.
"""

import argparse
import csv
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import typer

from eval.engines import load
from eval.topic_calibration import NOBODY, Answers, Asked, Trial, answers, remembering
from knowledge.index_cache import IndexCache
from knowledge.language_data import examples_of_others, languages
from knowledge.topic_index import Embed
from knowledge.topic_search import WEIGHTS
from knowledge.topics import Topic
from providers.spec import Slot

EXAMPLES = 10
EVERY = 5
"""Of so many intents one is unknown to the tenant that lacks some."""

Rows = Sequence[tuple[str, str]]
"""Texts with their intents."""


def tenant(name: str, train: Rows, test: Rows, foreign: Sequence[str], seed: int) -> Trial:
    """Returns a tenant of the intents of `train`; what `test` asks about others is foreign."""
    random = np.random.default_rng(seed)
    by_intent: dict[str, list[str]] = {}
    for text, intent in train:
        by_intent.setdefault(intent, []).append(text)
    identifiers = {intent: f"intent-{n}" for n, intent in enumerate(sorted(by_intent))}
    topics: list[Topic] = []
    for intent, identifier in identifiers.items():
        texts = by_intent[intent]
        drawn = [texts[place] for place in random.permutation(len(texts))[:EXAMPLES]]
        block = {"en": {"questions": drawn, "answer": intent}}
        topics.append(Topic.model_validate({"id": identifier, "title": intent, "languages": block}))
    asked = [
        Asked(text=text, language="en", topic=identifiers.get(intent, NOBODY))
        for text, intent in test
    ]
    asked += [Asked(text=text, language="en", topic=NOBODY) for text in foreign]
    every = {language: examples_of_others(language) for language in languages()}
    return Trial(name=name, topics=tuple(topics), asked=tuple(asked), background=every)


def clinc(path: Path, seed: int) -> list[Trial]:
    """Returns CLINC150 as a tenant of 150 topics."""
    parts = json.loads(path.read_text(encoding="utf-8"))
    foreign = [text for text, _ in parts["oos_test"]]
    return [tenant("clinc150", parts["train"], parts["test"], foreign, seed)]


def banking(folder: Path, seed: int) -> list[Trial]:
    """Returns BANKING77 as a tenant of 77 topics, and as one that lacks every fifth."""
    train, test = (_rows(folder / f"{part}.csv") for part in ("train", "test"))
    lacking = set(sorted({intent for _, intent in train})[::EVERY])
    known = [(text, intent) for text, intent in train if intent not in lacking]
    return [
        tenant("banking77", train, test, (), seed),
        tenant("banking77, a fifth of it unknown", known, test, (), seed),
    ]


def _rows(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def measure(trials: Sequence[Trial], embed: Embed) -> dict[str, Any]:
    """Returns the figures of trials that differ in what was drawn only."""
    with tempfile.TemporaryDirectory() as folder:
        cache = IndexCache(Path(folder))
        found = [_figures(answers([trial], WEIGHTS, embed, cache)) for trial in trials]
    shown: dict[str, Any] = {"topics": len(trials[0].topics), "draws": len(trials)}
    for name in found[0]:
        values = [each[name] for each in found]
        shown[name] = round(float(np.mean(values)), 3)
        if len(set(values)) > 1:
            shown[f"{name}_from_to"] = [min(values), max(values)]
    return shown


def _figures(came: Answers) -> dict[str, float]:
    if len(came.foreign):
        return {"foreign": len(came.foreign)} | came.at(WEIGHTS.threshold)
    known = Answers(right=came.right, scores=came.scores, foreign=np.array([-1.0]))
    found = known.at(WEIGHTS.threshold)
    return {name: found[name] for name in ("asked", "first", "answered_right", "answered_wrong")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Lets the files of the sets be given."""
    parser.add_argument("--clinc", type=Path, metavar="FILE", help="data_full.json of CLINC150")
    parser.add_argument(
        "--banking", type=Path, metavar="FOLDER", help="with train.csv and test.csv of BANKING77"
    )


def figures(clinc_file: Path | None, banking_folder: Path | None, seeds: int = 3) -> dict[str, Any]:
    """Returns the figures of the sets that are given, over `seeds` draws of examples."""
    embed = remembering(load(Slot.EMBEDDINGS, "use-multilingual:default").embed)
    by_name: dict[str, list[Trial]] = {}
    for seed in range(seeds):
        trials = clinc(clinc_file, seed) if clinc_file else []
        trials += banking(banking_folder, seed) if banking_folder else []
        for trial in trials:
            by_name.setdefault(trial.name, []).append(trial)
    return {name: measure(trials, embed) for name, trials in by_name.items()}


def main() -> None:
    """Prints what was measured on the sets that were given."""
    parser = argparse.ArgumentParser(prog="python -m eval.public_sets", description=__doc__)
    add_arguments(parser)
    parser.add_argument("--seeds", type=int, default=3, help="how often examples are drawn")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    asked = parser.parse_args()
    if not (asked.clinc or asked.banking):
        parser.error("give --clinc or --banking, or both")
    results: dict[str, Any] = {"load_average": os.getloadavg()[0]}
    results |= figures(asked.clinc, asked.banking, asked.seeds)
    typer.echo(json.dumps(results, indent=None if asked.json else 2))


if __name__ == "__main__":
    main()
