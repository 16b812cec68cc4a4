"""Compares weights and thresholds of the topic index by what they answer and refuse.

python -m eval.topic_calibration [--tenant DIR] [--clinc data_full.json] [--banking train.csv]

Every question of the tenant's topics is asked of an index that was built without it and without
its translations (ten folds), and every background sentence of one built without that. Nothing of
tests/knowledge/data is read. The public sets, when their files are given, are tenants of ten
examples per intent, asked further examples of their training parts; the negatives of CLINC150 are
its own, those of BANKING77 every fifth intent, which that tenant does not have.
"""

import argparse
import csv
import itertools
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import typer

from eval.engines import load
from knowledge.index_cache import IndexCache
from knowledge.language_data import examples_of_others, languages
from knowledge.topic_index import Embed, TopicIndex
from knowledge.topic_search import WEIGHTS, Weights
from knowledge.topics import Topic
from providers.spec import Slot
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle

TODAY = date(2026, 11, 26)
FOLDS = 10
MOST_QUESTIONS = 100
"""Of one topic in one language."""
REFUSED = 0.92
"""Share of foreign questions the threshold is set to refuse; two in a hundred more than is asked of
it, since callers' foreign questions are other ones."""
GRID = {"words": (0.0, 0.2), "nearest": (0.0, 0.2)}
EXAMPLES = 10
ASKED = 10
NOBODY = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question and the topic it is about, or NOBODY's."""

    text: str
    language: str
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A tenant, what is asked of it, and the background sentences it may know."""

    name: str
    topics: tuple[Topic, ...]
    asked: tuple[Asked, ...]
    background: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What came of a trial: which answers were right and how sure they were, and foreign scores."""

    right: np.ndarray
    scores: np.ndarray
    foreign: np.ndarray

    def at(self, threshold: float) -> dict[str, float]:
        """Returns the figures at `threshold`."""
        above = self.scores >= threshold
        every = np.concatenate([self.scores, self.foreign])
        ranks = np.empty(len(every))
        ranks[np.argsort(every, kind="stable")] = np.arange(1, len(every) + 1)
        n, m = len(self.scores), len(self.foreign)
        return {
            "asked": n,
            "first": round(float(self.right.mean()), 3),
            "answered_right": round(float((self.right & above).mean()), 3),
            "answered_wrong": round(float((~self.right & above).mean()), 3),
            "refused": round(float((self.foreign < threshold).mean()), 3),
            "auc": round(float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m)), 3),
        }


def folds(topics: Sequence[Topic]) -> list[Trial]:
    """Returns the tenant without a tenth of its questions, ten times."""
    random = np.random.default_rng(1)
    # Questions in the same place are translations of each other: none may give another away.
    places = {topic.id: random.integers(FOLDS, size=MOST_QUESTIONS) for topic in topics}
    fold = {
        (topic.id, language, question): int(places[topic.id][place % MOST_QUESTIONS])
        for topic in topics
        for language, wordings in topic.languages.items()
        for place, question in enumerate(wordings.questions)
    }
    others = {
        language: [(text, int(random.integers(FOLDS))) for text in examples_of_others(language)]
        for language in languages()
    }
    trials: list[Trial] = []
    for number in range(FOLDS):
        asked = [
            Asked(text=question, language=language, topic=topic)
            for (topic, language, question), own in fold.items()
            if own == number
        ]
        asked += [
            Asked(text=text, language=language, topic=NOBODY)
            for language, texts in others.items()
            for text, own in texts
            if own == number
        ]
        trials.append(
            Trial(
                name="tenant",
                topics=tuple(_without(topic, fold, number) for topic in topics),
                asked=tuple(asked),
                background={
                    language: tuple(text for text, own in texts if own != number)
                    for language, texts in others.items()
                },
            )
        )
    return trials


def _without(topic: Topic, fold: Mapping[tuple[str, str, str], int], number: int) -> Topic:
    kept = {
        language: wordings.model_copy(
            update={
                "questions": tuple(
                    question
                    for question in wordings.questions
                    if fold[topic.id, language, question] != number
                )
            }
        )
        for language, wordings in topic.languages.items()
    }
    return topic.model_copy(update={"languages": kept})


def public(name: str, rows: Sequence[tuple[str, str]], foreign: Sequence[str]) -> Trial:
    """Returns a public set as a tenant; with no `foreign` questions every fifth intent is."""
    random = np.random.default_rng(0)
    by_intent: dict[str, list[str]] = {}
    for text, intent in rows:
        by_intent.setdefault(intent, []).append(text)
    topics: list[Topic] = []
    asked = [Asked(text=text, language="en", topic=NOBODY) for text in foreign]
    for number, (intent, texts) in enumerate(sorted(by_intent.items())):
        order = [texts[place] for place in random.permutation(len(texts))]
        known = bool(foreign) or number % 5 > 0
        topic = f"intent-{number}"
        asked += [
            Asked(text=text, language="en", topic=topic if known else NOBODY)
            for text in order[EXAMPLES : EXAMPLES + ASKED]
        ]
        if known:
            wordings = {"en": {"questions": order[:EXAMPLES], "answer": intent}}
            topics.append(
                Topic.model_validate({"id": topic, "title": intent, "languages": wordings})
            )
    every = {language: examples_of_others(language) for language in languages()}
    return Trial(name=name, topics=tuple(topics), asked=tuple(asked), background=every)


def answers(trials: Sequence[Trial], weights: Weights, embed: Embed, cache: IndexCache) -> Answers:
    """Asks every question of every trial."""
    right: list[bool] = []
    scores: list[float] = []
    foreign: list[float] = []
    everything = replace(weights, threshold=-1.0)
    for trial in trials:
        index = TopicIndex(
            trial.topics, embed, background=trial.background, cache=cache, weights=everything
        )
        for question in trial.asked:
            found = index.search(question.text, question.language, today=TODAY)
            if question.topic == NOBODY:
                foreign.append(found.score)
                continue
            right.append(found.best is not None and found.best.topic.id == question.topic)
            scores.append(found.score)
    return Answers(right=np.array(right), scores=np.array(scores), foreign=np.array(foreign))


def remembering(embed: Embed) -> Embed:
    """Returns `embed` for those who ask for the same sentence again and again."""
    known: dict[str, np.ndarray] = {}

    def remembered(texts: Sequence[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for start in range(0, len(new), 64):
            part = new[start : start + 64]
            known.update(zip(part, embed(part), strict=True))
        return np.stack([known[text] for text in texts])

    return remembered


def trials(arguments: argparse.Namespace) -> Mapping[str, Sequence[Trial]]:
    """Returns what the weights are tried on."""
    tried: dict[str, Sequence[Trial]] = {"tenant": folds(load_bundle(arguments.tenant).topics)}
    if arguments.clinc:
        parts = json.loads(arguments.clinc.read_text(encoding="utf-8"))
        foreign = [text for text, _ in parts["oos_train"] + parts["oos_val"]]
        tried["clinc150"] = [public("clinc150", parts["train"], foreign)]
    if arguments.banking:
        with arguments.banking.open(encoding="utf-8", newline="") as file:
            rows = [(row["text"], row["category"]) for row in csv.DictReader(file)]
        tried["banking77"] = [public("banking77", rows, ())]
    return tried


def main() -> None:
    """Tries every combination and prints one line of JSON for each trial of each."""
    parser = argparse.ArgumentParser(prog="python -m eval.topic_calibration", description=__doc__)
    parser.add_argument("--tenant", type=Path, default=DEMO)
    parser.add_argument("--clinc", type=Path)
    parser.add_argument("--banking", type=Path)
    parser.add_argument("--chosen", action="store_true", help="only the weights in use")
    parser.add_argument("--engine", default="use-multilingual:default")
    arguments = parser.parse_args()
    embed = remembering(load(Slot.EMBEDDINGS, arguments.engine).embed)
    combinations = [Weights(words=w, nearest=n) for w, n in itertools.product(*GRID.values())]
    tried = trials(arguments)
    with tempfile.TemporaryDirectory() as folder:
        cache = IndexCache(Path(folder))
        for weights in [WEIGHTS] if arguments.chosen else combinations:
            threshold = weights.threshold
            for name, group in tried.items():
                came = answers(group, weights, embed, cache)
                if name == "tenant" and not arguments.chosen:
                    threshold = round(float(np.quantile(came.foreign, REFUSED)), 3)
                shown = asdict(replace(weights, threshold=threshold)) | {"on": name}
                typer.echo(json.dumps(shown | came.at(threshold)))


if __name__ == "__main__":
    main()
