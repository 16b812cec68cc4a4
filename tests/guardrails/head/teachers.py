"""A small world to teach a head: meanings by key words, and seeds about jobs and fires."""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from guardrails.head.encoder import READ, Model
from guardrails.head.examples import Example
from guardrails.head.features import MEANINGS, STAGES
from guardrails.head.network import Layer, Learnt, network
from guardrails.head.packing import BLOCK, BLOCK_BYTES

SEEDS: dict[str, Any] = {
    "en/seeds/annex-iii.yaml": {
        "employment": {
            "turn": {
                "hits": ["did I get the job", "am I hired for the job", "will you hire me"],
                "passes": ["who do I ask about the job", "put me through about the job"],
            },
            "config": {
                "hits": ["Rank the applicants.", "Reject weak applicants."],
                "passes": ["Put applicants through.", "Take the names of applicants."],
            },
        }
    },
    "en/seeds/emergencies.yaml": {
        "emergency": {
            "turn": {
                "hits": ["there is a fire", "the house is burning", "help, fire in the kitchen"],
                "passes": ["the fire alarm wants its service", "a film about a fire"],
            }
        }
    },
    "en/seeds/ordinary.yaml": {
        "turn": ["good morning", "what are your hours", "a table for two"],
        "config": ["We open at nine."],
        "output": ["We open at nine."],
    },
}


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Returns the words of each text, hashed: as much meaning as a small world needs."""
    rows = np.zeros((len(texts), MEANINGS), np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in text.lower().split() or [""]:
            row[crc32(word.strip(".,?").encode()) % MEANINGS] += 1
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


WIDTH = 96
_PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁job", "▁fire", "▁", *"abcdefghijklmnopqrstuvwxyz")


def small_model(examples: Sequence[Example], labels: Sequence[str]) -> Model:
    """Returns a language model of one layer that has learnt nothing of `examples`."""
    del examples
    random = np.random.default_rng(7)
    words = np.zeros((len(_PIECES), WIDTH // BLOCK, BLOCK_BYTES), np.uint8)
    words[..., 2:] = random.integers(0, 256, words[..., 2:].shape)
    words[..., :2] = np.frombuffer(np.float16(0.05).tobytes(), np.uint8)
    return Model(
        pieces=_PIECES,
        likelihoods=np.array([0, 0, 0, 0, -2, -2, -4, *[-6] * 26], np.float32),
        words=words.reshape(len(_PIECES), -1),
        places=random.normal(0, 0.1, (READ + 2, WIDTH)).astype(np.float16),
        network=network(
            Learnt(
                norm=(np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)),
                layers=[small_layer(random)],
                stage_at=0,
                stages=np.zeros((len(STAGES), WIDTH), np.float32),
                columns=random.normal(0, 0.02, (WIDTH, len(labels))).astype(np.float32),
                bias=np.zeros((len(STAGES), len(labels)), np.float32),
            )
        ),
    )


def small_layer(random: np.random.Generator) -> Layer:
    """Returns a layer that has learnt nothing."""
    sizes = {"qkv": (WIDTH, 3 * WIDTH), "mix": (WIDTH, WIDTH)}
    sizes |= {"up": (WIDTH, 2 * WIDTH), "down": (2 * WIDTH, WIDTH)}
    layer: dict[str, NDArray[np.float32]] = {}
    for name, size in sizes.items():
        layer[name] = random.normal(0, 0.05, size).astype(np.float32)
        layer[f"{name}_bias"] = np.zeros(size[1], np.float32)
    for name in ("first", "last"):
        layer[name] = np.ones(WIDTH, np.float32)
        layer[f"{name}_bias"] = np.zeros(WIDTH, np.float32)
    return layer
