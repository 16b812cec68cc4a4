"""A small world to teach a head: meanings by key words, and seeds about jobs and fires."""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from guardrails.head.features import MEANINGS

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
