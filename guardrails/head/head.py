"""The embedding head: likelihoods of categories from what it has learnt."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from guardrails.head.examples import hit_label
from guardrails.head.features import STAGES, Embed, feature_rows
from guardrails.head.softmax import likelihoods
from guardrails.head.weights import RETRAIN, HeadError, Weights, load_weights
from guardrails.policy.loader import RULES
from guardrails.policy.models import Policy
from guardrails.verdict import Action, Stage

WEIGHTS = RULES / "head.npz"
"""The weights the product comes with."""


class EmbeddingHead:
    """Tells how likely a text is of each category; it never changes.

    What is refused is refused whatever it is called: the likeliest category that is refused is
    given the likelihood of all of them.
    """

    def __init__(self, policy: Policy, weights: Weights, embed: Embed) -> None:
        if weights.seeds_hash != policy.seeds_hash:
            raise HeadError(f"the weights were made from other seeds than the policy's; {RETRAIN}")
        self._embed = embed
        self._columns = weights.columns.astype(np.float32)
        self._certainty = weights.certainty
        places = {label: place for place, label in enumerate(weights.labels)}
        self._places = {
            stage: {
                name: places[hit_label(name)]
                for name, category in policy.categories.items()
                if stage in category.unsure and hit_label(name) in places
            }
            for stage in STAGES
        }
        self._refused = {
            stage: frozenset(
                name
                for name in self._places[stage]
                if policy.categories[name].actions.get(stage) is Action.REFUSE
            )
            for stage in STAGES
        }

    def likelihoods(self, text: str, language: str, stage: Stage) -> Mapping[str, float]:
        """Returns the likelihood of each category the head is asked about at `stage`."""
        if stage not in self._places:
            return {}
        rows = feature_rows([text], [language], [stage], self._embed)
        scores = (rows @ self._columns)[0] * self._certainty[STAGES.index(stage)]
        shares = likelihoods(scores)
        found = {name: float(shares[place]) for name, place in self._places[stage].items()}
        refused = self._refused[stage]
        if refused:
            likeliest = max(refused, key=lambda name: (found[name], name))
            found[likeliest] = min(1.0, sum(found[name] for name in refused))
        return found


def load_head(policy: Policy, embed: Embed, path: Path = WEIGHTS) -> EmbeddingHead:
    """Returns the head of `policy`.

    Args:
        policy: Whose seeds it was taught with.
        embed: Tells the meaning; of the model it was taught with.
        path: Of its weights.

    Raises:
        HeadError: If there are no weights, or they were made from other seeds.
    """
    return EmbeddingHead(policy, load_weights(path), embed)
