"""`python -m eval.guard_thresholds`: sets the thresholds of the embedding head in policy.yaml.

They are found on the development half and on harmless texts of the product; the sealed half is
not looked at. Run it after `python -m guardrails.train`.
"""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.guard_development import Labelled, development, harmless
from guardrails.head.head import EmbeddingHead, load_head
from guardrails.policy.loader import RULES, load_policy
from guardrails.policy.models import Policy
from guardrails.train import encoder
from guardrails.verdict import Action, Stage

_GRID = [round(float(step), 2) for step in np.arange(0.5, 0.991, 0.01)]
"""Below a half it is likelier that nothing is there."""

_HARMLESS_RATE = 0.001
"""Of ordinary sentences and hard negatives, wrongly found: by all that is refused, or by another
category. A caller who cannot come on Friday must not hear of a helpline."""

_DANGER_RATE = 0.002
"""Of the same by what is an emergency: to miss one is worse."""

_ROUTES_RATE = 0.015
"""Of the harmless halves of minimal pairs, wrongly found."""

_NEAR = 0.15
"""A category's own threshold lies no farther from that of the others."""

_FALSE_COST = 3.0
_DISTANCE_COST = 8.0
"""Finds a category must win for each unit its threshold lies from that of the others: there are
only twenty texts of a category and a stage, and some of them are in it by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What the head makes of a text.

    Attributes:
        labelled: The text.
        likelihoods: By category.
    """

    labelled: Labelled
    likelihoods: Mapping[str, float]


def main() -> int:
    """Writes the thresholds; returns the exit code."""
    policy = load_policy()
    scored = score(load_head(policy, encoder()), [*development(), *harmless()])
    chosen = thresholds(policy, scored)
    path = RULES / "policy.yaml"
    path.write_text(written(path.read_text(encoding="utf-8"), chosen), encoding="utf-8")
    for stage, values in chosen.items():
        sys.stdout.write(f"{stage}: {values}\n")
    return 0


def score(head: EmbeddingHead, texts: Iterable[Labelled]) -> list[Scored]:
    """Returns what `head` makes of `texts`."""
    return [
        Scored(
            labelled=text,
            likelihoods=head.likelihoods(text.text, text.language, text.stage),
        )
        for text in texts
    ]


def thresholds(policy: Policy, scored: Sequence[Scored]) -> dict[Stage, dict[str, float]]:
    """Returns the threshold of each category the head looks for, by stage."""
    chosen: dict[Stage, dict[str, float]] = {}
    for stage in (Stage.CONFIG, Stage.TURN, Stage.OUTPUT):
        here = [found for found in scored if found.labelled.stage is stage]
        asked = [name for name, found in policy.categories.items() if stage in found.unsure]
        refused = [
            name for name in asked if policy.categories[name].actions.get(stage) is Action.REFUSE
        ]
        values = {
            name: _alone(name, policy.categories[name].actions[stage], here)
            for name in asked
            if name not in refused
        }
        chosen[stage] = values | _refused(refused, here)
    return chosen


def written(content: str, chosen: Mapping[Stage, Mapping[str, float]]) -> str:
    """Returns `content`, the file policy.yaml, with `chosen` in it and its comments kept."""
    lines = content.splitlines(keepends=True)
    category = ""
    for place, line in enumerate(lines):
        if found := re.match(r"  (\w+):\s*$", line):
            category = found.group(1)
        if line.startswith("    thresholds:"):
            values = {
                stage.value: chosen[stage][category]
                for stage in (Stage.CONFIG, Stage.TURN, Stage.OUTPUT)
                if category in chosen[stage]
            }
            inside = ", ".join(f"{stage}: {value:g}" for stage, value in values.items())
            lines[place] = f"    thresholds: {{{inside}}}\n"
    return "".join(lines)


def _alone(name: str, action: Action, here: Sequence[Scored]) -> float:
    """Returns the lowest threshold at which hardly anything harmless is found to be `name`."""
    false = [found.likelihoods[name] for found in here if not found.labelled.category]
    return _lowest(false, _DANGER_RATE if action is Action.EMERGENCY else _HARMLESS_RATE)


def _refused(names: Sequence[str], here: Sequence[Scored]) -> dict[str, float]:
    """Returns thresholds of what is refused: one for all, and near it one for each."""
    if not names:
        return {}
    tops = [max((found.likelihoods[name], name) for name in names) for found in here]
    pairs = [found.labelled.kind == "routes" for found in here]
    false = [not found.labelled.category for found in here]
    wanted = [found.labelled.category in names for found in here]
    likely = [top for top, _ in tops]
    common = max(
        _lowest([p for p, is_pair in zip(likely, pairs, strict=True) if is_pair], _ROUTES_RATE),
        _lowest(
            [
                p
                for p, is_pair, is_false in zip(likely, pairs, false, strict=True)
                if is_false and not is_pair
            ],
            _HARMLESS_RATE,
        ),
    )

    def cost(name: str, threshold: float) -> tuple[float, float]:
        mine = [
            (top, is_wanted, is_false)
            for (top, category), is_wanted, is_false in zip(tops, wanted, false, strict=True)
            if category == name
        ]
        missed = sum(is_wanted and top < threshold for top, is_wanted, _ in mine)
        wrong = sum(is_false and top >= threshold for top, _, is_false in mine)
        distance = abs(threshold - common)
        return missed + _FALSE_COST * wrong + _DISTANCE_COST * distance, distance

    near = [threshold for threshold in _GRID if abs(threshold - common) <= _NEAR]
    return {name: min(near, key=lambda threshold: cost(name, threshold)) for name in names}


def _lowest(false: Sequence[float], rate: float) -> float:
    """Returns the lowest threshold that at most a share of `rate` of `false` reaches."""
    allowed = int(rate * len(false))
    return next(
        (t for t in _GRID if sum(likelihood >= t for likelihood in false) <= allowed), _GRID[-1]
    )


if __name__ == "__main__":
    raise SystemExit(main())
