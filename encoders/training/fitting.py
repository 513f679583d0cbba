"""Examples to a classifier: a head fitted on all rows, everything else on what heads without a row say of it."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from encoders.classifier import IntentClassifier
from encoders.descent import Goal
from encoders.directions import Directions
from encoders.encoder import DEFAULT_ENCODER, Encoder, SentenceEncoder, load_encoder
from encoders.errors import TrainingDataError
from encoders.head import HeadScores, KernelHead
from encoders.joined import JoinedEncoder
from encoders.language import ENGLISH_ONLY, evaluated_languages
from encoders.lessons import NEVER_HELD_OUT, Lessons
from encoders.modes import Mode, settled
from encoders.progress import Progress, told
from encoders.remembering import RememberingEncoder
from encoders.text import prepare
from encoders.tfidf import Unit, count_terms, fit_term_weights
from encoders.training.alerts import detector_of
from encoders.training.checkpoints import Checkpoints
from encoders.training.described import DescribedLesson, TypeDescription, lessons_of, mean_vectors
from encoders.training.examples import Example, digest_of, make_folds
from encoders.training.head_fitting import Fitted, fit_kernel_head, scores_of_types_left_out
from encoders.training.hygiene import message_hashes
from encoders.training.judging import Unseen, judged, measured
from encoders.training.quick_look import quick_look_record
from encoders.training.tuning import Course, tune
from encoders.tuned import LARGE, Tuned, learner_for

FOLDS = 20
"""A head in closed form costs little more for many parts than for few; each part is judged by nearly the whole head."""
_PARTS_KEPT = 3
"""Of the parts, how many a tuned encoder never sees: 15 % of the messages."""
_WEIGHT_ALONE = 0.03
"""Descriptions with no message beside them: trusted less, they are told apart by likeness more than by contrast."""
_BATCH = 64


def train(  # noqa: PLR0913 - the options of the command, each with a default
    examples: Sequence[Example],
    *,
    mode: Mode = Mode.AUTO,
    descriptions: Mapping[str, TypeDescription] | None = None,
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
    `outside_share` of the traffic is like them, or, where none is given, like issue types left out in turn.
    `families`: issue type to family, `slices`: dimension (language, market) to one value an example, empty where
    unknown; the promise is judged in each. `languages`: those that the
    messages may be written in. `threads`: all cores unless told. Equal input and seed give an equal model. Raises
    `TrainingDataError` without two issue types, or with a number outside its range.
    """
    goal = _goal(target_error, confidence, outside_share)
    material = _material(examples, descriptions or {}, mode, seed)
    threads = threads or os.cpu_count() or 1
    named = load_encoder(encoder, threads) if isinstance(encoder, str) else encoder
    taught = _taught(material, named, _Means(seed, threads, progress))
    rows = taught.lessons.held_out
    chosen = {dimension: [values[row] for row in rows] for dimension, values in (slices or {}).items()}
    strange = _strange(taught, outside, outside_share, threads)
    unseen = Unseen(taught.fitted.unseen, taught.lessons.labels[rows], strange, chosen)
    with told(progress, "alerts"):
        detector = detector_of(taught.encoder, seed)
    digest = digest_of(examples)
    knowledge = replace(
        judged(material.issue_types, taught.lessons, taught.fitted.head, unseen, goal, families or {}, detector),
        message_hashes=message_hashes([example.text for example in examples], digest),
        tuned=taught.tuned,
    )
    record = {
        "mode": material.mode.value,
        "seed": seed,
        "examples": len(examples),
        "examples_digest": digest,
        "described_types": len(set(descriptions or {}) & set(material.issue_types)),
        "outside_examples": len(outside),
        "languages": list(evaluated_languages([material.texts[row] for row in rows], languages)),
        "held_out": measured(knowledge),
        "vigilance": dict(detector.held_out),
        "quick_look": quick_look_record(material.texts, knowledge, taught.encoder, seed, threads),
    }
    for kept in taught.kept:
        kept.forget()
    return IntentClassifier(_for_serving(taught.encoder), knowledge, record)


@dataclass(frozen=True, slots=True)
class _Means:
    seed: int
    threads: int
    progress: Progress | None


@dataclass(frozen=True, slots=True)
class _Taught:
    """An encoder, the rows as it sees them, the head fitted to them, and what was tuned, if anything.

    `kept`: what the tunings left for the case that training is interrupted before it ends.
    """

    encoder: Encoder
    lessons: Lessons
    fitted: Fitted
    tuned: Tuned | None = None
    kept: tuple[Checkpoints, ...] = ()


def _taught(material: "_Material", named: Encoder, means: _Means) -> _Taught:
    if not material.mode.tunes or not isinstance(named, SentenceEncoder):
        lessons = _lessons(material, named, means.progress)
        return _Taught(named, lessons, _fit(lessons, material, means))
    return (
        _taught_once(material, named, means)
        if material.mode is Mode.BEST
        else _taught_by_halves(material, named, means)
    )


def _taught_once(material: "_Material", named: SentenceEncoder, means: _Means) -> _Taught:
    """With many rows: some parts are kept from the encoder, and only they can tell how good the whole is."""
    kept = np.isin(material.fold, range(_PARTS_KEPT))
    learner = _tuned(material, ~kept, named, means, "tune", {})
    lessons = _lessons(replace(material, fold=np.where(kept, material.fold, NEVER_HELD_OUT)), learner.encoder, None)
    return _Taught(learner.encoder, lessons, _fit(lessons, material, means), learner.tuned, (learner.kept,))


def _taught_by_halves(material: "_Material", named: SentenceEncoder, means: _Means) -> _Taught:
    """With few rows, all of them are needed: each half is judged by an encoder and a head taught on the other."""
    everything = np.ones(len(material.fold), dtype=np.bool_)
    known: dict[str, RememberingEncoder] = {}
    whole = _tuned(material, everything, named, means, "tune, 1 of 3", known)
    lessons = _lessons(material, whole.encoder.remembering(known), None)
    held_out = material.fold != NEVER_HELD_OUT
    scores, distance = np.zeros((len(held_out), len(material.issue_types))), np.zeros(len(held_out))
    kept = [whole.kept]
    for half in (0, 1):
        asked = held_out & (material.fold % 2 == half)
        if not asked.any():
            continue
        other = _tuned(material, ~asked, named, means, f"tune, {2 + half} of 3", known)
        kept.append(other.kept)
        rows = _lessons(material, other.encoder.remembering(known), None)
        head = other.beside(_fit(rows.rows(np.flatnonzero(~asked)), material, means).head)
        found = head.scores_of([words[asked] for words in rows.words], rows.embeddings[asked])
        scores[asked], distance[asked] = found.scores, found.distance
    head = whole.beside(_fit(lessons, material, means).head)
    unseen = HeadScores(scores[held_out], distance[held_out])
    return _Taught(whole.encoder, lessons, Fitted(head, unseen), whole.tuned, tuple(kept))


@dataclass(frozen=True, slots=True)
class _TunedEncoder:
    """What was tuned, the whole it is part of, and the directions for vectors of that whole."""

    tuned: Tuned
    encoder: JoinedEncoder
    directions: Directions
    kept: Checkpoints

    def beside(self, head: KernelHead) -> KernelHead:
        """The head with what tuning learnt beside it."""
        return replace(head, directions=self.directions)


def _tuned(  # noqa: PLR0913, PLR0917 - what is learnt from, by whom and how
    material: "_Material",
    rows: NDArray[np.bool_],
    named: SentenceEncoder,
    means: _Means,
    stage: str,
    known: dict[str, RememberingEncoder],
) -> _TunedEncoder:
    """`known`, by fingerprint: encoders that were asked about the material before, and what they said."""
    name = learner_for(named.name, few=material.mode is Mode.FEW)
    learner = named if name == named.name else load_encoder(name, means.threads)
    texts = [material.texts[row] for row in np.flatnonzero(rows)]
    before = known.setdefault(learner.fingerprint, RememberingEncoder(learner)).encode(texts, _BATCH)
    course = Course(texts, material.labels[rows], len(material.issue_types), means.seed, name in LARGE, before)
    learnt = tune(learner, course, means.progress, stage)
    tuned = Tuned(name, learnt.changed)
    encoder = tuned.beside(named, lambda _: learner)
    return _TunedEncoder(tuned, encoder, learnt.directions.scaled(encoder.last_length), learnt.kept)


def _fit(lessons: Lessons, material: "_Material", means: _Means) -> Fitted:
    with told(means.progress, "fit"):
        return fit_kernel_head(lessons, len(material.issue_types), means.threads)


def _goal(target_error: float, confidence: float, outside_share: float) -> Goal:
    try:
        return Goal(target_error, confidence, outside_share)
    except ValueError as error:
        raise TrainingDataError(str(error)) from None


@dataclass(frozen=True, slots=True)
class _Material:
    """Prepared texts, the examples' first and then those of `described`, whose `fold` is -1."""

    mode: Mode
    issue_types: tuple[str, ...]
    texts: list[str]
    labels: NDArray[np.int64]
    fold: NDArray[np.int64]
    described: Sequence[DescribedLesson]


def _material(
    examples: Sequence[Example], descriptions: Mapping[str, TypeDescription], wanted: Mode, seed: int
) -> _Material:
    mode = settled(wanted, (example.issue_type for example in examples))
    counts = Counter(example.issue_type for example in examples)
    issue_types = tuple(sorted(counts.keys() | descriptions.keys()))
    if len(issue_types) < 2:
        raise TrainingDataError(f"training needs at least two issue types; found {', '.join(issue_types) or 'none'}")
    taught = () if mode is Mode.ZERO else examples
    described = lessons_of(issue_types, counts if taught else {}, descriptions)
    number_of = {name: number for number, name in enumerate(issue_types)}
    keys = [*(example.issue_type for example in taught), *(lesson.issue_type for lesson in described)]
    labels = np.array([number_of[key] for key in keys], dtype=np.int64)
    never = np.full(len(described), NEVER_HELD_OUT, dtype=np.int64)
    fold = np.concatenate([_folds(taught, labels[: len(taught)], seed), never])
    texts = [*(prepare(example.text) for example in taught), *(lesson.words for lesson in described)]
    return _Material(mode, issue_types, texts, labels, fold, described)


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
    weight = _WEIGHT_ALONE if material.mode is Mode.ZERO else 1.0
    return Lessons(
        embeddings=_embeddings(material, encoder, progress),
        terms=tuple(weights for weights, _ in fitted),
        words=tuple(weighted.astype(np.float32) for _, weighted in fitted),
        labels=material.labels,
        weight=np.full(len(material.labels), weight, dtype=np.float32),
        fold=material.fold,
    )


def _embeddings(material: _Material, encoder: Encoder, progress: Progress | None) -> NDArray[np.float32]:
    messages = material.texts[: len(material.texts) - len(material.described)]
    vectors = encoder.encode(messages, _BATCH, progress) if messages else np.zeros((0, encoder.dimension), np.float32)
    if not material.described:
        return vectors
    return np.vstack([vectors, mean_vectors(material.described, encoder.encode)])


def _strange(taught: _Taught, outside: Sequence[str], outside_share: float, threads: int) -> HeadScores:
    """Messages from outside, as given; where a share of them is expected and none is given, types left out in turn."""
    if outside_share and not outside:
        if taught.tuned:
            problem = (
                f"outside_share is {outside_share}; a tuned encoder has seen every issue type, so messages outside"
            )
            raise TrainingDataError(f"{problem} have to be given")
        return scores_of_types_left_out(taught.lessons, taught.fitted.head.classes, threads)
    return _scores_of(taught.fitted.head, outside, taught.encoder)


def _scores_of(head: KernelHead, texts: Sequence[str], encoder: Encoder) -> HeadScores:
    prepared = [prepare(text) for text in texts]
    embeddings = encoder.encode(prepared, _BATCH) if prepared else np.zeros((0, head.anchors.shape[1]), np.float32)
    return head.scores(prepared, embeddings)


def _for_serving(encoder: Encoder) -> Encoder:
    return encoder.with_threads(1) if isinstance(encoder, SentenceEncoder | JoinedEncoder) else encoder
