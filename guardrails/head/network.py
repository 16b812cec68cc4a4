"""Writes what was learnt as a network that the engine of the product runs (ONNX).

Only teaching needs it. Weights have seven bits of eight: processors without the newest
instructions add two products in 16 bits, and with eight they would find other likelihoods.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

Numbers = NDArray[np.float32]
Layer = Mapping[str, Numbers]
"""Weights of a layer: `qkv`, `mix`, `up`, `down` and their `_bias`, `first` and `last` norms."""

HEADS = 12
EPSILON = 1e-12
_LARGEST = 63
_OPERATIONS = 20
_FORMAT = 10
_ENGINE = "com.microsoft"
"""Whose operations those are that the standard has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What teaching has found.

    Attributes:
        norm: Of what is read, as weights and bias.
        layers: From the first to the last.
        stage_at: The layer before which the stage is told.
        stages: What each stage adds to what is read.
        columns: Of the classes, weights.
        bias: Of the classes, a row per stage.
    """

    norm: tuple[Numbers, Numbers]
    layers: Sequence[Layer]
    stage_at: int
    stages: Numbers
    columns: Numbers
    bias: Numbers


@dataclass(slots=True)
class _Graph:
    """Collects the operations and the numbers of a network."""

    nodes: list[NodeProto] = field(default_factory=list[NodeProto])
    numbers: list[TensorProto] = field(default_factory=list[TensorProto])

    def constant(self, values: NDArray[np.generic]) -> str:
        name = f"n{len(self.numbers)}"
        self.numbers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, operation: str, *inputs: str, engine: bool = False, **settings: Any) -> str:
        name = f"v{len(self.nodes)}"
        domain = _ENGINE if engine else ""
        made = helper.make_node(operation, list(inputs), [name], domain=domain, **settings)
        self.nodes.append(made)
        return name

    def product(self, value: str, weights: Numbers, bias: Numbers) -> str:
        scales = np.maximum(np.abs(weights).max(axis=0) / _LARGEST, 1e-12)
        whole = np.rint(weights / scales).astype(np.int8)
        found = (whole, scales.astype(np.float32))
        return self.add(
            "DynamicQuantizeMatMul",
            value,
            *map(self.constant, found),
            "",
            self.constant(bias),
            engine=True,
        )


def network(learnt: Learnt) -> bytes:
    """Returns the network: pieces' meanings and the stage in, scores of classes out."""
    graph = _Graph()
    weights, bias = map(graph.constant, learnt.norm)
    value = graph.add("LayerNormalization", "pieces", weights, bias, epsilon=EPSILON)
    for place, layer in enumerate(learnt.layers):
        if place == learnt.stage_at:
            told = graph.add("Gather", graph.constant(learnt.stages), "stage")
            value = graph.add("Add", value, told)
        value = _layer(graph, value, layer)
    pooled = graph.add("ReduceMean", value, graph.constant(np.array([1])), keepdims=0)
    columns = graph.add("MatMul", pooled, graph.constant(learnt.columns))
    graph.add("Add", columns, graph.add("Gather", graph.constant(learnt.bias), "stage"))
    return _model(graph, len(learnt.stages[0]), learnt.columns.shape[1]).SerializeToString(
        deterministic=True
    )


def _layer(graph: _Graph, value: str, layer: Layer) -> str:
    columns = np.split(layer["qkv"], 3, axis=1)
    biases = np.split(layer["qkv_bias"], 3)
    looked = [graph.product(value, *one) for one in zip(columns, biases, strict=True)]
    seen = graph.add("MultiHeadAttention", *looked, engine=True, num_heads=HEADS)
    value = _normed(graph, value, graph.product(seen, layer["mix"], layer["mix_bias"]), layer, 0)
    wide = graph.product(value, layer["up"], layer["up_bias"])
    wide = graph.add("Gelu", wide, approximate="tanh")
    return _normed(graph, value, graph.product(wide, layer["down"], layer["down_bias"]), layer, 1)


def _normed(graph: _Graph, value: str, change: str, layer: Layer, place: int) -> str:
    name = ("first", "last")[place]
    found = map(graph.constant, (layer[name], layer[f"{name}_bias"]))
    return graph.add("SkipLayerNormalization", value, change, *found, engine=True, epsilon=EPSILON)


def _model(graph: _Graph, width: int, classes: int) -> ModelProto:
    last = graph.nodes[-1].output[0]
    made = helper.make_graph(
        graph.nodes,
        "head",
        [
            helper.make_tensor_value_info("pieces", TensorProto.FLOAT, [1, "length", width]),
            helper.make_tensor_value_info("stage", TensorProto.INT64, [1]),
        ],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, [1, classes])],
        graph.numbers,
    )
    versions = [helper.make_opsetid("", _OPERATIONS), helper.make_opsetid(_ENGINE, 1)]
    return helper.make_model(made, opset_imports=versions, ir_version=_FORMAT)
