"""`python -m benchmarks.understanding.suspects --data DIR --out FILE.json`: planted label errors, and how many show.

In each of five draws three labels in a hundred of Banking77's training split are made wrong: by any other issue type,
or by the most similar one, as people err. The list of suspects does not know which. Banking77 has errors of its own,
which count against the precision here.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.circumstances import circumstances
from benchmarks.understanding.kept_embeddings import embeddings_of
from benchmarks.understanding.measures import summary
from encoders.text import prepare
from encoders.training import Example, read_examples
from encoders.training.examples import make_folds
from encoders.training.out_of_fold import FOLDS, OutOfFold, fold_probabilities
from encoders.training.suspects import Suspect, effect_of_fixing, find_suspects

DRAWS = 5
PLANTED_SHARE = 0.03
WHAT = "Banking77 training split with planted label errors; out-of-fold probabilities of one logistic head, five folds"


def main(arguments: Sequence[str]) -> None:
    """Plant, look, count, and write the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding.suspects", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of Banking77 with train.csv")
    parser.add_argument("--out", type=Path, required=True, help="where to write the result")
    parser.add_argument("--embeddings", type=Path, help="keep the messages' embeddings in this .npy between runs")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    started, head = process_time(), circumstances(WHAT, {"seed": options.seed}, "encoders")
    clean = _clean(read_examples(options.data / "train.csv").examples, options.seed, options.embeddings)
    result = {
        **head,
        "rows": len(clean.labels),
        "planted_share": PLANTED_SHARE,
        "as_it_comes": _as_it_comes(clean),
        "any_other_type": _draws(clean, options.seed, nearest=False),
        "most_similar_type": _draws(clean, options.seed, nearest=True),
        "processor_seconds": round(process_time() - started, 1),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _clean(examples: Sequence[Example], seed: int, kept: Path | None) -> OutOfFold:
    """The same as `out_of_fold`, with embeddings that a run before may have left."""
    embeddings = embeddings_of([prepare(example.text) for example in examples], kept)
    types = tuple(sorted({example.issue_type for example in examples}))
    labels = np.array([types.index(example.issue_type) for example in examples], dtype=np.int64)
    fold_of = make_folds(examples, FOLDS, seed)
    return OutOfFold(fold_probabilities(embeddings, labels, fold_of, len(types)), labels, types, embeddings, fold_of)


def _as_it_comes(clean: OutOfFold) -> dict[str, Any]:
    suspects = find_suspects(clean)
    wide = [suspect for suspect in suspects if suspect.margin >= 0.5]
    return {
        "suspects": len(suspects),
        "with_a_margin_of_at_least_half": len(wide),
        "effect_of_fixing_all": asdict(effect_of_fixing(clean, suspects)),
    }


def _draws(clean: OutOfFold, seed: int, nearest: bool) -> dict[str, Any]:
    found = [_draw(clean, np.random.default_rng([seed, draw]), nearest) for draw in range(DRAWS)]
    for measures in found:
        print(measures, file=sys.stderr, flush=True)
    return summary(found)


def _draw(clean: OutOfFold, chance: np.random.Generator, nearest: bool) -> dict[str, float]:
    rows = chance.permutation(len(clean.labels))[: round(PLANTED_SHARE * len(clean.labels))]
    labels = clean.labels.copy()
    others = _nearest_types(clean)[labels[rows]] if nearest else _other_types(clean, labels[rows], chance)
    labels[rows] = others
    flawed = clean.relabelled(labels)
    suspects = find_suspects(flawed)
    found = _found(clean, set(rows.tolist()), suspects)
    return found if nearest else {**found, **_gain(clean, flawed, suspects)}


def _found(clean: OutOfFold, planted: set[int], suspects: list[Suspect]) -> dict[str, float]:
    hits = [suspect for suspect in suspects if suspect.row in planted]
    first = suspects[: len(planted)]
    restored = [clean.issue_types[clean.labels[suspect.row]] == suspect.proposed for suspect in hits]
    return {
        "suspects": len(suspects),
        "recall": len(hits) / len(planted),
        "precision": len(hits) / len(suspects),
        "precision_of_the_first_as_many_as_planted": fmean(suspect.row in planted for suspect in first),
        "right_label_proposed": fmean(restored),
    }


def _gain(clean: OutOfFold, flawed: OutOfFold, suspects: list[Suspect]) -> dict[str, float]:
    """Accuracy against the labels before planting: as flawed, with every suspect fixed as proposed, as it was."""
    number_of = {name: number for number, name in enumerate(clean.issue_types)}
    labels = flawed.labels.copy()
    for suspect in suspects:
        labels[suspect.row] = number_of[suspect.proposed]
    versions = {"flawed": flawed, "all_proposals_taken": flawed.relabelled(labels), "never_flawed": clean}
    answers = {name: version.probabilities.argmax(axis=1) for name, version in versions.items()}
    return {f"accuracy_{name}": float((answer == clean.labels).mean()) for name, answer in answers.items()}


def _other_types(clean: OutOfFold, labels: NDArray[np.int64], chance: np.random.Generator) -> NDArray[np.int64]:
    classes = len(clean.issue_types)
    return (labels + chance.integers(1, classes, size=len(labels))) % classes


def _nearest_types(clean: OutOfFold) -> NDArray[np.int64]:
    """(k,) for each issue type the other one whose messages are most like its own, on average."""
    classes = len(clean.issue_types)
    means = np.stack([clean.embeddings[clean.labels == label].mean(axis=0) for label in range(classes)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    cosines = means @ means.T
    np.fill_diagonal(cosines, -1.0)
    return np.asarray(cosines.argmax(axis=1), dtype=np.int64)


if __name__ == "__main__":
    main(sys.argv[1:])
