"""`python -m benchmarks.understanding.risk --data DIR --out FILE.json`: what the gate promises and what comes of it."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.circumstances import circumstances
from benchmarks.understanding.remembering import TimedEncoder
from benchmarks.understanding.risk_draws import at_share_outside, in_halves, in_slices, sets_in_halves, with_replacement
from encoders.encoder import load_encoder
from encoders.held_out import HeldOut
from encoders.training import Example, read_examples, train
from encoders.training.out_of_fold import out_of_fold

WHAT = "out-of-fold scores of Banking77's training split; nothing is judged on the rows it was chosen on"
TARGETS = (0.01, 0.02, 0.05)
TYPES_LEFT_OUT = 27
_SHORT, _LONG = 8, 16


def main(arguments: Sequence[str]) -> None:
    """Train twice for scores (or read the kept ones), draw, and write the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding.risk", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of Banking77 with train.csv")
    parser.add_argument("--out", type=Path, required=True, help="where to write the result")
    parser.add_argument("--scores", type=Path, help="folder to keep held-out scores in, for another run")
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    scores = _scores(options.data, options.scores, options.seed)
    result = {
        **circumstances(WHAT, {"seed": options.seed}, "encoders"),
        "draws": options.draws,
        **_measured(scores, options.draws, options.seed),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Scores:
    """Held-out rows with other topics outside, with near types outside, and a logistic head's probabilities (n, k)."""

    far: HeldOut
    near: HeldOut
    probabilities: NDArray[np.float64]
    labels: NDArray[np.int64]


def _measured(scores: Scores, draws: int, seed: int) -> dict[str, Any]:
    far, near = scores.far, scores.near
    return {
        "rows": len(far),
        "accuracy": round(float(far.correct.mean()), 5),
        "halves": {f"{target:.0%}": in_halves(far, target, draws, seed) for target in TARGETS},
        "with_replacement": {f"{target:.0%}": with_replacement(far, target, draws, seed) for target in TARGETS},
        "outside_far": {f"{target:.0%}": at_share_outside(far, target, draws, seed) for target in TARGETS[1:]},
        "outside_near": {f"{target:.0%}": at_share_outside(near, target, draws, seed) for target in TARGETS[1:]},
        "slices_by_length": {f"{target:.0%}": in_slices(far, target, draws, seed) for target in TARGETS[1:]},
        "prediction_sets": sets_in_halves(scores.probabilities, scores.labels, min(draws, 50), seed),
    }


def _scores(data: Path, kept: Path | None, seed: int) -> Scores:
    if kept and (kept / "probabilities.npz").exists():
        logistic = np.load(kept / "probabilities.npz")
        return Scores(_read(kept / "far.npz"), _read(kept / "near.npz"), logistic["probabilities"], logistic["labels"])
    found = _trained(read_examples(data / "train.csv").examples, seed)
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        _keep(kept / "far.npz", found.far)
        _keep(kept / "near.npz", found.near)
        np.savez(kept / "probabilities.npz", probabilities=found.probabilities, labels=found.labels)
    return found


def _keep(path: Path, held_out: HeldOut) -> None:
    names = {f"names.{dimension}": np.array(found) for dimension, found in held_out.slice_names().items()}
    np.savez(path, allow_pickle=False, **held_out.arrays(), **names)


def _read(path: Path) -> HeldOut:
    arrays = dict(np.load(path))
    names = {name.removeprefix("names."): found.tolist() for name, found in arrays.items() if name.startswith("names.")}
    return HeldOut.from_arrays(arrays, names)


def _trained(examples: Sequence[Example], seed: int) -> Scores:
    """Once with messages of other topics outside, and once with 27 types left out and their messages outside."""
    from routing.adapters.pack import load_pack

    encoder, pack = TimedEncoder(load_encoder()), load_pack(None)
    far = _trained_on(examples, [*pack.outside_calibration, *pack.outside_held_out], encoder, seed)
    types = sorted({example.issue_type for example in examples})
    left_out = set(np.random.default_rng([seed, 77]).permutation(types)[:TYPES_LEFT_OUT])
    known = [example for example in examples if example.issue_type not in left_out]
    strange = [example.text for example in examples if example.issue_type in left_out]
    near = _trained_on(known, strange, encoder, seed)
    logistic = out_of_fold(examples, encoder, seed)
    return Scores(far, near, logistic.probabilities, logistic.labels)


def _trained_on(examples: Sequence[Example], outside: Sequence[str], encoder: TimedEncoder, seed: int) -> HeldOut:
    slices = {"length": [_length(example.text) for example in examples]}
    classifier = train(examples, outside=outside, slices=slices, encoder=encoder, seed=seed, threads=1)
    print(f"held-out scores of {len(examples)} messages", file=sys.stderr, flush=True)
    return classifier.knowledge.held_out


def _length(text: str) -> str:
    words = len(text.split())
    return f"up to {_SHORT} words" if words <= _SHORT else f"up to {_LONG} words" if words <= _LONG else "longer"


if __name__ == "__main__":
    main(sys.argv[1:])
