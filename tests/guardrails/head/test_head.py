"""A head that was taught by a few sentences."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from guardrails.guard import Guard
from guardrails.head.examples import examples_of
from guardrails.head.head import EmbeddingHead, load_head
from guardrails.head.teaching import taught
from guardrails.head.weights import HeadError, Weights, load_weights, save_weights
from guardrails.policy.loader import load_policy
from guardrails.policy.models import Policy
from guardrails.policy.seeds import load_seeds
from guardrails.train import train
from guardrails.verdict import Action, Detector, Stage
from tests.guardrails.head.teachers import SEEDS, embed, small_model
from tests.guardrails.policies import files, write

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("rules"), files() | SEEDS)


@pytest.fixture(scope="module")
def policy(rules: Path) -> Policy:
    return load_policy(rules)


@pytest.fixture(scope="module")
def weights(rules: Path, policy: Policy) -> Weights:
    examples = examples_of(load_seeds(rules, policy.categories))
    return taught(examples, policy.seeds_hash, embed, small_model)


@pytest.fixture(scope="module")
def head(policy: Policy, weights: Weights) -> EmbeddingHead:
    return EmbeddingHead(policy, weights, embed)


def test_the_purpose_is_told_from_the_topic(head: EmbeddingHead) -> None:
    decides = head.likelihoods("will I get the job", "en", Stage.TURN)["employment"]
    routes = head.likelihoods("who can I ask about the job", "en", Stage.TURN)["employment"]
    assert decides > routes


def test_only_what_the_policy_asks_about_is_told(head: EmbeddingHead) -> None:
    assert head.likelihoods("x", "en", Stage.TURN).keys() == {"employment", "emergency"}
    assert head.likelihoods("x", "en", Stage.CONFIG).keys() == {"employment"}
    assert head.likelihoods("x", "en", Stage.OUTPUT) == {}
    assert head.likelihoods("x", "en", Stage.INTERIM) == {}


@pytest.mark.parametrize("text", ["", "...", "\x00", "火事だ", "x" * 4_000, "job " * 1_000])
def test_likelihoods_are_shares_whatever_the_text(head: EmbeddingHead, text: str) -> None:
    for likelihood in head.likelihoods(text, "en", Stage.TURN).values():
        assert 0 <= likelihood <= 1


def test_what_is_refused_is_one_likelihood_under_its_likeliest_name(
    policy: Policy, weights: Weights
) -> None:
    job = policy.categories["employment"]
    both = replace(policy, categories={**policy.categories, "emergency": job})
    alone = EmbeddingHead(policy, weights, embed).likelihoods("hire me, fire", "en", Stage.TURN)
    found = EmbeddingHead(both, weights, embed).likelihoods("hire me, fire", "en", Stage.TURN)
    assert max(found.values()) == pytest.approx(sum(alone.values()), rel=1e-5)
    assert min(found.values()) == min(alone.values())


def test_a_guard_refuses_by_meaning(policy: Policy, head: EmbeddingHead) -> None:
    verdict = Guard(policy, head).semantic("am I hired for this job", "en")
    assert (verdict.action, verdict.detector) == (Action.REFUSE, Detector.HEAD)
    assert Guard(policy, head).semantic("good morning", "en").passes


def test_the_same_seeds_make_the_same_bytes(rules: Path, tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        train(rules, tmp_path / name, embed, small_model)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_other_sums_make_hardly_other_likelihoods(
    rules: Path, policy: Policy, head: EmbeddingHead
) -> None:
    examples = examples_of(load_seeds(rules, policy.categories))
    turned = taught(list(reversed(examples)), policy.seeds_hash, embed, small_model)
    other = EmbeddingHead(policy, turned, embed)
    for text in ("did I get the job", "there is a fire", "good morning", "ask about the job"):
        before = head.likelihoods(text, "en", Stage.TURN)
        after = other.likelihoods(text, "en", Stage.TURN)
        assert after == pytest.approx(before, abs=1e-3)


def test_weights_are_read_as_they_were_written(weights: Weights, tmp_path: Path) -> None:
    save_weights(weights, tmp_path / "head.npz")
    read = load_weights(tmp_path / "head.npz")
    assert (read.labels, read.seeds_hash) == (weights.labels, weights.seeds_hash)
    assert np.array_equal(read.columns, weights.columns)
    assert np.array_equal(read.certainty, weights.certainty)
    assert (read.model.pieces, read.model.network) == (weights.model.pieces, weights.model.network)
    for name in ("likelihoods", "words", "places"):
        assert np.array_equal(getattr(read.model, name), getattr(weights.model, name))


def test_weights_of_other_seeds_are_refused(policy: Policy, weights: Weights) -> None:
    with pytest.raises(HeadError, match=r"python -m guardrails\.train"):
        EmbeddingHead(policy, replace(weights, seeds_hash="other"), embed)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive at all"])
def test_a_damaged_file_is_refused(policy: Policy, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "head.npz"
    path.write_bytes(content)
    with pytest.raises(HeadError, match=r"python -m guardrails\.train"):
        load_head(policy, embed, path)
    with pytest.raises(HeadError):
        load_head(policy, embed, tmp_path / "none.npz")


def rewritten(path: Path, change: dict[str, object]) -> None:
    """Writes the file again with other arrays in place of its own."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    for name, value in change.items():
        array = io.BytesIO()
        np.save(array, np.array(value))
        content[f"{name}.npy"] = array.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        for name, written in content.items():
            archive.writestr(name, written)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"certainty": [1.0]},
        {"labels": ["a"]},
        {"columns": [[1.0]]},
        {"likelihoods": [1.0]},
        {"words": np.zeros((33, 4), np.uint8)},
        {"words": [1]},
        {"places": np.zeros((3, 96), np.float16)},
        {"pieces": [255, 254]},
        {"network": [8, 9]},
    ],
)
def test_weights_of_another_version_are_refused(
    policy: Policy, weights: Weights, tmp_path: Path, change: dict[str, object]
) -> None:
    path = tmp_path / "head.npz"
    save_weights(weights, path)
    rewritten(path, change)
    with pytest.raises(HeadError):
        load_head(policy, embed, path)


def test_a_model_with_other_dimensions_is_refused(policy: Policy, weights: Weights) -> None:
    def short(texts: Sequence[str]) -> NDArray[np.float32]:
        return embed(texts)[:, :384]

    with pytest.raises(ValueError, match="384"):
        EmbeddingHead(policy, weights, short).likelihoods("x", "en", Stage.TURN)


def test_a_network_of_other_classes_is_refused(policy: Policy, weights: Weights) -> None:
    other = replace(weights, model=small_model((), ("one",)))
    with pytest.raises(HeadError, match="classes"):
        EmbeddingHead(policy, other, embed)
