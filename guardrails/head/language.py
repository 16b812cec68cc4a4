"""Makes the language model of the head from examples, starting from one that knows languages."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from guardrails.head.encoder import READ, Model
from guardrails.head.examples import Example
from guardrails.head.features import STAGES
from guardrails.head.network import Layer, Learnt, network
from guardrails.head.packing import unpacked
from guardrails.head.pieces import UNKNOWN, Pieces, words_of
from guardrails.head.start import Start
from guardrails.head.transformer import Tree
from guardrails.head.tuning import PASSES, tuned

_LAYERS = 8
"""Of the twelve; those above were made for finding documents, and cost a third of the time."""

_KEPT = 4
"""Layers that are not taught: what they know of words holds for texts like no seed."""

_COMMON = 16_000
"""Pieces that are kept whether a seed needs them or not."""

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzàâäáãåæçéèêëíìîïñóòôöõœúùûüýÿß0123456789")
_LONGEST = 16
_START = 0.02
_SEED = 1


def language_model(
    examples: Sequence[Example], labels: Sequence[str], start: Start, passes: float = PASSES
) -> Model:
    """Returns a model that scores `labels`.

    Args:
        examples: To learn from, as they were written.
        labels: The classes.
        start: The model that knows languages.
        passes: How often each example is read.
    """
    kept = _kept(examples, start)
    pieces = Pieces([start.pieces[place] for place in kept], start.likelihoods[kept].tolist())
    words = start.words[kept]
    width = start.tensors["emb.ln.w"].size
    places = start.tensors["emb.pos"].reshape(-1, width)[: READ + 2]
    places = (places + start.tensors["emb.type"][:width]).astype(np.float16)
    layers = [_layer(start, place, width) for place in range(_LAYERS)]
    norm = start.tensors["emb.ln.w"], start.tensors["emb.ln.b"]
    fixed = {
        "words": unpacked(words),
        "places": places.astype(np.float32),
        "norm": norm[0],
        "norm_bias": norm[1],
        "layers": _stacked(layers[:_KEPT]),
    }
    learnt = tuned(_untaught(layers[_KEPT:], len(labels)), fixed, examples, labels, pieces, passes)
    return Model(
        pieces=tuple(start.pieces[place] for place in kept),
        likelihoods=start.likelihoods[kept],
        words=words,
        places=places,
        network=network(_found(norm, layers[:_KEPT], learnt)),
    )


def _found(
    norm: tuple[NDArray[np.float32], NDArray[np.float32]], below: Sequence[Layer], learnt: Tree
) -> Learnt:
    above = [
        {name: np.asarray(values[place]) for name, values in learnt["layers"].items()}
        for place in range(_LAYERS - _KEPT)
    ]
    return Learnt(
        norm=norm,
        layers=[*below, *above],
        stage_at=_KEPT,
        stages=np.asarray(learnt["stages"]),
        columns=np.asarray(learnt["columns"]),
        bias=np.asarray(learnt["bias"]),
    )


def _kept(examples: Sequence[Example], start: Start) -> list[int]:
    """Returns the places of pieces that texts of the six languages need."""
    special = list(range(UNKNOWN + 1))
    known = [
        place
        for place, name in enumerate(start.pieces)
        if place > UNKNOWN and 0 < len(name) <= _LONGEST and _is_ours(name)
    ]
    all_of_them = [*special, *known]
    names = [start.pieces[place] for place in all_of_them]
    pieces = Pieces(names, start.likelihoods[all_of_them].tolist())
    words = {word for example in examples for word in words_of(example.text)}
    used = {all_of_them[place] for word in words for place in pieces.split_word(word)}
    common = sorted(known, key=lambda place: (-start.likelihoods[place], place))[:_COMMON]
    return sorted({*special, *used, *common})


def _is_ours(piece: str) -> bool:
    return all(
        sign in _LETTERS or (not sign.isalnum() and (ord(sign) < 0x250 or sign in "▁–—‘’“”„…€"))
        for sign in piece
    )


def _untaught(layers: Sequence[Layer], classes: int) -> Tree:
    width = layers[0]["first"].size
    columns = np.random.default_rng(_SEED).standard_normal((width, classes)) * _START
    return {
        "layers": _stacked(layers),
        "stages": np.zeros((len(STAGES), width), np.float32),
        "columns": columns.astype(np.float32),
        "bias": np.zeros((len(STAGES), classes), np.float32),
    }


def _stacked(layers: Sequence[Layer]) -> dict[str, NDArray[np.float32]]:
    return {name: np.stack([layer[name] for layer in layers]) for name in layers[0]}


def _layer(start: Start, place: int, width: int) -> Layer:
    def vector(name: str) -> NDArray[np.float32]:
        return start.tensors[f"l{place}.{name}"]

    def matrix(name: str) -> NDArray[np.float32]:
        return vector(f"{name}.w").reshape(vector(f"{name}.b").size, -1).T

    return {
        "qkv": np.concatenate([matrix(name) for name in "qkv"], axis=1),
        "qkv_bias": np.concatenate([vector(f"{name}.b") for name in "qkv"]),
        "mix": matrix("ao"),
        "mix_bias": vector("ao.b"),
        "first": vector("aln.w"),
        "first_bias": vector("aln.b"),
        "up": matrix("fi"),
        "up_bias": vector("fi.b"),
        "down": matrix("fo"),
        "down_bias": vector("fo.b"),
        "last": vector("oln.w"),
        "last_bias": vector("oln.b"),
    }
