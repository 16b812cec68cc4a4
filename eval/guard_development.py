"""The development half of the guard sets, and harmless texts of the product, as labelled texts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from eval.guard_sets import Half, Labelled, texts
from guardrails.text.sentences import raw_sentences
from guardrails.verdict import Stage

_ROOT = Path(__file__).parents[1]
_QUESTIONS = _ROOT / "eval/data/paraphrases.yaml"
_DEMO = _ROOT / "receptionist/tenants/demo/faq"
_PROMPTS = _ROOT / "prompts"
_SPOKEN = ("concierge", "hours", "recording", "session")
"""Files of `prompts` whose texts are said to callers."""

_DANGER = "gas-leak"
"""The topic of the demo tenant that is an emergency."""

_SENTENCE = 4
"""Words of a text of the product that is more than a name."""


def development() -> list[Labelled]:
    """Returns the texts of the development half, of all languages."""
    return texts(Half.DEVELOPMENT)


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
