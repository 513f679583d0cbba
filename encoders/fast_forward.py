"""The forward pass of a loaded sentence encoder through ONNX Runtime: the same vectors, sooner."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.int8 import quantised, reach_of
from encoders.onnx_export import DEPTHS, INPUTS, OUTPUT, NotExportable, Shape, Weights, exported

TOKENS_TOGETHER = 512
"""Of one run: the quickest of 128 to 1,024 for what its widest layer makes of them has to fit a core's cache."""
LEAST_COSINE = 0.99999
LEAST_QUICK_COSINE = 0.99
"""Of the eight-bit graph, whose answers are checked again: below, it is broken here, not merely coarse."""
PROBES = (
    "",
    "Hello",
    "I was charged twice for one transfer and nobody answers me.",
    "Where is it? " * 12,
    "¿Dónde está mi dinero? 42.50 € — ça fait 3 jours!",
)
"""What the two paths are compared on before the fast one serves: short, long, empty, other scripts and signs."""

log = logging.getLogger(__name__)


class Precision(StrEnum):
    """Which path computes vectors: `fast` insists on the graph, `auto` takes it where it agrees, else the reference."""

    AUTO = "auto"
    REFERENCE = "reference"
    FAST = "fast"


class FastForward:
    """One encoder's graph and tokeniser. Safe to share between threads: each call runs in the caller's own thread."""

    def __init__(self, model: Any, graph: Callable[[Shape, Weights], bytes] = exported, padded: bool = True) -> None:
        """From a loaded sentence-transformers model; raises NotExportable where there is no graph for it.

        `padded`: texts of unequal length may share a run. Without, what its
        neighbours in the batch change of a vector is its last bits at most.
        """
        self._session = _session(model, graph)
        self._tokenizer = _tokenizer(model)
        self._padded = padded

    def encode(self, texts: Sequence[str], batch_size: int) -> NDArray[np.float32]:
        """(n, d) float32, rows of length 1, in the order of `texts`; texts of like length share a run."""
        return self._all(texts, batch_size, OUTPUT)

    def encode_depths(self, texts: Sequence[str], batch_size: int) -> NDArray[np.float32]:
        """The same with the lower layers beside it, see `onnx_export.DEPTHS`: in the same pass, at no cost."""
        return self._all(texts, batch_size, DEPTHS)

    def _all(self, texts: Sequence[str], batch_size: int, output: str) -> NDArray[np.float32]:
        tokens = [self._tokenizer.encode(text).ids for text in texts]
        if len(tokens) == 1:
            return self._run(tokens, output)
        groups = _runs([len(ids) for ids in tokens], batch_size, self._padded)
        runs = [(run, self._run([tokens[row] for row in run], output)) for run in groups]
        vectors = np.empty((len(texts), runs[0][1].shape[1]), dtype=np.float32)
        for run, rows in runs:
            vectors[run] = rows
        return vectors

    def _run(self, tokens: Sequence[Sequence[int]], output: str) -> NDArray[np.float32]:
        longest = max(map(len, tokens))
        padded, mask = (np.zeros((len(tokens), longest), dtype=np.int64) for _ in INPUTS)
        for row, ids in enumerate(tokens):
            padded[row, : len(ids)], mask[row, : len(ids)] = ids, 1
        [vectors] = self._session.run([output], dict(zip(INPUTS, (padded, mask), strict=True)))
        return np.asarray(vectors, dtype=np.float32)


def fast_forward(model: Any, precision: Precision, reference: NDArray[np.float32]) -> FastForward | None:
    """The fast path of a model, or None where it cannot be had or does not give `reference` for `PROBES`.

    `reference`: (len(PROBES), d) float32, the vectors of the model itself. The reason for a None is logged; with
    Precision.FAST it is raised, as NotExportable.
    """
    if precision is Precision.REFERENCE:
        return None
    try:
        made = FastForward(model)
        _check(made, reference, LEAST_COSINE)
    except NotExportable as error:
        if precision is Precision.FAST:
            raise
        log.warning("the fast path is not used, sentence-transformers serves: %s", error)
        return None
    return made


def quick_forward(model: Any, precise: FastForward) -> FastForward | None:
    """The eight-bit path of a model that has a fast one, or None where there is no such graph; the log says why."""
    try:
        made = FastForward(model, partial(quantised, reach=_reach(model)), padded=False)
        _check(made, precise.encode(PROBES, len(PROBES)), LEAST_QUICK_COSINE)
    except NotExportable as error:
        log.info("no quick look with this encoder: %s", error)
        return None
    return made


def _reach(model: Any) -> dict[str, NDArray[np.float32]]:
    first, last = model.tokenizer.cls_token_id, model.tokenizer.sep_token_id
    if first is None or last is None:
        raise NotExportable("its tokeniser has no first and last word")
    return reach_of(model[0].auto_model, (first, last))


def _check(made: FastForward, reference: NDArray[np.float32], wanted: float) -> None:
    vectors = made.encode(PROBES, len(PROBES))
    least = float((vectors * reference).sum(axis=1).min()) if vectors.shape == reference.shape else 0.0
    if not least >= wanted:
        raise NotExportable(f"its vectors are not the reference's: cosine {least:.6f}, at least {wanted} wanted")


def _runs(lengths: Sequence[int], most: int, padded: bool) -> Iterator[list[int]]:
    """Rows grouped by length, shortest first, each group within `most` rows and TOKENS_TOGETHER tokens."""
    run: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        full = len(run) == most or (len(run) + 1) * lengths[row] > TOKENS_TOGETHER
        if run and (full or (not padded and lengths[row] != lengths[run[0]])):
            yield run
            run = []
        run.append(row)
    if run:
        yield run


def _session(model: Any, graph: Callable[[Shape, Weights], bytes]) -> Any:
    try:
        network = model[0].auto_model
        weights = {name: tensor.detach().float().numpy() for name, tensor in network.state_dict().items()}
        return session_of(graph(Shape.of(network.config), weights))
    except (AttributeError, ImportError, KeyError, ValueError, RuntimeError) as error:
        # RuntimeError: the root of what ONNX Runtime raises for a graph that it cannot run on this machine.
        raise NotExportable(f"{type(error).__name__}: {error}") from error


def session_of(drawn: bytes) -> Any:
    """A graph, ready to run in the caller's own thread; raises NotExportable without ONNX Runtime."""
    # Read once, when the library wakes up: from 1.29 on it would tell its maker of every process and session.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime
    except ImportError as error:
        raise NotExportable(f"onnxruntime is not installed here: {error}") from error
    return onnxruntime.InferenceSession(drawn, _options(onnxruntime), providers=["CPUExecutionProvider"])


def _options(onnxruntime: Any) -> Any:
    """One thread, which sleeps when idle: batches go side by side, and spinning would take another's core."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # The graph is drawn as it runs best: what the library would fuse further is slower.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3
    return options


def _tokenizer(model: Any) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(model.tokenizer.backend_tokenizer.to_str())
    tokenizer.no_padding()
    tokenizer.enable_truncation(model.max_seq_length)
    return tokenizer
