"""The guard evaluation sets of eval/data/guard, read as labelled texts."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from guardrails.verdict import Stage

FOLDER = Path(__file__).parent / "data/guard"
_CHANNELS: Mapping[str, Stage] = {"voice": Stage.TURN, "content": Stage.CONFIG}


class Half(StrEnum):
    """Which half of the sets; README.md beside them says what each is for."""

    DEVELOPMENT = "development"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A text and what should be found in it.

    Attributes:
        text: As said or written.
        language: ISO 639-1.
        stage: Where it is judged.
        kind: The set it is from; of minimal pairs `decides` and `routes`.
        category: What should be found; "" where nothing should be.
        file: Name of the file it stands in, without ending; "" for texts of the product.
        part: Of the set: the category of a minimal pair, the kind of an emergency, the action of
            a claim; "" where there are no parts.
    """

    text: str
    language: str
    stage: Stage
    kind: str
    category: str = ""
    file: str = ""
    part: str = ""


def texts(half: Half, languages: Collection[str] = ()) -> list[Labelled]:
    """Returns the texts of `half`, of all languages unless some are named."""
    return [
        labelled
        for folder in sorted((FOLDER / half.value).iterdir())
        if not languages or folder.name in languages
        for name, reader in _READERS.items()
        for labelled in reader(folder.name, _content(folder / f"{name}.yaml"))
    ]


def _content(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _pairs(language: str, content: Any) -> Iterator[Labelled]:
    for category, pairs in content.items():
        for pair in pairs:
            for kind, found in (("decides", category), ("routes", "")):
                yield Labelled(
                    text=pair[kind],
                    language=language,
                    stage=Stage(pair["stage"]),
                    kind=kind,
                    category=found,
                    file="pairs",
                    part=category,
                )


def _listed(name: str, category: str) -> Callable[[str, Any], Iterator[Labelled]]:
    """Returns a reader of a list of texts; an item's own category and channel come first."""

    def read(language: str, content: Any) -> Iterator[Labelled]:
        for item in content:
            entry = {"text": item} if isinstance(item, str) else item
            yield Labelled(
                text=entry["text"],
                language=language,
                stage=_CHANNELS[entry.get("channel", "voice")],
                kind=name,
                category=entry.get("category", category),
                file=name,
                part=entry.get("kind") or " ".join(_named(entry, "category", "channel")),
            )

    return read


def _two(
    name: str, wanted: str, category: str, other: str, stage: Stage = Stage.TURN
) -> Callable[[str, Any], Iterator[Labelled]]:
    """Returns a reader of two lists of texts, of which the second is harmless."""

    def read(language: str, content: Any) -> Iterator[Labelled]:
        for kind, found in ((wanted, category), (other, "")):
            for item in content[kind]:
                entry = {"text": item} if isinstance(item, str) else item
                yield Labelled(
                    text=entry["text"],
                    language=language,
                    stage=stage,
                    kind=kind,
                    category=found,
                    file=name,
                    part=entry.get("action", ""),
                )

    return read


def _named(entry: Mapping[str, str], *keys: str) -> Iterator[str]:
    return (entry[key] for key in keys if key in entry)


_READERS: Mapping[str, Callable[[str, Any], Iterator[Labelled]]] = {
    "pairs": _pairs,
    "emergencies": _listed("emergencies", "emergency"),
    "self_harm": _listed("self_harm", "self_harm"),
    "human": _two("human", "requests", "human_request", "routing"),
    "robot": _two("robot", "questions", "robot_question", "others"),
    "attacks": _listed("attacks", ""),
    "trigger_words": _listed("trigger_words", ""),
    "hard_negatives": _listed("hard_negatives", ""),
    "ordinary": _listed("ordinary", ""),
    "anger": _two("anger", "angry", "anger", "calm"),
    "claims": _two("claims", "claims", "", "others", Stage.OUTPUT),
}
