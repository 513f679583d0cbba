"""`python -m benchmarks.understanding.learning_loop --data DIR --out FILE.json`: verdicts needed, by asking order.

Five folds of Banking77's training split. Five messages an issue type are labelled at the start; then people decide
messages in batches, and after each batch the head is fitted again and asked the fold that was held out. The orders
differ in nothing but which messages the next batch holds.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.circumstances import circumstances
from benchmarks.understanding.kept_embeddings import embeddings_of
from encoders.calibration import softmax
from encoders.text import prepare
from encoders.tfidf import Unit, count_terms, fit_term_weights
from encoders.training import Example, read_examples
from encoders.training.acquisition import alikeness, doubt, lesson, most_worth
from encoders.training.examples import make_folds

FOLDS = 5
AT_THE_START = 5
BATCH, GROWTH = 200, 0.2
GOALS = (0.90, 0.92, 0.93)
MOST_AT_RANDOM, MOST_VERDICTS = 5_700, 3_000
"""Where the random order and the others stop: fitting costs the cube of what is labelled."""
SHARPNESS, TERM_SHARE, RIDGE, TEMPERATURE = 2.5, 0.2, 0.15, 0.073
WHAT = (
    "Banking77 training split, five folds (seed and start differ by fold): accuracy on the held-out fold by the number "
    "of verdicts, five labelled messages an issue type at the start; the head is kernel ridge regression over MiniLM "
    "embeddings and TF-IDF terms (counted over all messages, without labels)"
)

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Order = Callable[["Standing"], Floats]


@dataclass(frozen=True, slots=True)
class Bank:
    """`alike` (n, n) float32, the head's kernel; embeddings (n, d); labels (n,) below `classes`; each row's fold."""

    alike: NDArray[np.float32]
    embeddings: NDArray[np.float32]
    labels: Rows
    fold_of: Rows
    classes: int

    def answers(self, taught: Rows, asked: Rows) -> Floats:
        """Scores (asked, classes) of a head fitted on `taught`."""
        from scipy.linalg import cho_factor, cho_solve

        matrix = self.alike[np.ix_(taught, taught)]
        matrix[np.diag_indices(len(taught))] += RIDGE
        targets = np.eye(self.classes, dtype=np.float32)[self.labels[taught]]
        pull = cho_solve(cho_factor(matrix, overwrite_a=True, check_finite=False), targets, check_finite=False)
        return np.asarray(self.alike[np.ix_(asked, taught)] @ pull, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an order may look at: the model's probabilities of the undecided messages (m, k), how alike they were to
    others when the queue opened (m,), and chance."""

    probabilities: Floats
    alike: Floats
    chance: np.random.Generator


ORDERS: Mapping[str, Order] = {
    "random": lambda now: now.chance.random(len(now.probabilities)),
    "loop": lambda now: lesson(now.probabilities, now.alike),
    "doubt": lambda now: doubt(now.probabilities),
    "least_confidence": lambda now: -now.probabilities.max(axis=1),
    "entropy": lambda now: -(now.probabilities * np.log(now.probabilities + 1e-12)).sum(axis=1),
}
"""`loop` is the service's own teaching term; `random` is the baseline; the others are what else was compared."""


def main(arguments: Sequence[str]) -> None:
    """Run every order on every fold, and write the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding.learning_loop", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of Banking77 with train.csv")
    parser.add_argument("--out", type=Path, required=True, help="where to write the result")
    parser.add_argument(
        "--orders", nargs="+", choices=list(ORDERS), default=["random", "loop", "doubt", "entropy", "least_confidence"]
    )
    parser.add_argument("--embeddings", type=Path, help="keep the messages' embeddings in this .npy between runs")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    started, head = process_time(), circumstances(WHAT, {"seed": options.seed}, "encoders")
    bank = read_bank(read_examples(options.data / "train.csv").examples, options.seed, options.embeddings)
    curves: dict[str, list[Curve]] = {}
    for name in dict.fromkeys(["random", *options.orders]):
        curves[name] = _folds(bank, name, options.seed)
        result = {**head, "processor_seconds": round(process_time() - started, 1), **_result(curves)}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _result(curves: Mapping[str, "list[Curve]"]) -> dict[str, Any]:
    return {
        "at_the_start": AT_THE_START,
        "most_verdicts": {"random": MOST_AT_RANDOM, "others": MOST_VERDICTS},
        "batch": f"{BATCH}, or {GROWTH:.0%} of what is labelled when that is more",
        "orders": {name: _summary(found) for name, found in curves.items()},
        "saved_against_random": {name: _saved(found, curves["random"]) for name, found in curves.items()},
    }


def read_bank(examples: Sequence[Example], seed: int, kept: Path | None = None) -> Bank:
    """Encode once; the kernel of the product's head over all messages."""
    texts = [prepare(example.text) for example in examples]
    embeddings = embeddings_of(texts, kept)
    terms = [fit_term_weights(count_terms(unit, texts))[1].astype(np.float32) for unit in Unit]
    alike = np.exp(SHARPNESS * (embeddings @ embeddings.T - 1.0))
    for block in terms:
        for start in range(0, len(texts), 1_000):
            rows = block[start : start + 1_000]
            alike[start : start + 1_000] += np.float32(TERM_SHARE) * (rows @ block.T).toarray()
    types = sorted({example.issue_type for example in examples})
    labels = np.array([types.index(example.issue_type) for example in examples], dtype=np.int64)
    return Bank(alike, embeddings, labels, make_folds(examples, FOLDS, seed), len(types))


Curve = list[tuple[int, float]]


def _folds(bank: Bank, name: str, seed: int) -> list[Curve]:
    curves = []
    for fold in range(FOLDS):
        curves.append(_curve(bank, name, fold, seed))
        needed = [round(found) if (found := verdicts_to(curves[-1], goal)) else None for goal in GOALS]
        print(f"{name}, fold {fold + 1}: {needed} verdicts to {GOALS}", file=sys.stderr, flush=True)
    return curves


def _curve(bank: Bank, name: str, fold: int, seed: int) -> Curve:
    """(verdicts given, accuracy on the held-out fold) after each batch, until enough is decided."""
    chance, most = np.random.default_rng([seed, fold]), MOST_AT_RANDOM if name == "random" else MOST_VERDICTS
    held_out, pool = np.flatnonzero(bank.fold_of == fold), np.flatnonzero(bank.fold_of != fold)
    taught = _start(bank, pool, chance)
    alike = np.zeros(len(bank.labels))
    alike[pool] = alikeness(bank.embeddings[pool]) if name == "loop" else 0.0
    began, curve = len(taught), []
    while True:
        undecided = np.setdiff1d(pool, taught)
        scores = bank.answers(taught, np.concatenate([held_out, undecided]))
        right = scores[: len(held_out)].argmax(axis=1) == bank.labels[held_out]
        curve.append((len(taught) - began, float(right.mean())))
        if not len(undecided) or len(taught) - began >= most:
            return curve
        probabilities = softmax(scores[len(held_out) :] / TEMPERATURE)
        value = ORDERS[name](Standing(probabilities, alike[undecided], chance))
        batch = max(BATCH, int(GROWTH * len(taught)))
        taught = np.concatenate([taught, undecided[most_worth(value, batch)]])


def _start(bank: Bank, pool: Rows, chance: np.random.Generator) -> Rows:
    of_type = (chance.permutation(pool[bank.labels[pool] == label])[:AT_THE_START] for label in range(bank.classes))
    return np.concatenate(list(of_type))


def verdicts_to(curve: Curve, goal: float) -> float | None:
    """How many verdicts until the accuracy is reached for the first time, between batches by a straight line."""
    before = (0, 0.0)
    for verdicts, accuracy in curve:
        if accuracy >= goal:
            step = (goal - before[1]) / (accuracy - before[1])
            return before[0] + step * (verdicts - before[0])
        before = (verdicts, accuracy)
    return None


def _mean(curves: list[Curve]) -> Curve:
    """The folds' mean; they have the same numbers of verdicts up to the size of the fold."""
    rounds = min(map(len, curves))
    return [(curves[0][at][0], fmean(curve[at][1] for curve in curves)) for at in range(rounds)]


def _summary(curves: list[Curve]) -> dict[str, Any]:
    mean = _mean(curves)
    return {
        "verdicts_to": {str(goal): _needed(curves, goal) for goal in GOALS},
        "curve": [[verdicts, round(accuracy, 5)] for verdicts, accuracy in mean],
        "folds": [[[verdicts, round(accuracy, 5)] for verdicts, accuracy in curve] for curve in curves],
    }


def _needed(curves: list[Curve], goal: float) -> dict[str, Any]:
    each = [verdicts_to(curve, goal) for curve in curves]
    reached = [found for found in each if found is not None]
    of_mean = verdicts_to(_mean(curves), goal)
    return {
        "by_the_mean_curve": None if of_mean is None else round(of_mean),
        "folds": [None if found is None else round(found) for found in each],
        "folds_mean": round(fmean(reached)) if len(reached) == len(each) else None,
        "folds_sd": round(stdev(reached)) if len(reached) == len(each) else None,
    }


def _saved(curves: list[Curve], random: list[Curve]) -> dict[str, Any]:
    """Share of the random order's verdicts that this order spares, by the mean curves and in each fold.

    A fold in which the random order does not get there counts with all its verdicts: the least it would need.
    """
    return {str(goal): _saved_at(curves, random, goal) for goal in GOALS}


def _saved_at(curves: list[Curve], random: list[Curve], goal: float) -> dict[str, Any]:
    pairs = [
        (verdicts_to(ours, goal), verdicts_to(theirs, goal) or theirs[-1][0])
        for ours, theirs in zip(curves, random, strict=True)
    ]
    folds = [None if ours is None else round(1 - ours / theirs, 3) for ours, theirs in pairs]
    ours, theirs = verdicts_to(_mean(curves), goal), verdicts_to(_mean(random), goal)
    never = sum(verdicts_to(curve, goal) is None for curve in random)
    by_mean = None if ours is None or theirs is None else round(1 - ours / theirs, 3)
    return {"by_the_mean_curve": by_mean, "folds": folds, "folds_in_which_random_does_not_get_there": never}


if __name__ == "__main__":
    main(sys.argv[1:])
