"""A sentence encoder's forward pass in eight bits: for a quick look, not for vectors that are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.onnx_export import ARCHITECTURES, Graph, NotExportable, Shape, Weights, drawn, finished

_SENTENCES, _WORDS = 32, 18
_TO_WEIGHTS = 0.75
"""How much of an activation's spread over channels the weights take on: less makes one scale for all tokens coarse."""
_MARGIN = 1.05
"""How far beyond what random words gave activations may go; what goes farther is cut off."""
_LOWEST_GELU = np.float32(0.17)
"""GELU never falls below minus this: shifted by it, the whole range of a byte is used."""
_SIGNED, _UNSIGNED = np.float32(1 / 127), np.float32(1 / 255)
_LEAST = 1e-6
_CENTRE, _ZERO = np.uint8(128), np.uint8(0)

Vector = NDArray[np.float32]
Reach = Mapping[str, Vector]


def quantised(shape: Shape, weights: Weights, reach: Reach) -> bytes:
    """As `onnx_export.exported`, every dense product in int8, with a scale per output channel.

    `reach`: by the name of a normalisation, (width,) float32: how large what it gives becomes, channel by channel. It
    gives what reads normalised rows one scale; anything else has a scale per token, which depends on no other token.
    Raises NotExportable for a network other than BERT: only there was the
    loss measured.
    """
    if shape.kind != "bert":
        raise NotExportable(f"no graph in eight bits is written for {shape.kind}")
    graph = _QuantisedGraph(padded=False, evened=_evened(shape, weights, reach))
    return drawn(graph, shape, _shifted(shape, weights))


@dataclass(frozen=True, slots=True)
class Learned:
    """What vectors are compared with: `anchors` (m, d), and what each of them adds by its nearness: `pull` (m, k).

    Nearness is `exp(sharpness * (product - 1))`. All float32.
    """

    anchors: Vector
    pull: Vector
    sharpness: float


def comparison(learned: Learned, nearest: int) -> bytes:
    """A model from `rows` (n, d) to what the anchors add (n, k), and their `nearest` largest products (n, nearest).

    The products are made in integers, all else in float32.
    """
    graph = _QuantisedGraph(padded=False)
    products = graph.product({"anchors.weight": learned.anchors}, ["anchors"], "rows")
    added, largest = _added(graph, learned, products), graph.largest(products, nearest)
    outputs = {added: learned.pull.shape[1], largest: nearest}
    return _from_rows(graph, learned.anchors.shape[1], outputs)


def comparison_seen(learned: Learned, centre: Vector, across: Vector) -> bytes:
    """A model from `rows` (n, depths) to what the anchors add (n, k), compared in a view: the rows without `centre`
    (depths,), turned by `across` (depths, d) and made of length 1.

    A view's first directions are much longer than its last, and bytes would go to them alone: both sides are turned
    once more, at random, which changes no product and makes all directions alike. It halves what bytes are off by.
    """
    graph = _QuantisedGraph(padded=False)
    turn = _turned_at_random(across.shape[1])
    turned = graph.add("Sub", "rows", graph.constant("view.centre", centre))
    turned = graph.add("MatMul", turned, graph.constant("view.across", across @ turn))
    seen = graph.add("LpNormalization", turned, axis=-1, p=2)
    added = _added(graph, learned, graph.product({"anchors.weight": learned.anchors @ turn}, ["anchors"], seen))
    return _from_rows(graph, len(centre), {added: learned.pull.shape[1]})


def _turned_at_random(width: int) -> Vector:
    """(width, width) orthogonal, the same every time."""
    found, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(width, width)))
    return np.asarray(found, dtype=np.float32)


def _added(graph: Graph, learned: Learned, products: str) -> str:
    apart = graph.add("Sub", products, graph.constant("alike", np.float32(1.0)))
    sharp = graph.add("Mul", apart, graph.constant("sharpness", np.float32(learned.sharpness)))
    return graph.add("MatMul", graph.add("Exp", sharp), graph.constant("pull", learned.pull))


def _from_rows(graph: Graph, width: int, outputs: Mapping[str, int]) -> bytes:
    from onnx import TensorProto, helper

    given, *made = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size])
        for name, size in {"rows": width, **outputs}.items()
    )
    return finished(graph, [given], made)


def reach_of(network: Any, special: tuple[int, int]) -> dict[str, Vector]:
    """What `quantised` asks for, from random words between the two special ones: it knows no data set's words."""
    import torch

    found: dict[str, Vector] = {}
    words = np.random.default_rng(0).integers(0, network.config.vocab_size, (_SENTENCES, _WORDS))
    words[:, 0], words[:, -1] = special
    norms = {name: module for name, module in network.named_modules() if name.endswith("LayerNorm")}
    hooks = [module.register_forward_hook(partial(_keep_reach, found, name)) for name, module in norms.items()]
    try:
        with torch.inference_mode():
            network(input_ids=torch.from_numpy(words), attention_mask=torch.ones_like(torch.from_numpy(words)))
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _keep_reach(found: dict[str, Vector], name: str, _module: Any, _given: Any, result: Any) -> None:
    found[name] = result.abs().amax(dim=(0, 1)).numpy()


@dataclass(frozen=True, slots=True)
class _Evened:
    """What a dense step divides its activations by, channel by channel, and how large they then become at most."""

    divisor: Vector
    largest: float


@dataclass(slots=True)
class _QuantisedGraph(Graph):
    """`evened`: for steps that read normalised rows; of steps side by side, under the name of the first."""

    evened: Mapping[str, _Evened] = field(default_factory=dict)

    def product(self, weights: Weights, names: Sequence[str], rows: str) -> str:
        """Times the matrices of these names, in integers; scaled back token by token."""
        name, matrix = names[0], _side_by_side(weights, names)
        follows_gelu = _follows_gelu(name)
        tokens, largest = self._shifted(rows) if follows_gelu else self._centred(rows)
        scale, zero = ("unsigned", "zero_point") if follows_gelu else ("signed", "centre")
        return self.add("Mul", self._multiplied(name, matrix, (tokens, scale, zero)), largest)

    def dense(self, weights: Weights, names: Sequence[str], rows: str, bias: Vector) -> str:
        """The same, and a bias; with one scale for all tokens where it is known how large they become."""
        name = names[0]
        if name not in self.evened:
            return Graph.dense(self, weights, names, rows, bias)
        evened = self.evened[name]
        step = np.float32(evened.largest / 127)
        self._scales()
        small = self.add("Mul", rows, self.constant(f"{name}.even", np.float32(1.0) / (evened.divisor * step)))
        tokens = self.add("QuantizeLinear", small, "whole", "centre")
        scale = self.constant(f"{name}.step", step)
        matrix = _side_by_side(weights, names) * evened.divisor[:, None]
        return self._multiplied(name, matrix, (tokens, scale, "centre"), self.constant(f"{name}.bias", bias))

    def gelu(self, rows: str) -> str:
        """By the hyperbolic tangent: quicker, and off by less than a fortieth of what eight bits can tell apart."""
        return self.add("Gelu", rows, approximate="tanh")

    def _multiplied(self, name: str, matrix: Vector, rows: tuple[str, str, str], *bias: str) -> str:
        """`rows`: tokens as bytes, their scale, and which byte stands for nothing."""
        tokens, scale, zero = rows
        whole, channel = _rounded(matrix)
        scales = (scale, self.constant(f"{name}.channel", channel))
        last = ("", *bias) if bias else ()
        return self.add("MatMulIntegerToFloat", tokens, self.constant(f"{name}.whole", whole), *scales, zero, *last)

    def _centred(self, rows: str) -> tuple[str, str]:
        """Tokens as bytes around 128 and the largest size in each."""
        self._scales()
        largest = self.add("ReduceMax", self.add("Abs", rows), "last_axis", keepdims=1)
        return self.add("QuantizeLinear", self.add("Div", rows, largest), "signed", "centre"), largest

    def _shifted(self, rows: str) -> tuple[str, str]:
        self._scales()
        above = self.add("Add", rows, self.constant("lowest_gelu", _LOWEST_GELU))
        largest = self.add("ReduceMax", above, "last_axis", keepdims=1)
        return self.add("QuantizeLinear", self.add("Div", above, largest), "unsigned", "zero_point"), largest

    def _scales(self) -> None:
        sizes = {"signed": _SIGNED, "unsigned": _UNSIGNED, "whole": np.float32(1.0)}
        for name, value in {**sizes, "centre": _CENTRE, "zero_point": _ZERO, "last_axis": [-1]}.items():
            self.constant(name, value)


def _side_by_side(weights: Weights, names: Sequence[str]) -> Vector:
    return np.concatenate([weights[f"{name}.weight"] for name in names]).T


def _follows_gelu(name: str) -> bool:
    return name.endswith(".output.dense") and not name.endswith("attention.output.dense")


def _rounded(matrix: Vector) -> tuple[NDArray[np.int8], Vector]:
    """(k, n) to int8 (k, n) and the scale of each column (n,)."""
    channel = np.maximum(np.abs(matrix).max(axis=0) / 127, 1e-12).astype(np.float32)
    return np.round(matrix / channel).astype(np.int8), channel


def _shifted(shape: Shape, weights: Weights) -> dict[str, NDArray[np.float32]]:
    """With the shift after GELU taken out again by the bias that follows."""
    result = dict(weights)
    for number in range(shape.layers):
        name = f"encoder.layer.{number}.output.dense"
        whole, channel = _rounded(weights[f"{name}.weight"].T)
        added = (whole.astype(np.float32) * channel).sum(axis=0) * _LOWEST_GELU
        result[f"{name}.bias"] = (weights[f"{name}.bias"] - added).astype(np.float32)
    return result


def _evened(shape: Shape, weights: Weights, reach: Reach) -> dict[str, _Evened]:
    """For the steps that read normalised rows: a few channels are far larger than the rest (Xiao et al., 2023)."""
    names, result = ARCHITECTURES[shape.kind], dict[str, _Evened]()
    for number in range(shape.layers):
        at, before = f"encoder.layer.{number}.", f"encoder.layer.{number - 1}.output.LayerNorm"
        asked = [f"{at}{name}" for name in (names.query, names.key, names.value)]
        wide = [f"{at}intermediate.dense"]
        norms = (before if number else "embeddings.LayerNorm", f"{at}{names.attended_norm}")
        for steps, norm in zip((asked, wide), norms, strict=True):
            divisor = _divisor(weights, steps, reach[norm])
            result[steps[0]] = _Evened(divisor, _MARGIN * float((reach[norm] / divisor).max()))
    return result


def _divisor(weights: Weights, steps: list[str], reach: Vector) -> Vector:
    largest = np.max([np.abs(weights[f"{step}.weight"]).max(axis=0) for step in steps], axis=0)
    divisor = np.maximum(reach, _LEAST) ** _TO_WEIGHTS / np.maximum(largest, _LEAST) ** (1 - _TO_WEIGHTS)
    return np.asarray(divisor, dtype=np.float32)
