"""The weights the product comes with."""

import pytest

from guardrails.head.head import WEIGHTS
from guardrails.head.weights import RETRAIN, load_weights
from guardrails.policy.loader import RULES
from guardrails.policy.seeds import hash_seeds
from guardrails.train import main

pytestmark = pytest.mark.unit


def test_the_weights_were_made_from_the_seeds_there_are() -> None:
    stale = load_weights(WEIGHTS).seeds_hash != hash_seeds(RULES)
    assert not stale, f"rules/head.npz is stale: {RETRAIN}"
    assert main(["--check"]) == 0


def test_the_file_is_small() -> None:
    assert WEIGHTS.stat().st_size <= 30_000_000
