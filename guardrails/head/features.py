"""What the head sees of a text: its meaning, its words, pieces of its words, and its stage.

The meaning alone is not enough. It tells the topic, and "put applicants through to HR" has the
topic of "reject applicants": the verbs, which carry the purpose, are in the words.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from guardrails.text.normaliser import words
from guardrails.verdict import Stage

VERSION = 2
"""Of everything in this module; weights of another version do not fit."""

MEANINGS = 512
"""Dimensions of an embedding."""

STAGES = (Stage.TURN, Stage.CONFIG, Stage.OUTPUT)
"""Where the head looks."""

_SLOTS = 8_192
"""Places words are hashed to; two words in one are told apart by the others around them."""

SIZE = MEANINGS + _SLOTS + len(STAGES)

_MEANING, _WORDS, _PIECES = 6.0, 5.0, 3.0
"""How much each part counts before anything is learnt; found on the development half."""

_PIECE_LENGTHS = (4, 5)

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Returns a row of length 1 per text."""


def feature_rows(
    texts: Sequence[str], languages: Iterable[str], stages: Iterable[Stage], embed: Embed
) -> NDArray[np.float32]:
    """Returns a row per text.

    Args:
        texts: As written or said.
        languages: ISO 639-1, of each.
        stages: Of each.
        embed: Tells the meaning.
    """
    rows = np.zeros((len(texts), SIZE), np.float32)
    meanings = embed(texts)
    if meanings.shape != (len(texts), MEANINGS):
        raise ValueError(f"{meanings.shape[-1]} dimensions; the head was taught with {MEANINGS}")
    rows[:, :MEANINGS] = _MEANING * meanings
    for row, text, language, stage in zip(rows, texts, languages, stages, strict=True):
        _add_words(row, words(text, language))
        row[MEANINGS + _SLOTS + STAGES.index(stage)] = 1
    return rows


def _add_words(row: NDArray[np.float32], found: Sequence[str]) -> None:
    for weight, grams in ((_WORDS, set(_word_grams(found))), (_PIECES, set(_pieces(found)))):
        share = weight / max(1, len(grams)) ** 0.5
        for gram in grams:
            slot = crc32(gram.encode())
            row[MEANINGS + (slot >> 1) % _SLOTS] += share if slot & 1 else -share


def _word_grams(found: Sequence[str]) -> Iterator[str]:
    """Yields words, neighbours, and words with one between."""
    for word in found:
        yield f"1 {word}"
    for before, word in zip(("^", *found), (*found, "$"), strict=True):
        yield f"2 {before} {word}"
    for before, word in zip(found, found[2:], strict=False):
        yield f"3 {before} {word}"


def _pieces(found: Sequence[str]) -> Iterator[str]:
    """Yields pieces of words and of where they meet: what is left of misheard words."""
    text = f" {' '.join(found)} "
    for length in _PIECE_LENGTHS:
        for start in range(len(text) - length + 1):
            yield text[start : start + length]
