"""The head: likelihoods of categories from what it has learnt.

Two halves are asked, which err in different places: a linear one, which knows the words of the
seeds, and a small language model, which has learnt what decides and what routes.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guardrails.head.encoder import Encoder
from guardrails.head.examples import hit_label
from guardrails.head.features import STAGES, Embed, feature_rows
from guardrails.head.softmax import likelihoods, mixed
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
        self._encoder = _encoder(weights)
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
        shares = self._shares(text, language, stage)
        found = {n: float(shares[:, place].max()) for n, place in self._places[stage].items()}
        refused = self._refused[stage]
        if refused:
            likeliest = max(refused, key=lambda name: (found[name], name))
            of_all = shares[:, [self._places[stage][name] for name in refused]].sum(axis=1)
            found[likeliest] = min(1.0, float(of_all.max()))
        return found

    def _shares(self, text: str, language: str, stage: Stage) -> NDArray[np.float32]:
        """Returns the likelihoods of the classes, a row for each part of a long text."""
        rows = feature_rows([text], [language], [stage], self._embed)
        place = STAGES.index(stage)
        read = self._encoder.scores(text, place)
        return likelihoods(mixed(rows @ self._columns, read) * self._certainty[place])


def _encoder(weights: Weights) -> Encoder:
    try:
        encoder = Encoder(weights.model)
        classes = encoder.scores("", 0).shape[-1]
    except Exception as error:
        raise HeadError(f"the language model cannot be used ({error}); {RETRAIN}") from error
    if classes != len(weights.labels):
        raise HeadError(f"the language model knows other classes; {RETRAIN}")
    return encoder


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
