"""`python -m eval.guard_thresholds`: sets the thresholds of the embedding head in policy.yaml.

They are found on the development half and on harmless texts of the product; the sealed half is
not looked at. The head that ships has learnt the development half too (`seeds/tried.yaml`), so its
thresholds are found with one that has not:

    python -m guardrails.train --without tried --weights FILE
    python -m eval.guard_thresholds --weights FILE
    python -m guardrails.train
"""

import argparse
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.guard_development import Labelled, development, harmless
from guardrails.head.head import EmbeddingHead, load_head
from guardrails.policy.loader import RULES, load_policy
from guardrails.policy.models import Policy
from guardrails.train import encoder
from guardrails.verdict import Action, Stage

_GRID = [round(float(step), 2) for step in np.arange(0.5, 0.991, 0.01)]
"""Below a half it is likelier that nothing is there."""

_ALONE_RATE = 0.0005
"""Of ordinary sentences and hard negatives, wrongly found to be what is not refused but done: a
caller who cannot come on Friday must not hear of a helpline."""

_DANGER_RATE = 0.003
"""Of the same by what is an emergency: to miss one is worse."""

_HARMLESS_RATES = {Stage.CONFIG: 0.01, Stage.TURN: 0.004, Stage.OUTPUT: 0.002}
"""Of the same by all that is refused. An admin is only asked for approval."""

_ROUTES_RATE = 0.04
"""Of the harmless halves of minimal pairs, wrongly found."""

_NEAR = 0.15
"""A category's own threshold lies no farther from that of the others."""

_FALSE_COST = 1.0
_OWN_COST = 10.0
"""Finds that are given up rather than find something in a text of the product or its demo."""

_OWN = ("demo", "prompts")
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the thresholds; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.guard_thresholds", description=__doc__)
    parser.add_argument("--weights", type=Path, required=True, help="of a head without `tried`")
    policy, weights = load_policy(), parser.parse_args(arguments).weights
    scored = score(load_head(policy, encoder(), weights), [*development(), *harmless()])
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
        chosen[stage] = values | _refused(refused, here, _HARMLESS_RATES[stage])
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
    return _lowest(false, _DANGER_RATE if action is Action.EMERGENCY else _ALONE_RATE)


def _refused(
    names: Sequence[str], here: Sequence[Scored], harmless_rate: float
) -> dict[str, float]:
    """Returns thresholds of what is refused: one for all, and near it one for each."""
    if not names:
        return {}
    tops = [max((found.likelihoods[name], name) for name in names) for found in here]
    pairs = [found.labelled.kind == "routes" for found in here]
    false = [not found.labelled.category for found in here]
    costs = [
        (_OWN_COST if found.labelled.kind in _OWN else _FALSE_COST) * (not found.labelled.category)
        for found in here
    ]
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
            harmless_rate,
        ),
    )

    def cost(name: str, threshold: float) -> tuple[float, float]:
        mine = [
            (top, is_wanted, false_cost)
            for (top, category), is_wanted, false_cost in zip(tops, wanted, costs, strict=True)
            if category == name
        ]
        missed = sum(is_wanted and top < threshold for top, is_wanted, _ in mine)
        wrong = sum(cost for top, _, cost in mine if top >= threshold)
        distance = abs(threshold - common)
        return missed + wrong + _DISTANCE_COST * distance, distance

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
