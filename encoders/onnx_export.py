"""A sentence encoder's forward pass as an ONNX graph: fused attention, mean pooling and length 1 inside."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.errors import EncodersError

INPUTS = ("tokens", "mask")
OUTPUT = "vectors"
DEPTHS = "depths"
"""The vectors, and beside them those of the layers that `depths_of` names, each of length 1."""
_CONTRIB = "com.microsoft"
_OPSET = 20
"""The first that knows GELU."""
_FARTHEST = 512
"""Tokens apart, from where on relative positions share a bucket anyway."""

Weights = Mapping[str, NDArray[np.float32]]


def depths_of(layers: int) -> tuple[int, ...]:
    """After how many of so many layers tokens are averaged as well: a third and two thirds."""
    return (layers // 3, 2 * layers // 3) if layers >= 3 else ()


class NotExportable(EncodersError):
    """The encoder is of a kind this graph is not written for; the reference path serves it."""


@dataclass(frozen=True, slots=True)
class Names:
    """What an architecture calls its tensors inside a layer, and the row of its first position."""

    query: str
    key: str
    value: str
    attended: str
    attended_norm: str
    first_position: int


ARCHITECTURES: Mapping[str, Names] = {
    "bert": Names(
        query="attention.self.query",
        key="attention.self.key",
        value="attention.self.value",
        attended="attention.output.dense",
        attended_norm="attention.output.LayerNorm",
        first_position=0,
    ),
    "mpnet": Names(
        query="attention.attn.q",
        key="attention.attn.k",
        value="attention.attn.v",
        attended="attention.attn.o",
        attended_norm="attention.LayerNorm",
        first_position=2,
    ),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Of the network: what its configuration says."""

    kind: str
    layers: int
    heads: int
    width: int
    epsilon: float
    buckets: int

    @classmethod
    def of(cls, config: Any) -> "Shape":
        """Raises NotExportable with what is unknown about it."""
        kind, activation = config.model_type, config.hidden_act
        if kind not in ARCHITECTURES or activation != "gelu":
            raise NotExportable(f"no graph is written for {kind} with {activation}")
        if getattr(config, "position_embedding_type", None) not in (None, "absolute"):
            raise NotExportable(f"no graph is written for positions that are {config.position_embedding_type}")
        buckets = getattr(config, "relative_attention_num_buckets", 0)
        sizes = (config.num_hidden_layers, config.num_attention_heads, config.hidden_size)
        return cls(kind, *sizes, epsilon=config.layer_norm_eps, buckets=buckets)


def exported(shape: Shape, weights: Weights) -> bytes:
    """A model from `tokens` and `mask`, both (n, t) int64, to `vectors`, (n, width) float32, rows of length 1.

    Its other output is `DEPTHS`, (n, width times one more than `depths_of` names).
    """
    return drawn(Graph(), shape, weights)


def drawn(graph: "Graph", shape: Shape, weights: Weights) -> bytes:
    """The same, with the graph's own way of multiplying."""
    from onnx import TensorProto, helper

    _network(graph, shape, weights)
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"]) for name in INPUTS]
    widths = {OUTPUT: shape.width, DEPTHS: shape.width * (1 + len(depths_of(shape.layers)))}
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width]) for name, width in widths.items()]
    return finished(graph, inputs, outputs)


def finished(graph: "Graph", inputs: Sequence[Any], outputs: Sequence[Any]) -> bytes:
    """A model of the graph's nodes, checked."""
    import onnx
    from onnx import helper

    made = helper.make_graph(graph.nodes, "encoder", inputs, outputs, list(graph.constants.values()))
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=9, producer_name="pointsman")
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@dataclass(slots=True)
class Graph:
    """Nodes in order, and the constants they use, each once.

    `padded`: texts of unequal length may share a run, so attention has to look at the mask.
    """

    padded: bool = True
    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)

    def constant(self, name: str, value: Any) -> str:
        """Its name; the first value given under a name stays."""
        from onnx import numpy_helper

        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.array(value, order="C"), name)
        return name

    def add(self, operation: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """A node; the name of what it gives."""
        from onnx import helper

        output = output or f"{operation}_{len(self.nodes)}"
        domain = _CONTRIB if operation in _FUSED else ""
        self.nodes.append(helper.make_node(operation, list(inputs), [output], output, domain=domain, **attributes))
        return output

    def split(self, rows: str, parts: int) -> list[str]:
        """The last axis in equal parts."""
        from onnx import helper

        outputs = [f"part_{len(self.nodes)}_{number}" for number in range(parts)]
        self.nodes.append(helper.make_node("Split", [rows], outputs, outputs[0], axis=-1, num_outputs=parts))
        return outputs

    def largest(self, rows: str, count: int) -> str:
        """So many of the last axis, the largest first."""
        from onnx import helper

        outputs = [f"largest_{len(self.nodes)}", f"places_{len(self.nodes)}"]
        count_name = self.constant(f"count_{count}", [count])
        self.nodes.append(helper.make_node("TopK", [rows, count_name], outputs, outputs[0], axis=-1))
        return outputs[0]

    def norm(self, weights: Weights, name: str) -> tuple[str, str]:
        """Scale and shift of a normalisation."""
        return (
            self.constant(f"{name}.weight", weights[f"{name}.weight"]),
            self.constant(f"{name}.bias", weights[f"{name}.bias"]),
        )

    def product(self, weights: Weights, names: Sequence[str], rows: str) -> str:
        """Times the matrices of these names, side by side; no bias is added."""
        matrix = np.concatenate([weights[f"{name}.weight"] for name in names]).T
        return self.add("MatMul", rows, self.constant(f"{names[0]}.matrix", matrix))

    def dense(self, weights: Weights, names: Sequence[str], rows: str, bias: NDArray[np.float32]) -> str:
        """The same, and a bias (the matrices' columns together,)."""
        return self.add("Add", self.product(weights, names, rows), self.constant(f"{names[0]}.bias", bias))

    def gelu(self, rows: str) -> str:
        """What stands between the two dense steps."""
        return self.add("Gelu", rows)


_FUSED = frozenset({"MultiHeadAttention", "MatMulIntegerToFloat"})
"""Attention is quicker in one node. A normalisation fused with the sum before it, or GELU with its bias, is slower."""


def _network(graph: Graph, shape: Shape, weights: Weights) -> None:
    length = graph.add("Gather", graph.add("Shape", INPUTS[0]), graph.constant("one", np.int64(1)), axis=0)
    mask = graph.add("Cast", INPUTS[1], to=6)  # int32
    nearness = [_nearness(graph, shape, weights, length)] if shape.buckets else []
    rows = _embedded(graph, shape, weights, length)
    pooled = []
    for number in range(shape.layers):
        rows = _layer(graph, shape, weights, f"encoder.layer.{number}.", (rows, mask, *nearness))
        if number + 1 in depths_of(shape.layers):
            pooled.append(_pooled(graph, rows))
    graph.add("Concat", _pooled(graph, rows, OUTPUT), *pooled, axis=-1, output=DEPTHS)


def _embedded(graph: Graph, shape: Shape, weights: Weights, length: str) -> str:
    positions = weights["embeddings.position_embeddings.weight"][ARCHITECTURES[shape.kind].first_position :]
    if "embeddings.token_type_embeddings.weight" in weights:
        positions = positions + weights["embeddings.token_type_embeddings.weight"][0]
    words = graph.constant("words", weights["embeddings.word_embeddings.weight"])
    first, end = graph.constant("first", [0]), graph.add("Unsqueeze", length, graph.constant("first", [0]))
    placed = graph.add("Slice", graph.constant("positions", positions), first, end, first)
    both = graph.add("Add", graph.add("Gather", words, INPUTS[0]), placed)
    norm = graph.norm(weights, "embeddings.LayerNorm")
    return graph.add("LayerNormalization", both, *norm, axis=-1, epsilon=shape.epsilon)


def _layer(graph: Graph, shape: Shape, weights: Weights, at: str, inputs: Sequence[str]) -> str:
    """Attention and the two dense steps; `inputs`: rows, mask and, where the network has one, the nearness bias."""
    names, (rows, mask, *nearness) = ARCHITECTURES[shape.kind], inputs
    steps = _asked(names, at)
    asked, keys, values = graph.split(graph.dense(weights, steps, rows, _asked_bias(weights, steps)), 3)
    others = ("", mask if graph.padded else "", *nearness)
    seen = graph.add("MultiHeadAttention", asked, keys, values, *others, num_heads=shape.heads)
    dense, norm = f"{at}{names.attended}", f"{at}{names.attended_norm}"
    rows = _added(graph, shape, weights, (seen, rows), (dense, norm, _attended_bias(weights, names, at)))
    dense = f"{at}intermediate.dense"
    wide = graph.dense(weights, [dense], rows, weights[f"{dense}.bias"])
    dense, norm = f"{at}output.dense", f"{at}output.LayerNorm"
    return _added(graph, shape, weights, (graph.gelu(wide), rows), (dense, norm, weights[f"{dense}.bias"]))


def _asked(names: Names, at: str) -> list[str]:
    return [f"{at}{name}" for name in (names.query, names.key, names.value)]


def _asked_bias(weights: Weights, steps: Sequence[str]) -> NDArray[np.float32]:
    """Of what is asked alone: the keys' adds the same to all that a token asks, and changes nothing; the values' is in
    `_attended_bias`."""
    asked = weights[f"{steps[0]}.bias"]
    return np.concatenate([asked, np.zeros(len(asked) * (len(steps) - 1), dtype=np.float32)])


def _attended_bias(weights: Weights, names: Names, at: str) -> NDArray[np.float32]:
    """With the values' bias in it: attention is a mean, so what is added to all values comes out as it went in."""
    passed_on = weights[f"{at}{names.attended}.weight"] @ weights[f"{at}{names.value}.bias"]
    return np.asarray(weights[f"{at}{names.attended}.bias"] + passed_on, dtype=np.float32)


def _added(
    graph: Graph,
    shape: Shape,
    weights: Weights,
    rows: tuple[str, str],
    step: tuple[str, str, NDArray[np.float32]],
) -> str:
    """The product of the new rows and its bias, added to the old rows and normalised."""
    (new, old), (dense, norm, bias) = rows, step
    total = graph.add("Add", graph.dense(weights, [dense], new, bias), old)
    return graph.add("LayerNormalization", total, *graph.norm(weights, norm), axis=-1, epsilon=shape.epsilon)


def _pooled(graph: Graph, rows: str, output: str = "") -> str:
    """The tokens' mean, made of length 1."""
    if graph.padded:
        mask = graph.add("Cast", INPUTS[1], to=1)  # float32
        rows = graph.add("Mul", rows, graph.add("Unsqueeze", mask, graph.constant("last", [-1])))
    total = graph.add("ReduceSum", rows, graph.constant("tokens_axis", [1]), keepdims=0)
    return graph.add("LpNormalization", total, axis=-1, p=2, output=output)


def _nearness(graph: Graph, shape: Shape, weights: Weights, length: str) -> str:
    """(1, heads, t, t) float32: what each head adds for how far apart two tokens are."""
    table = weights["encoder.relative_attention_bias.weight"][_buckets(shape.buckets)]
    places = graph.add("Range", graph.constant("zero", np.int64(0)), length, graph.constant("one", np.int64(1)))
    first, second = graph.constant("first", [0]), graph.constant("tokens_axis", [1])
    apart = graph.add("Sub", graph.add("Unsqueeze", places, first), graph.add("Unsqueeze", places, second))
    row = graph.add("Add", apart, graph.constant("farthest", np.int64(_FARTHEST - 1)))
    found = graph.add("Gather", graph.constant("nearness", table), row)
    return graph.add("Unsqueeze", graph.add("Transpose", found, perm=[2, 0, 1]), first)


def _buckets(count: int) -> NDArray[np.int64]:
    """(1023,) the bucket of each distance from -511 to 511, as in MPNet: exact when near, by logarithm when far."""
    half, near = count // 2, count // 4
    distance = -np.arange(1 - _FARTHEST, _FARTHEST)
    size = np.abs(distance)
    scale = (half - near) / math.log(128 / near)
    far = np.minimum(near + (np.log(np.maximum(size, 1) / near) * scale).astype(np.int64), half - 1)
    return np.where(distance < 0, half, 0) + np.where(size < near, size, far)
