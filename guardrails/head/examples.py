"""Turns seeds into examples: sentences with the class they are taught as."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random

from guardrails.head.noise import corrupted
from guardrails.policy.seeds import LanguageSeeds
from guardrails.verdict import Stage

ORDINARY = "ordinary"
_NOISE_SEED = 20_261_101
_NOISE_SHARE = 0.2
_NOISE_WEIGHT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One sentence to learn from.

    Attributes:
        text: The sentence.
        source: The sentence as it was written; differs from `text` when misheard.
        language: ISO 639-1.
        stage: Where it is judged.
        label: `hit_label` or `pass_label` of its category, or `ORDINARY`.
        weight: How much it counts.
        misheard: Whether `text` is what a recogniser may have made of `source`.
    """

    text: str
    source: str
    language: str
    stage: Stage
    label: str
    weight: float = 1.0
    misheard: bool = False


def hit_label(category: str) -> str:
    """Returns the class of what is `category`."""
    return f"+{category}"


def pass_label(category: str) -> str:
    """Returns the class of what only sounds like `category`.

    One for each category: what is learnt is then the way from one to the other, the purpose, and
    not what both have in common, the topic.
    """
    return f"-{category}"


def examples_of(seeds: Mapping[str, LanguageSeeds]) -> list[Example]:
    """Returns all examples of `seeds`, and what callers say a second time as misheard."""
    written = [
        Example(text=text, source=text, language=language, stage=stage, label=label)
        for language in sorted(seeds)
        for stage, label, texts in _labelled(seeds[language])
        for text in texts
    ]
    random = Random(_NOISE_SEED)
    said = (example for example in written if example.stage is Stage.TURN)
    misheard = [
        replace(
            example,
            text=corrupted(example.text, _NOISE_SHARE, random),
            weight=_NOISE_WEIGHT,
            misheard=True,
        )
        for example in said
    ]
    return written + [heard for heard in misheard if heard.text]


def labels_of(examples: Iterable[Example]) -> list[str]:
    """Returns the classes of `examples`."""
    return sorted({example.label for example in examples})


def _labelled(seeds: LanguageSeeds) -> Iterator[tuple[Stage, str, tuple[str, ...]]]:
    for category in sorted(seeds.categories):
        found = seeds.categories[category]
        for stage, sentences in (
            (Stage.TURN, found.turn),
            (Stage.CONFIG, found.config),
            (Stage.OUTPUT, found.output),
        ):
            yield stage, hit_label(category), sentences.hits
            yield stage, pass_label(category), sentences.passes
    yield Stage.TURN, ORDINARY, seeds.ordinary.turn
    yield Stage.CONFIG, ORDINARY, seeds.ordinary.config
    yield Stage.OUTPUT, ORDINARY, seeds.ordinary.output
