"""A language model is taught, and what runs it finds what teaching found."""

from dataclasses import replace
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from guardrails.head.encoder import Encoder
from guardrails.head.examples import Example
from guardrails.head.features import STAGES
from guardrails.head.language import language_model
from guardrails.head.network import Learnt, network
from guardrails.head.packing import unpacked
from guardrails.head.pieces import END, START
from guardrails.head.start import load_start
from guardrails.head.transformer import scores
from guardrails.verdict import Stage
from tests.guardrails.head.starts import write_start
from tests.guardrails.head.teachers import WIDTH, small_layer, small_model

pytestmark = pytest.mark.integration

LABELS = ("+employment", "-employment")
DECIDES = ("will you hire me", "hire me", "will you hire")
ROUTES = ("who will ask about the job", "about the job", "ask about the job")


def test_what_decides_is_told_from_what_routes(tmp_path: Path) -> None:
    examples = [
        Example(text=text, source=text, language="en", stage=Stage.TURN, label=label)
        for label, texts in zip(LABELS, (DECIDES, ROUTES), strict=True)
        for text in texts
    ]
    start = load_start(write_start(tmp_path / "start.bin"))
    model = language_model(examples, LABELS, start, passes=400)
    assert "火" not in model.pieces
    encoder = Encoder(model)
    for text in DECIDES:
        assert encoder.scores(text, 0)[0].argmax() == 0
    for text in ROUTES:
        assert encoder.scores(text, 0)[0].argmax() == 1
    again = language_model(examples, LABELS, start, passes=400)
    assert again.network == model.network


def test_the_network_finds_what_was_taught() -> None:
    random = np.random.default_rng(5)
    model = small_model((), LABELS)
    layers = [small_layer(random), small_layer(random)]
    stages = random.normal(0, 0.3, (len(STAGES), WIDTH)).astype(np.float32)
    columns = random.normal(0, 1, (WIDTH, 2)).astype(np.float32)
    bias = random.normal(0, 1, (len(STAGES), 2)).astype(np.float32)
    norm = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)
    below, above = ({name: layer[name][None] for name in layer} for layer in layers)
    fixed = {"words": unpacked(model.words), "places": model.places.astype(np.float32)}
    fixed |= {"norm": norm[0], "norm_bias": norm[1], "layers": below}
    learnt = {"stages": stages, "columns": columns, "bias": bias, "layers": above}
    pieces = jnp.array([[START, 4, 5, 8, 9, END, 1, 1]])
    taught = np.asarray(scores(learnt, fixed, pieces, jnp.array([1]), None))[0]
    made = Learnt(norm=norm, layers=layers, stage_at=1, stages=stages, columns=columns, bias=bias)
    runs = Encoder(replace(model, network=network(made)))
    assert runs.scores("job firebc", 1)[0] == pytest.approx(taught, abs=0.15)
