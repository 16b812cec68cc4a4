"""The language model as a function that can be learnt (JAX); only teaching needs it.

Products are of numbers of 16 bits and summed in 32: on processors that can, ten times as fast.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax.experimental.layout import Layout, with_layout_constraint

from guardrails.head.network import EPSILON, HEADS
from guardrails.head.pieces import PADDING

Array = jax.Array
Tree = Mapping[str, Any]
"""Arrays by name; those of layers have the layers as their first axis."""

_SHORT = jnp.bfloat16
_BY_ROWS = Layout(major_to_minor=(0, 1))
_NOWHERE = -1e9


def _in_short(left: Array, right: Array, axes: tuple[int, int]) -> Array:
    contract = ((axes[:1], axes[1:]), ((), ()))
    left, right = left.astype(_SHORT), right.astype(_SHORT)
    return jax.lax.dot_general(left, right, contract, preferred_element_type=jnp.float32)


@jax.custom_vjp
def product(rows: Array, weights: Array) -> Array:
    """Returns the matrix product."""
    return _in_short(rows, weights, (1, 0))


def _forward(rows: Array, weights: Array) -> tuple[Array, tuple[Array, Array]]:
    rows, weights = rows.astype(_SHORT), weights.astype(_SHORT)
    return product(rows, weights), (rows, weights)


def _backward(kept: tuple[Array, Array], slope: Array) -> tuple[Array, Array]:
    rows, weights = kept
    turned = with_layout_constraint(rows.T, _BY_ROWS)
    return _in_short(slope, weights, (1, 1)), _in_short(turned, slope, (1, 0))


product.defvjp(_forward, _backward)


def scores(learnt: Tree, fixed: Tree, pieces: Array, stages: Array, noise: Array | None) -> Array:
    """Returns the scores of the classes, a row per text.

    Args:
        learnt: What is taught: `layers`, `stages`, `columns`, `bias`.
        fixed: What stays: `words`, `places`, `norm`, `norm_bias`, and the `layers` below.
        pieces: The places of each text's pieces, `PADDING` behind them.
        stages: Of each text.
        noise: From which it is drawn what is left out; None leaves out nothing.
    """
    there = pieces != PADDING
    rows, length = pieces.shape
    far = jnp.where(there, 0.0, _NOWHERE)[:, None, None, :]
    value = fixed["words"][pieces] + fixed["places"][:length]
    value = _normed(value, fixed["norm"], fixed["norm_bias"]).reshape(rows * length, -1)
    value = jax.lax.stop_gradient(_through(value, fixed["layers"], far))
    told = learnt["stages"][stages][:, None, :]
    value = (value.reshape(rows, length, -1) + told).reshape(rows * length, -1)
    value = _through(_thinned(value, noise, 0), learnt["layers"], far)
    kept = value.reshape(rows, length, -1) * there[:, :, None]
    pooled = _thinned(kept.sum(1) / there.sum(1, keepdims=True), noise, 1)
    return pooled @ learnt["columns"] + learnt["bias"][stages]


def _through(value: Array, layers: Tree, far: Array) -> Array:
    def step(carried: Array, layer: Tree) -> tuple[Array, None]:
        return _layer(carried, layer, far), None

    return jax.lax.scan(step, value, layers)[0]


def _layer(value: Array, layer: Tree, far: Array) -> Array:
    rows, width = far.shape[0], value.shape[1]
    looked = product(value, layer["qkv"]) + layer["qkv_bias"]
    parts = looked.reshape(rows, -1, 3, HEADS, width // HEADS).transpose(2, 0, 3, 1, 4)
    asks, answers, means = parts[0], parts[1], parts[2]
    near = jnp.einsum("bhqd,bhkd->bhqk", asks, answers) * (width // HEADS) ** -0.5
    seen = jnp.einsum("bhqk,bhkd->bhqd", jax.nn.softmax(near + far, -1), means)
    seen = seen.transpose(0, 2, 1, 3).reshape(-1, width)
    change = product(seen, layer["mix"]) + layer["mix_bias"]
    value = _normed(value + change, layer["first"], layer["first_bias"])
    wide = jax.nn.gelu(product(value, layer["up"]) + layer["up_bias"], approximate=True)
    change = product(wide, layer["down"]) + layer["down_bias"]
    return _normed(value + change, layer["last"], layer["last_bias"])


def _normed(value: Array, weights: Array, bias: Array) -> Array:
    away = value - value.mean(-1, keepdims=True)
    return away * jax.lax.rsqrt((away * away).mean(-1, keepdims=True) + EPSILON) * weights + bias


_LEFT_OUT = 0.1


def _thinned(value: Array, noise: Array | None, which: int) -> Array:
    if noise is None:
        return value
    kept = jax.random.bernoulli(jax.random.fold_in(noise, which), 1 - _LEFT_OUT, value.shape)
    return value * kept / (1 - _LEFT_OUT)
