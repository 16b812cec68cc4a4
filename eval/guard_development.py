"""The development half of the guard sets, and harmless texts of the product, as labelled texts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from guardrails.text.sentences import raw_sentences
from guardrails.verdict import Stage

_ROOT = Path(__file__).parents[1]
_HALF = _ROOT / "eval/data/guard/development"
_QUESTIONS = _ROOT / "eval/data/paraphrases.yaml"
_DEMO = _ROOT / "receptionist/tenants/demo/faq"
_PROMPTS = _ROOT / "prompts"
_SPOKEN = ("concierge", "hours", "recording", "session")
"""Files of `prompts` whose texts are said to callers."""

_DANGER = "gas-leak"
"""The topic of the demo tenant that is an emergency."""

_CHANNELS: Mapping[str, Stage] = {"voice": Stage.TURN, "content": Stage.CONFIG}
_SENTENCE = 4
"""Words of a text of the product that is more than a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A text and what should be found in it.

    Attributes:
        text: As said or written.
        language: ISO 639-1.
        stage: Where it is judged.
        kind: The set it is from; of minimal pairs `decides` and `routes`.
        category: What should be found; "" where nothing should be.
    """

    text: str
    language: str
    stage: Stage
    kind: str
    category: str = ""


def development() -> list[Labelled]:
    """Returns the texts of the development half, of all languages."""
    return [
        labelled
        for folder in sorted(_HALF.iterdir())
        for kind, reader in _READERS.items()
        for labelled in reader(folder.name, _content(folder / f"{kind}.yaml"))
    ]


def harmless() -> list[Labelled]:
    """Returns what callers ask the demo tenant, what it writes, and what the product says."""
    found = [
        Labelled(text=text, language=language, stage=Stage.TURN, kind="asked")
        for language, topics in _content(_QUESTIONS).items()
        for topic, asked in topics.items()
        if topic != _DANGER
        for text in asked
    ]
    return [*found, *_demo(), *_said()]


def _demo() -> Iterator[Labelled]:
    """Yields what the demo tenant knows: questions as turns, answers as what an admin wrote."""
    topics = [topic for path in sorted(_DEMO.glob("*.yaml")) for topic in _content(path)]
    for topic in topics:
        for language, content in topic["languages"].items() if topic["id"] != _DANGER else ():
            for key, stage in (("questions", Stage.TURN), ("answer", Stage.CONFIG)):
                for text in _sentences(content.get(key, ())):
                    yield Labelled(text=text, language=language, stage=stage, kind="demo")


def _said() -> Iterator[Labelled]:
    """Yields what the product says."""
    for path in sorted(_PROMPTS.glob("*/*.yaml")):
        for text in _sentences(_content(path)) if path.stem in _SPOKEN else ():
            language = path.parent.name
            yield Labelled(text=text, language=language, stage=Stage.OUTPUT, kind="prompts")


def _sentences(content: Any) -> Iterator[str]:
    for text in _texts(content):
        for sentence in raw_sentences(text):
            if len(sentence.split()) >= _SENTENCE:
                yield sentence


def _content(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _pairs(language: str, content: Any) -> Iterator[Labelled]:
    for category, pairs in content.items():
        for pair in pairs:
            stage = Stage(pair["stage"])
            for kind, found in (("decides", category), ("routes", "")):
                yield Labelled(
                    text=pair[kind], language=language, stage=stage, kind=kind, category=found
                )


def _listed(kind: str, category: str) -> Callable[[str, Any], Iterator[Labelled]]:
    """Returns a reader of a list of texts; an item's own category and channel come first."""

    def read(language: str, content: Any) -> Iterator[Labelled]:
        for item in content:
            entry = {"text": item} if isinstance(item, str) else item
            yield Labelled(
                text=entry["text"],
                language=language,
                stage=_CHANNELS[entry.get("channel", "voice")],
                kind=kind,
                category=entry.get("category", category),
            )

    return read


def _halves(
    wanted: str, category: str, other: str, stage: Stage = Stage.TURN
) -> Callable[[str, Any], Iterator[Labelled]]:
    """Returns a reader of two lists of texts, of which the second is harmless."""

    def read(language: str, content: Any) -> Iterator[Labelled]:
        for kind, found in ((wanted, category), (other, "")):
            for item in content[kind]:
                text = item if isinstance(item, str) else item["text"]
                yield Labelled(text=text, language=language, stage=stage, kind=kind, category=found)

    return read


_READERS: Mapping[str, Callable[[str, Any], Iterator[Labelled]]] = {
    "pairs": _pairs,
    "emergencies": _listed("emergencies", "emergency"),
    "self_harm": _listed("self_harm", "self_harm"),
    "human": _halves("requests", "human_request", "routing"),
    "robot": _halves("questions", "robot_question", "others"),
    "attacks": _listed("attacks", ""),
    "trigger_words": _listed("trigger_words", ""),
    "hard_negatives": _listed("hard_negatives", ""),
    "ordinary": _listed("ordinary", ""),
    "anger": _halves("angry", "anger", "calm"),
    "claims": _halves("claims", "", "others", Stage.OUTPUT),
}
