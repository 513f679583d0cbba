"""`python -m benchmarks.understanding.speed --data DIR --out FILE.json`: serving beside sentence-transformers."""

import argparse
import json
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.circumstances import circumstances
from benchmarks.understanding.parts import parts
from benchmarks.understanding.peer_encoder import PeerEncoder
from encoders.classifier import IntentClassifier
from encoders.encoder import DEFAULT_ENCODER, SentenceEncoder, load_encoder
from encoders.fast_forward import Precision
from encoders.text import prepare
from encoders.training import Example, read_examples, train
from encoders.vigilance.pieces import pieces_of

REPEATS = 5
MANY = 64
"""Messages that triage asks for at once, at most."""
TOGETHER = 20
"""Single messages that one path is asked before it is the other's turn: a path that serves alone has its weights in the
processor's cache, and one that is asked after every message of the other's has not."""
Encode = Callable[[Sequence[str]], NDArray[np.float32]]


def main(arguments: Sequence[str]) -> None:
    """Measure both paths in turns, so that what else the machine does burdens both alike."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding.speed", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of Banking77 with train.csv")
    parser.add_argument("--out", type=Path, required=True, help="where to write the result")
    parser.add_argument("--encoder", default=DEFAULT_ENCODER, help="name or path")
    parser.add_argument("--messages", type=int, default=256, help="messages a repeat of the throughput")
    parser.add_argument("--held-out", type=int, default=1_500, help="messages that agreement is measured on")
    parser.add_argument("--single", type=int, default=500, help="messages a repeat of the latency")
    parser.add_argument("--parts", type=int, default=128, help="messages a round of each part by itself")
    parser.add_argument("--taught", type=int, default=4_000, help="messages the model is trained on")
    parser.add_argument(
        "--threads", type=int, nargs="+", default=[1], help="of both; on a busy machine torch's wait for each other"
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    examples = list(read_examples(options.data / "train.csv").examples)
    order = np.random.default_rng(options.seed).permutation(len(examples))
    result = measure([examples[row] for row in order], options)
    options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def measure(shuffled: Sequence[Example], options: argparse.Namespace) -> dict[str, Any]:
    """Everything; the model is trained on rows that nothing is measured on."""
    held_out, taught = shuffled[: options.held_out], shuffled[options.held_out :][: options.taught]
    texts = [example.text for example in held_out]
    some = texts[: options.messages]
    paths = {path: load_encoder(options.encoder, precision=path) for path in (Precision.REFERENCE, Precision.FAST)}
    trained = train(taught, encoder=paths[Precision.FAST], seed=options.seed, threads=1)
    return {
        **circumstances(
            "serving beside sentence-transformers fp32 with the same head, in turns", {"seed": options.seed}, "encoders"
        ),
        "encoder": options.encoder,
        "repeats": REPEATS,
        "messages": len(some),
        "taught": len(taught),
        "quick_look": trained.record["quick_look"],
        "agreement": _agreement(paths, trained, texts),
        "encode": {str(threads): _encoding(paths, some, threads) for threads in options.threads},
        "classify": {str(threads): _classifying(paths, trained, some, threads) for threads in options.threads},
        "single": {
            str(threads): _single(paths, trained, texts[: options.single], threads) for threads in options.threads
        },
        "parts": {
            str(together): parts(_models(paths, trained)[Precision.FAST], some[: options.parts], together)
            for together in (1, MANY)
        },
        "most_memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _models(
    paths: Mapping[Precision, SentenceEncoder], trained: IntentClassifier, threads: int = 1
) -> dict[Precision, IntentClassifier]:
    """What serves, with its quick look, and the same model over sentence-transformers in as many threads."""
    fast = paths[Precision.FAST].with_threads(threads)
    return {
        Precision.REFERENCE: IntentClassifier(PeerEncoder(paths[Precision.REFERENCE], threads), trained.knowledge),
        Precision.FAST: IntentClassifier(fast, trained.knowledge, trained.record),
    }


def _agreement(
    paths: Mapping[Precision, SentenceEncoder], trained: IntentClassifier, texts: Sequence[str]
) -> dict[str, Any]:
    """Of what serves with the reference, on messages that the model has not seen; cosines of the vectors by path."""
    precise, served = (model.classify(texts) for model in _models(paths, trained).values())
    pairs = list(zip(precise, served, strict=True))
    prepared = [prepare(text) for text in texts]
    fast = paths[Precision.FAST]
    reference = paths[Precision.REFERENCE].encode(prepared)
    cosines = {"precise": (reference * fast.encode(prepared)).sum(axis=1)}
    if fast.quick:
        cosines["quick"] = (reference * fast.quick.encode(prepared)).sum(axis=1)
    return {
        "rows": len(texts),
        "labels": float(np.mean([one.issue_type == other.issue_type for one, other in pairs])),
        "decisions": float(
            np.mean(
                [(one.decision, one.alert is None) == (other.decision, other.alert is None) for one, other in pairs]
            )
        ),
        "alert_kinds": float(
            np.mean([(one.alert and one.alert.kinds) == (other.alert and other.alert.kinds) for one, other in pairs])
        ),
        "prediction_sets": float(np.mean([one.prediction_set == other.prediction_set for one, other in pairs])),
        "cosine": {name: {"mean": float(each.mean()), "least": float(each.min())} for name, each in cosines.items()},
    }


def _encoding(paths: Mapping[Precision, SentenceEncoder], texts: Sequence[str], threads: int) -> dict[str, Any]:
    """Messages a second, of processor and of wall time; the peer is asked for batches as its users ask it."""
    fast = paths[Precision.FAST].with_threads(threads)
    asked = {Precision.REFERENCE: _peer(paths[Precision.REFERENCE], threads), Precision.FAST: fast.encode}
    return _throughput(asked, [prepare(text) for text in texts])


def _classifying(
    paths: Mapping[Precision, SentenceEncoder], trained: IntentClassifier, texts: Sequence[str], threads: int
) -> dict[str, Any]:
    """The same from message to prediction, everything included."""
    return _throughput({path: model.classify for path, model in _models(paths, trained, threads).items()}, texts)


def _throughput(asked: Mapping[Precision, Callable[[Sequence[str]], object]], texts: Sequence[str]) -> dict[str, Any]:
    seconds = _in_turns({path: [partial(task, texts)] for path, task in asked.items()})
    return {
        clock: _compared({path: len(texts) / each[:, place] for path, each in seconds.items()}, faster=1)
        for place, clock in enumerate(("per_processor_second", "per_wall_second"))
    }


def _peer(encoder: SentenceEncoder, threads: int) -> Encode:
    model = encoder.copy_of_model()

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        import torch

        torch.set_num_threads(threads)
        return np.asarray(model.encode(list(texts), batch_size=64, normalize_embeddings=True, show_progress_bar=False))

    return encode


def _single(
    paths: Mapping[Precision, SentenceEncoder], trained: IntentClassifier, texts: Sequence[str], threads: int
) -> dict[str, Any]:
    """Milliseconds from a message to its prediction, one at a time; also of those that are not read in pieces."""
    asked = _models(paths, trained, threads)
    tasks = {path: [partial(model.classify, [text]) for text in texts] for path, model in asked.items()}
    seconds = _in_turns(tasks, TOGETHER)
    plain = np.tile([not pieces_of(prepare(text)) for text in texts], REPEATS)
    return {
        "messages": len(texts),
        "in_pieces": round(float(1.0 - plain.mean()), 4),
        "all": _percentiles(seconds),
        "without_pieces": _percentiles({path: each[plain] for path, each in seconds.items()}),
    }


def _percentiles(seconds: Mapping[Precision, NDArray[np.float64]]) -> dict[str, Any]:
    return {
        f"{clock}_p{percent}_ms": _compared(
            {path: np.array([np.percentile(each[:, place], percent) * 1e3]) for path, each in seconds.items()},
            faster=-1,
        )
        for place, clock in enumerate(("processor", "wall"))
        for percent in (50, 90, 99)
    }


def _in_turns(
    tasks: Mapping[Precision, Sequence[Callable[[], object]]], together: int = 1
) -> dict[Precision, NDArray[np.float64]]:
    """(REPEATS x tasks, 2) processor and wall seconds of each path, after one round that is not counted.

    `together`: how many tasks of one path before it is the other's turn.
    """
    found: dict[Precision, list[tuple[float, float]]] = {path: [] for path in tasks}
    starts = range(0, min(map(len, tasks.values())), together)
    for _ in range(REPEATS + 1):
        for start, (path, each) in product(starts, tasks.items()):
            found[path] += [_timed(task) for task in each[start : start + together]]
    return {path: np.array(each[len(each) // (REPEATS + 1) :]) for path, each in found.items()}


def _timed(task: Callable[[], object]) -> tuple[float, float]:
    processor, wall = process_time(), perf_counter()
    task()
    return process_time() - processor, perf_counter() - wall


def _compared(measured: Mapping[Precision, NDArray[np.float64]], faster: int) -> dict[str, Any]:
    """Median and range of each path, and how many times faster the fast one is by the medians."""
    told = {
        path: {"median": float(np.median(each)), "least": float(each.min()), "most": float(each.max())}
        for path, each in measured.items()
    }
    ratio = told[Precision.FAST]["median"] / told[Precision.REFERENCE]["median"]
    rounded = {path.value: {name: round(value, 2) for name, value in each.items()} for path, each in told.items()}
    return {**rounded, "times_faster": round(ratio**faster, 2)}


if __name__ == "__main__":
    main(sys.argv[1:])
