"""Examples to a classifier: a head fitted on all rows, everything else on what heads without a row say of it."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from encoders.classifier import IntentClassifier
from encoders.descent import Goal
from encoders.encoder import DEFAULT_ENCODER, Encoder, SentenceEncoder, load_encoder
from encoders.errors import TrainingDataError
from encoders.head import HeadScores, KernelHead
from encoders.language import ENGLISH_ONLY, evaluated_languages
from encoders.lessons import NEVER_HELD_OUT, Lessons
from encoders.progress import Progress
from encoders.text import prepare
from encoders.tfidf import Unit, count_terms, fit_term_weights
from encoders.training.described import Description, lessons_of
from encoders.training.examples import Example, digest_of, make_folds
from encoders.training.head_fitting import fit_kernel_head
from encoders.training.hygiene import message_hashes
from encoders.training.judging import Unseen, judged, measured
from encoders.training.modes import Mode, settled
from encoders.vigilance import fit_detector

FOLDS = 20
"""A head in closed form costs little more for many parts than for few; each part is judged by nearly the whole head."""
_BATCH = 64


def train(  # noqa: PLR0913 - the options of the command, each with a default
    examples: Sequence[Example],
    *,
    mode: Mode = Mode.AUTO,
    descriptions: Mapping[str, Description] | None = None,
    outside: Sequence[str] = (),
    target_error: float = 0.05,
    confidence: float = 0.95,
    outside_share: float = 0.0,
    families: Mapping[str, str] | None = None,
    slices: Mapping[str, Sequence[str]] | None = None,
    languages: Sequence[str] = ENGLISH_ONLY,
    encoder: str | Encoder = DEFAULT_ENCODER,
    seed: int = 0,
    progress: Progress | None = None,
    threads: int | None = None,
) -> IntentClassifier:
    """A classifier for the issue types that occur in `examples` or `descriptions`.

    `mode`: see `Mode`. `descriptions`: issue type to its name and what it is about; a type may have nothing else.
    Confidence, novelty, prediction sets and the gate are fitted on held-out scores. `outside`: messages about none of
    the issue types; they place the novelty threshold. The gate promises `target_error` with `confidence` where
    `outside_share` of the traffic is like them. `families`: issue type to family, `slices`: dimension (language,
    market) to one value an example, empty where unknown; the promise is judged in each. `languages`: those that the
    messages may be written in. `threads`: all cores unless told. Equal input and seed give an equal model. Raises
    `TrainingDataError` without two issue types, with a number outside its range, or with a share outside and no
    message to know it by.
    """
    goal = _goal(target_error, confidence, outside_share, outside)
    material = _material(examples, descriptions or {}, mode, seed)
    threads = threads or os.cpu_count() or 1
    loaded = load_encoder(encoder, threads) if isinstance(encoder, str) else encoder
    lessons = _lessons(material, loaded, progress)
    if progress:
        progress(0, 1, "fit")
    fitted = fit_kernel_head(lessons, len(material.issue_types), threads)
    if progress:
        progress(1, 1, "fit")
    held_out = lessons.held_out
    chosen = {dimension: [values[row] for row in held_out] for dimension, values in (slices or {}).items()}
    strange = _scores_of(fitted.head, outside, loaded)
    unseen = Unseen(fitted.unseen, lessons.labels[held_out], strange, chosen)
    detector = fit_detector(loaded, seed)
    knowledge = judged(material.issue_types, lessons, fitted.head, unseen, goal, families or {}, detector)
    digest = digest_of(examples)
    knowledge = replace(knowledge, message_hashes=message_hashes([example.text for example in examples], digest))
    record = {
        "mode": material.mode.value,
        "seed": seed,
        "examples": len(examples),
        "examples_digest": digest,
        "described_types": len(set(descriptions or {}) & set(material.issue_types)),
        "outside_examples": len(outside),
        "languages": list(evaluated_languages([material.texts[row] for row in held_out], languages)),
        "held_out": measured(knowledge),
        "vigilance": dict(detector.held_out),
    }
    return IntentClassifier(_for_serving(loaded), knowledge, record)


def _goal(target_error: float, confidence: float, outside_share: float, outside: Sequence[str]) -> Goal:
    if outside_share and not outside:
        raise TrainingDataError(
            f"outside_share is {outside_share}, and no message from outside is given to know them by"
        )
    try:
        return Goal(target_error, confidence, outside_share)
    except ValueError as error:
        raise TrainingDataError(str(error)) from None


@dataclass(frozen=True, slots=True)
class _Material:
    """Prepared texts, the examples first and then what names and descriptions teach; `fold` is -1 for the latter."""

    mode: Mode
    issue_types: tuple[str, ...]
    texts: list[str]
    labels: NDArray[np.int64]
    fold: NDArray[np.int64]


def _material(
    examples: Sequence[Example], descriptions: Mapping[str, Description], wanted: Mode, seed: int
) -> _Material:
    mode = settled(wanted, (example.issue_type for example in examples))
    counts = Counter(example.issue_type for example in examples)
    issue_types = tuple(sorted(counts.keys() | descriptions.keys()))
    if len(issue_types) < 2:
        raise TrainingDataError(f"training needs at least two issue types; found {', '.join(issue_types) or 'none'}")
    taught = () if mode is Mode.ZERO else examples
    described = lessons_of(issue_types, counts if taught else {}, descriptions)
    number_of = {name: number for number, name in enumerate(issue_types)}
    keys = [*(example.issue_type for example in taught), *(key for _, key in described)]
    labels = np.array([number_of[key] for key in keys], dtype=np.int64)
    never = np.full(len(described), NEVER_HELD_OUT, dtype=np.int64)
    fold = np.concatenate([_folds(taught, labels[: len(taught)], seed), never])
    texts = [*(prepare(example.text) for example in taught), *(text for text, _ in described)]
    return _Material(mode, issue_types, texts, labels, fold)


def _folds(examples: Sequence[Example], labels: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """A part without which fewer than two issue types would be left is never held out."""
    if not examples:
        return np.zeros(0, dtype=np.int64)
    fold = make_folds(examples, FOLDS, seed)
    for part in range(FOLDS):
        if len(np.unique(labels[fold != part])) < 2:
            fold[fold == part] = NEVER_HELD_OUT
    return fold


def _lessons(material: _Material, encoder: Encoder, progress: Progress | None) -> Lessons:
    fitted = [fit_term_weights(count_terms(unit, material.texts)) for unit in Unit]
    return Lessons(
        embeddings=encoder.encode(material.texts, _BATCH, progress),
        terms=tuple(weights for weights, _ in fitted),
        words=tuple(weighted.astype(np.float32) for _, weighted in fitted),
        labels=material.labels,
        weight=np.ones(len(material.labels), dtype=np.float32),
        fold=material.fold,
    )


def _scores_of(head: KernelHead, texts: Sequence[str], encoder: Encoder) -> HeadScores:
    prepared = [prepare(text) for text in texts]
    embeddings = encoder.encode(prepared, _BATCH) if prepared else np.zeros((0, head.anchors.shape[1]), np.float32)
    return head.scores(prepared, embeddings)


def _for_serving(encoder: Encoder) -> Encoder:
    return encoder.with_threads(1) if isinstance(encoder, SentenceEncoder) else encoder
