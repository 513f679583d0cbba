"""Examples to a classifier: heads fitted on all rows, everything else on rows the heads did not see."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.calibration import expected_calibration_error, fit_calibration
from encoders.classifier import IntentClassifier, Knowledge
from encoders.descent import Goal
from encoders.encoder import DEFAULT_ENCODER, Encoder, SentenceEncoder, load_encoder
from encoders.errors import TrainingDataError
from encoders.gate import choose_gate
from encoders.heads import Heads, HeadScores
from encoders.held_out import FAMILY, HeldOut, Outside, Slicing
from encoders.novelty import choose_novelty_threshold, fit_novelty
from encoders.prediction_sets import fit_set_rule
from encoders.progress import Progress
from encoders.text import prepare
from encoders.tfidf import Unit, count_terms
from encoders.training.examples import Example, digest_of, make_folds
from encoders.training.head_fitting import Prepared, fit_heads

FOLDS = 5
_BATCH = 64


def train(  # noqa: PLR0913 - the options of the command, each with a default
    examples: Sequence[Example],
    *,
    outside: Sequence[str] = (),
    target_error: float = 0.05,
    confidence: float = 0.95,
    outside_share: float = 0.0,
    families: Mapping[str, str] | None = None,
    slices: Mapping[str, Sequence[str]] | None = None,
    encoder: str | Encoder = DEFAULT_ENCODER,
    seed: int = 0,
    progress: Progress | None = None,
    threads: int | None = None,
) -> IntentClassifier:
    """A classifier for the issue types that occur in `examples`.

    Temperatures, novelty, prediction sets and the gate are fitted on out-of-fold scores. `outside`: messages about
    none of the issue types; they place the novelty threshold. The gate promises `target_error` with `confidence` where
    `outside_share` of the traffic is like them. `families`: issue type to family, `slices`: dimension (language,
    market) to one value an example, empty where unknown; the promise is judged in each. `threads`: all cores unless
    told. Equal input and seed give an equal model. Raises `TrainingDataError` without two issue types, with a number
    outside its range, or with a share outside and no message to know it by.
    """
    goal = _check(examples, (target_error, confidence, outside_share), outside)
    threads = threads or os.cpu_count() or 1
    loaded = load_encoder(encoder, threads) if isinstance(encoder, str) else encoder
    issue_types, data = _prepare(examples, loaded, progress)
    with _single_threaded_algebra():
        heads, rows, scores = _fit(data, make_folds(examples, FOLDS, seed), seed, threads, progress)
    unseen = _Unseen(scores, data.labels[rows], _scores_of(heads, outside, loaded), _chosen(slices or {}, rows))
    knowledge = _calibrate(issue_types, heads, unseen, goal, families or {})
    record = _record(examples, outside, seed, knowledge)
    return IntentClassifier(_for_serving(loaded), knowledge, record)


def _check(examples: Sequence[Example], goal: tuple[float, float, float], outside: Sequence[str]) -> Goal:
    issue_types = {example.issue_type for example in examples}
    if len(issue_types) < 2:
        found = ", ".join(sorted(issue_types)) or "none"
        raise TrainingDataError(f"training needs at least two issue types with examples; found {found}")
    if goal[2] and not outside:
        raise TrainingDataError(f"outside_share is {goal[2]}, and no message from outside is given to know them by")
    try:
        return Goal(*goal)
    except ValueError as error:
        raise TrainingDataError(str(error)) from None


def _chosen(slices: Mapping[str, Sequence[str]], rows: NDArray[np.int64]) -> dict[str, list[str]]:
    return {dimension: [values[row] for row in rows] for dimension, values in slices.items()}


def _prepare(
    examples: Sequence[Example], encoder: Encoder, progress: Progress | None
) -> tuple[tuple[str, ...], Prepared]:
    issue_types = tuple(sorted({example.issue_type for example in examples}))
    number_of = {name: number for number, name in enumerate(issue_types)}
    texts = [prepare(example.text) for example in examples]
    labels = np.array([number_of[example.issue_type] for example in examples], dtype=np.int64)
    terms = [count_terms(unit, texts) for unit in Unit]
    embeddings = encoder.encode(texts, _BATCH, progress)
    return issue_types, Prepared(texts, terms, embeddings, labels, len(issue_types))


def _fit(
    data: Prepared, fold_of: NDArray[np.int64], seed: int, threads: int, progress: Progress | None
) -> tuple[Heads, NDArray[np.int64], HeadScores]:
    """Heads on all rows; the rows that could be held out, and what heads that had not seen them say of them."""
    folds = [fold for fold in range(FOLDS) if _can_hold_out(data.labels, fold_of == fold)]
    parts = [np.flatnonzero(fold_of != fold) for fold in folds]
    held_out = [np.flatnonzero(fold_of == fold) for fold in folds]
    results: list[Heads] = []
    everything = np.arange(len(data.labels))
    with ThreadPoolExecutor(threads) as pool:  # counting and regression overlap with the slow fit of the margin
        for heads in pool.map(lambda rows: fit_heads(data.rows(rows), seed), [everything, *parts]):
            results.append(heads)
            if progress:
                progress(len(results), len(parts) + 1, "fit")
    seen = [_scores(heads, data.rows(rows)) for heads, rows in zip(results[1:], held_out, strict=True)]
    return results[0], np.concatenate([everything[:0], *held_out]), _stack(seen, data.classes)


def _can_hold_out(labels: NDArray[np.int64], chosen: NDArray[np.bool_]) -> bool:
    return bool(chosen.any()) and len(np.unique(labels[~chosen])) > 1


def _scores(heads: Heads, data: Prepared) -> HeadScores:
    return heads.scores(data.texts, data.embeddings)


def _scores_of(heads: Heads, texts: Sequence[str], encoder: Encoder) -> HeadScores:
    prepared = [prepare(text) for text in texts]
    if not prepared:
        return _stack([], heads.neighbours.classes)
    return heads.scores(prepared, encoder.encode(prepared, _BATCH))


def _stack(parts: Sequence[HeadScores], classes: int) -> HeadScores:
    empty = np.zeros((0, classes))
    none = HeadScores(empty, empty, empty, np.zeros(0))
    every = [none, *parts]
    return HeadScores(
        np.concatenate([part.fused for part in every]),
        np.concatenate([part.logistic for part in every]),
        np.concatenate([part.votes for part in every]),
        np.concatenate([part.distance for part in every]),
    )


@dataclass(frozen=True, slots=True)
class _Unseen:
    """Scores of rows that heads did not see: those inside with labels (n,) and slices, and those outside."""

    inside: HeadScores
    labels: NDArray[np.int64]
    outside: HeadScores
    slices: Mapping[str, Sequence[str]]


def _calibrate(
    issue_types: tuple[str, ...], heads: Heads, unseen: _Unseen, goal: Goal, families: Mapping[str, str]
) -> Knowledge:
    scores, labels = unseen.inside, unseen.labels
    calibration = fit_calibration(scores.all, labels)
    probabilities = calibration.probabilities(scores.all)
    novelty = fit_novelty(scores)
    inside, strange = novelty.novelty(scores), novelty.novelty(unseen.outside)
    predicted = probabilities.argmax(axis=1).astype(np.int64)
    held_out = HeldOut(
        confidence=probabilities.max(axis=1),
        correct=predicted == labels,
        novelty=inside,
        predicted=predicted,
        label=labels,
        slicings=_slicings(unseen.slices, [families.get(issue_types[one], "") for one in predicted]),
        outside=Outside(calibration.probabilities(unseen.outside.all).max(axis=1), strange),
    )
    return Knowledge(
        issue_types=issue_types,
        heads=heads,
        calibration=calibration,
        novelty=novelty,
        set_rule=fit_set_rule(probabilities, labels),
        gate=choose_gate(
            held_out,
            goal.target_error,
            choose_novelty_threshold(inside, strange),
            confidence=goal.confidence,
            outside_share=goal.outside_share,
        ),
        held_out=held_out,
        families={key: family for key, family in sorted(families.items()) if key in issue_types},
    )


def _slicings(slices: Mapping[str, Sequence[str]], families: Sequence[str]) -> tuple[Slicing, ...]:
    """In the order of dimensions; the family is that of the predicted type, since that is what a gate will know."""
    found = [Slicing.of(dimension, values) for dimension, values in sorted({**slices, FAMILY: families}.items())]
    return tuple(slicing for slicing in found if slicing.names)


def _record(examples: Sequence[Example], outside: Sequence[str], seed: int, knowledge: Knowledge) -> dict[str, Any]:
    held_out, gate = knowledge.held_out, knowledge.gate
    return {
        "seed": seed,
        "examples": len(examples),
        "examples_digest": digest_of(examples),
        "outside_examples": len(outside),
        "held_out": {
            "rows": len(held_out),
            "accuracy": float(held_out.correct.mean()) if len(held_out) else None,
            "calibration_error": expected_calibration_error(held_out.confidence, held_out.correct),
            "share_auto": gate.share_auto,
            "error_auto": gate.error_auto,
        },
    }


def _for_serving(encoder: Encoder) -> Encoder:
    return encoder.with_threads(1) if isinstance(encoder, SentenceEncoder) else encoder


@contextmanager
def _single_threaded_algebra() -> Iterator[None]:
    """Small problems run several times slower with more than one thread a solver."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

    with threadpool_limits(1):
        yield
