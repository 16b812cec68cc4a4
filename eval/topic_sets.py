"""How often a caller's question finds its topic, and a foreign one finds none, in six languages.

python -m eval.topic_sets [--json]

eval/data/paraphrases.yaml holds what callers ask the demo tenant: in each language two questions
for each of its 27 topics and 20 that it has no answer to. They were written unseen, from the titles
and answers of the topics, and nothing may be tuned on them: what is printed names topics and
numbers, never a question.
"""

import argparse
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import typer
import yaml
from pydantic import TypeAdapter

from eval.engines import load
from eval.measures import share
from knowledge.topic_index import TopicIndex
from providers.spec import Slot
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle
from receptionist.tenants.snapshot import compile_snapshot

SET = Path(__file__).parent / "data" / "paraphrases.yaml"
TODAY = date(2026, 11, 26)
FOREIGN = "none"
"""The key of the questions that no topic answers."""

Questions = Mapping[str, Mapping[str, Sequence[str]]]
"""By language and id of the topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One question of the set and what was chosen for it.

    Attributes:
        language: Of the question.
        meant: The topic it is about, or FOREIGN.
        chosen: The topic that answers; "" when it is refused.
        score: How sure the index was, answered or not.
    """

    language: str
    meant: str
    chosen: str
    score: float


def read(path: Path = SET) -> Questions:
    """Returns the set."""
    written: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    return TypeAdapter(Questions).validate_python(written)


def choices(index: TopicIndex, questions: Questions) -> list[Choice]:
    """Asks every question."""
    found: list[Choice] = []
    for language, topics in questions.items():
        for meant, texts in topics.items():
            for text in texts:
                search = index.search(text, language, today=TODAY)
                chosen = search.best.topic.id if search.best is not None else ""
                chosen = chosen or ("a document" if search.passages else "")
                found.append(
                    Choice(language=language, meant=meant, chosen=chosen, score=search.score)
                )
    return found


def figures(made: Sequence[Choice]) -> dict[str, Any]:
    """Returns the shares answered right and refused, and which topics failed how often."""
    known = [choice for choice in made if choice.meant != FOREIGN]
    foreign = [choice for choice in made if choice.meant == FOREIGN]
    wrong = [choice for choice in known if choice.chosen != choice.meant]
    return {
        "right": asdict(share(len(known) - len(wrong), len(known))),
        "refused": asdict(share(sum(not choice.chosen for choice in foreign), len(foreign))),
        "auc": area([choice.score for choice in known], [choice.score for choice in foreign]),
        "known_but_refused": sum(not choice.chosen for choice in wrong),
        "failures_by_topic": dict(Counter(choice.meant for choice in wrong).most_common()),
    }


def area(known: Sequence[float], foreign: Sequence[float]) -> float:
    """Returns how likely a question with an answer scores above one without (ROC AUC)."""
    above = sum((k > f) + (k == f) / 2 for k in known for f in foreign)
    return round(above / max(1, len(known) * len(foreign)), 3)


def measure() -> dict[str, Any]:
    """Returns the figures of all languages together and of each."""
    embed = load(Slot.EMBEDDINGS, "use-multilingual:default").embed
    snapshot = compile_snapshot(load_bundle(DEMO), embed)
    made = choices(snapshot.topics, read())
    languages = dict.fromkeys(choice.language for choice in made)
    by_language = {
        language: figures([choice for choice in made if choice.language == language])
        for language in languages
    }
    return {"topics": len(snapshot.config.topics), "all": figures(made)} | by_language


def main() -> None:
    """Prints what was measured."""
    parser = argparse.ArgumentParser(prog="python -m eval.topic_sets", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    asked = parser.parse_args()
    results = {"load_average": os.getloadavg()[0]} | measure()
    typer.echo(json.dumps(results, indent=None if asked.json else 2))


if __name__ == "__main__":
    main()
