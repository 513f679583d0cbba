"""A change of the issue types as rows: which stay, which are called something else, and which are new."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from encoders.classifier import IntentClassifier
from encoders.lessons import NEVER_HELD_OUT, Lessons
from encoders.modes import Mode
from encoders.text import prepare
from encoders.training.described import DescribedLesson, TypeDescription, lessons_of, mean_vectors
from encoders.training.examples import Example, make_folds
from encoders.training.fitting import FOLDS

NEW = -1
_COPY = 0.9999
"""Cosine from which two messages are taken for one."""


@dataclass(frozen=True, slots=True)
class NewType:
    """An issue type to be: what describes it, messages about it if there are any, and the family it belongs to."""

    description: TypeDescription
    examples: tuple[str, ...] = ()
    family: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """The rows of the model to be.

    `origin` (n,) int64: which row of the old lessons each was, `NEW` for none. `dealt` (n,) bool: rows whose type a
    likeness chose, not a person: a head may learn from them, and nothing may be judged by them. `dropped` (m,) int64:
    old rows that are in no type any more. `unsure` (u,) int64: old rows that a split could not tell apart.
    """

    what: str
    keys: tuple[str, ...]
    issue_types: tuple[str, ...]
    lessons: Lessons
    origin: NDArray[np.int64]
    dealt: NDArray[np.bool_]
    dropped: NDArray[np.int64]
    families: Mapping[str, str]
    examples: tuple[str, ...] = ()
    unsure: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Material:
    """New rows: messages first, then descriptions, as `Lessons` without labels; the key of each, and which old rows
    (r,) int64 the messages are copies of."""

    lessons: Lessons
    keys: tuple[str, ...]
    examples: tuple[str, ...]
    copies: NDArray[np.int64]


def keys_of(classifier: IntentClassifier) -> NDArray[np.str_]:
    """(n,) the issue type of each row."""
    return np.array(classifier.issue_types)[classifier.knowledge.lessons.labels]


def new_rows(
    classifier: IntentClassifier, added: Mapping[str, NewType], counts: Mapping[str, int], seed: int, weight: float
) -> Material:
    """The only thing that is encoded. `counts`: messages that each type has from old rows; `weight`: of descriptions.

    A type with few messages gets its description too, as in training. Terms the model does not know stay unknown.
    """
    examples = [Example(text, key) for key, new in added.items() for text in new.examples]
    own = {key: counts.get(key, 0) + len(new.examples) for key, new in added.items()}
    described = lessons_of(tuple(added), own, {key: new.description for key, new in added.items()})
    old = classifier.knowledge.lessons
    embeddings, texts = _encoded(classifier, examples, described)
    fold, copies = _places(classifier, examples, embeddings, seed)
    lessons = Lessons(
        embeddings=embeddings,
        terms=old.terms,
        words=tuple(weights.transform(texts).astype(np.float32) for weights in old.terms),
        labels=np.zeros(len(texts), dtype=np.int64),
        weight=np.array([1.0] * len(examples) + [weight] * len(described), dtype=np.float32),
        fold=fold,
    )
    keys = (*(example.issue_type for example in examples), *(lesson.issue_type for lesson in described))
    return Material(lessons, keys, tuple(example.text for example in examples), copies)


def seen_by_encoder(classifier: IntentClassifier) -> bool:
    """Whether the encoder was tuned on every row, so that no head refitted to them can be judged by them."""
    return classifier.knowledge.tuned is not None and classifier.record.get("mode") != Mode.BEST


def joined(old: Lessons, kept: NDArray[np.int64], new: Lessons, labels: NDArray[np.int64]) -> Lessons:
    """The kept rows, then the new ones, with these labels (kept + new,)."""
    some = old.rows(kept)
    words = [sparse.vstack([a, b], format="csr", dtype=np.float32) for a, b in zip(some.words, new.words, strict=True)]
    merged = Lessons(
        embeddings=np.vstack([some.embeddings, new.embeddings]),
        terms=old.terms,
        words=tuple(words),
        labels=labels,
        weight=np.concatenate([some.weight, new.weight]),
        fold=np.concatenate([some.fold, new.fold]),
    )
    return replace(merged, fold=_kept_apart(merged))


def _encoded(
    classifier: IntentClassifier, examples: Sequence[Example], described: Sequence[DescribedLesson]
) -> tuple[NDArray[np.float32], list[str]]:
    messages = [prepare(example.text) for example in examples]
    encode = classifier.encoder.encode
    parts = [np.zeros((0, classifier.encoder.dimension), dtype=np.float32)]
    if messages:
        parts.append(encode(messages))
    if described:
        parts.append(mean_vectors(described, encode))
    return np.vstack(parts), [*messages, *(lesson.words for lesson in described)]


def _places(
    classifier: IntentClassifier, examples: Sequence[Example], embeddings: NDArray[np.float32], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The part each new row is held out with, a copy's being that of the row it copies; and the rows copied."""
    old = classifier.knowledge.lessons
    fold = np.full(len(embeddings), NEVER_HELD_OUT, dtype=np.int64)
    if not examples:
        return fold, np.zeros(0, dtype=np.int64)
    parts = np.unique(old.fold[old.held_out]) if len(old.held_out) else np.arange(FOLDS)
    fold[: len(examples)] = parts[make_folds(examples, len(parts), seed)]
    likeness = embeddings[: len(examples)] @ old.embeddings.T
    nearest = likeness.argmax(axis=1)
    copied = np.flatnonzero(likeness[np.arange(len(examples)), nearest] > _COPY)
    fold[copied] = old.fold[nearest[copied]]
    copies: NDArray[np.int64] = np.flatnonzero((likeness > _COPY).any(axis=0)).astype(np.int64)
    return fold, copies


def _kept_apart(lessons: Lessons) -> NDArray[np.int64]:
    """A part without which fewer than two issue types would be left is never held out."""
    fold = lessons.fold.copy()
    for part in np.unique(fold[fold != NEVER_HELD_OUT]):
        if len(np.unique(lessons.labels[fold != part])) < 2:
            fold[fold == part] = NEVER_HELD_OUT
    return fold
