"""Fitting the kernel head in closed form, with what it would have said of each message had it not learned from it."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from encoders.head import HeadScores, Kernel, KernelHead, Matrix, distance_to_nearest
from encoders.lessons import NEVER_HELD_OUT, Lessons
from encoders.training.triangular import inverse_root, panels, solved

# Chosen on out-of-fold scores of Banking77's training split among sharpness 2, 3, 4 (times the spread of MiniLM's
# cosines there), shares 0.2 to 1 and ridges 0.1 to 1: accuracy lay within 0.3 points over all of them.
_SHARPNESS_BY_SPREAD = 1.4
_TERM_SHARE, _TERM_SHARE_OF_FEW, _TERM_SHARE_OF_ONE = 0.4, 0.1, 0.03
_FEW_A_CLASS = 20
"""Below as many rows a class, words say little yet: judged on the five- and ten-example splits, and on names alone."""
_RIDGE = 0.15
_MOST_SOLVED_EXACTLY = 12_000
_LANDMARKS = 6_000
_BLOCK = 1_024
_TYPE_GROUPS = 3
_COMMON = 8
"""A term of more than one row in so many is common."""
_SAMPLE_OF_SPREAD = 2_000


@dataclass(frozen=True, slots=True)
class Fitted:
    """The head on all rows, and the scores of `Lessons.held_out` by heads that did not learn from their part."""

    head: KernelHead
    unseen: HeadScores


def fit_kernel_head(lessons: Lessons, classes: int, threads: int = 1) -> Fitted:
    """Kernel ridge regression on one column a class (Rifkin and Lippert, 2007, for the held-out scores).

    Beyond 12,000 rows the head leans on 6,000 of them, spread over the classes (Nystroem), and learns from all.
    """
    kernel = Kernel(_sharpness(lessons.embeddings), _term_share(len(lessons) / classes))
    words = kernel.weighted(lessons.words)
    solve = _solve if len(lessons) <= _MOST_SOLVED_EXACTLY else _solve_on_landmarks
    anchors, pull, scores = solve(_Problem(kernel, lessons, words, _targets(lessons.labels, classes), threads))
    term_pull = np.asarray(words[anchors].T @ pull, dtype=np.float32)
    head = KernelHead(kernel, lessons.terms, lessons.rows(anchors).embeddings, anchors, pull, term_pull)
    held_out = lessons.held_out
    distance = _distance_outside_part(lessons, held_out, threads)
    return Fitted(head, HeadScores(scores[held_out].astype(np.float64), distance))


def scores_of_types_left_out(lessons: Lessons, classes: int, threads: int = 1) -> HeadScores:
    """What heads that know only two thirds of the issue types say of messages about the others.

    Each type is left out once: the nearest thing to messages outside the taxonomy that the taxonomy itself can give.
    """
    groups = np.random.default_rng(classes).permutation(classes) % _TYPE_GROUPS
    found = [HeadScores(np.zeros((0, classes)), np.zeros(0))]
    for group in range(_TYPE_GROUPS):
        left_out = groups[lessons.labels] == group
        known = lessons.rows(np.flatnonzero(~left_out))
        if left_out.any() and len(np.unique(known.labels)) > 1:
            strange = lessons.rows(np.flatnonzero(left_out & (lessons.fold != NEVER_HELD_OUT)))
            head = fit_kernel_head(known, classes, threads).head
            found.append(head.scores_of(strange.words, strange.embeddings))
    return HeadScores(
        np.concatenate([part.scores for part in found]), np.concatenate([part.distance for part in found])
    )


@dataclass(frozen=True, slots=True)
class _Problem:
    kernel: Kernel
    lessons: Lessons
    words: sparse.csr_matrix
    targets: Matrix
    threads: int

    @property
    def parts(self) -> Iterator[NDArray[np.int64]]:
        """The rows of each part that is held out."""
        fold = self.lessons.fold
        for part in np.unique(fold[fold != NEVER_HELD_OUT]):
            yield np.flatnonzero(fold == part)

    def rows(self, chosen: NDArray[np.int64]) -> "_Problem":
        """Only these rows, in this order."""
        return replace(self, lessons=self.lessons.rows(chosen), words=self.words[chosen], targets=self.targets[chosen])

    @property
    def ridge(self) -> Matrix:
        return (_RIDGE / self.lessons.weight).astype(np.float32)

    def between(self, rows: NDArray[np.int64], others: NDArray[np.int64]) -> Matrix:
        """(rows, others): how alike."""
        embeddings = self.lessons.embeddings
        alike = self.kernel.of_cosines(embeddings[rows] @ embeddings[others].T)
        alike += (self.words[rows] @ self.words[others].T).toarray()
        return alike


def _solve(problem: _Problem) -> tuple[NDArray[np.int64], Matrix, Matrix]:
    """All rows as anchors; (anchors, pull, held-out scores)."""
    order = np.argsort(problem.lessons.fold, kind="stable")
    pull, scores = (np.empty_like(problem.targets) for _ in range(2))
    with _algebra_threads(1), ThreadPoolExecutor(problem.threads) as pool:
        pull[order], scores[order] = _solved_in_order(problem.rows(order), pool)
    return np.arange(len(order)), pull, scores


def _solved_in_order(problem: _Problem, pool: Executor) -> tuple[Matrix, Matrix]:
    """Pull and held-out scores of rows that are sorted by their part."""
    root = inverse_root(_gram(problem, pool), pool)
    pull, scores = solved(root, problem.targets, pool), np.zeros_like(problem.targets)

    def hold_out(part: NDArray[np.int64]) -> None:
        rows = slice(part[0], part[-1] + 1)
        columns = root[part[0] :, rows]  # above, the root is zero
        scores[rows] = problem.targets[rows] - np.linalg.solve(columns.T @ columns, pull[rows])

    list(pool.map(hold_out, problem.parts))
    return pull, scores


def _gram(problem: _Problem, pool: Executor) -> Matrix:
    """(n, n) float32, the lower triangle only, with the ridge on the diagonal."""
    n, embeddings = len(problem.lessons), problem.lessons.embeddings
    gram = np.zeros((n, n), dtype=np.float32)
    common, rare = _common_and_rare(problem.words)

    def fill(panel: tuple[int, int]) -> None:
        start, end = panel
        alike = problem.kernel.of_cosines(embeddings[start:] @ embeddings[start:end].T)
        alike += common[start:] @ common[start:end].T
        alike += (rare[start:] @ rare[start:end].T.tocsr()).toarray()
        gram[start:, start:end] = alike

    list(pool.map(fill, panels(n)))
    gram[np.diag_indices(n)] += problem.ridge
    return gram


def _common_and_rare(words: sparse.csr_matrix) -> tuple[Matrix, sparse.csr_matrix]:
    """The terms of many rows as a full matrix, whose product is quicker there, and the others."""
    common = words.getnnz(axis=0) * _COMMON > words.shape[0]
    return words[:, np.flatnonzero(common)].toarray(), words[:, np.flatnonzero(~common)]


def _solve_on_landmarks(problem: _Problem) -> tuple[NDArray[np.int64], Matrix, Matrix]:
    """Some rows as anchors, all rows as lessons; each part's lessons are taken out of the sums again."""
    anchors = _landmarks(problem.lessons.labels)
    own = problem.between(anchors, anchors).astype(np.float64)
    total = _sums(problem, anchors, np.arange(len(problem.lessons)))
    scores = np.zeros_like(problem.targets)
    with _algebra_threads(problem.threads):
        for part in problem.parts:
            pull = _pull(own, total.without(_sums(problem, anchors, part)))
            scores[part] = problem.between(part, anchors) @ pull
        return anchors, _pull(own, total), scores


@dataclass(frozen=True, slots=True)
class _Sums:
    square: NDArray[np.float64]
    cross: NDArray[np.float64]

    def without(self, other: "_Sums") -> "_Sums":
        return _Sums(self.square - other.square, self.cross - other.cross)


def _sums(problem: _Problem, anchors: NDArray[np.int64], rows: NDArray[np.int64]) -> _Sums:
    square, cross = np.zeros((len(anchors), len(anchors))), np.zeros((len(anchors), problem.targets.shape[1]))
    for start in range(0, len(rows), _BLOCK):
        some = rows[start : start + _BLOCK]
        alike = problem.between(some, anchors)
        weighted = alike / problem.ridge[some, None]
        square += alike.T @ weighted
        cross += weighted.T @ problem.targets[some]
    return _Sums(square, cross)


def _pull(own: NDArray[np.float64], sums: _Sums) -> Matrix:
    from scipy.linalg import solve

    matrix = sums.square + own
    matrix[np.diag_indices(len(matrix))] += 1e-6 * np.trace(matrix) / len(matrix)
    return np.asarray(solve(matrix, sums.cross, assume_a="pos"), dtype=np.float32)


def _landmarks(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows taken from every class in turn, in the order they come, until there are enough."""
    order = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels)
    place = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    turn = np.empty(len(labels), dtype=np.int64)
    turn[order] = place
    return np.sort(np.argsort(turn, kind="stable")[:_LANDMARKS])


def _distance_outside_part(lessons: Lessons, rows: NDArray[np.int64], threads: int) -> NDArray[np.float64]:
    """(rows,): distance to the nearest rows of other parts, as a new message would see them."""
    distances = np.zeros(len(rows))
    order = np.argsort(lessons.fold, kind="stable")
    embeddings, fold = lessons.embeddings[order], lessons.fold[order]

    def measure(part: NDArray[np.int64]) -> None:
        cosines = lessons.embeddings[rows[part]] @ embeddings.T
        own = lessons.fold[rows[part[0]]]
        cosines[:, np.searchsorted(fold, own) : np.searchsorted(fold, own, side="right")] = -1.0
        distances[part] = distance_to_nearest(cosines)

    by_part = (np.flatnonzero(lessons.fold[rows] == part) for part in np.unique(lessons.fold[rows]))
    blocks = [part[start:end] for part in by_part for start, end in panels(len(part))]
    with _algebra_threads(1), ThreadPoolExecutor(threads) as pool:
        list(pool.map(measure, blocks))
    return distances


def _term_share(rows_a_class: float) -> float:
    if rows_a_class <= 1:
        return _TERM_SHARE_OF_ONE
    return _TERM_SHARE_OF_FEW if rows_a_class < _FEW_A_CLASS else _TERM_SHARE


def _sharpness(embeddings: Matrix) -> float:
    """Encoders differ in how far apart they put messages: the kernel takes that spread as its unit."""
    some = embeddings[:: max(1, len(embeddings) // _SAMPLE_OF_SPREAD)]
    count = len(some)
    mean_cosine = float((np.square(some.sum(axis=0, dtype=np.float64)).sum() - count) / max(1, count * (count - 1)))
    return _SHARPNESS_BY_SPREAD / max(1.0 - mean_cosine, 0.05)


def _targets(labels: NDArray[np.int64], classes: int) -> Matrix:
    targets = np.zeros((len(labels), classes), dtype=np.float32)
    targets[np.arange(len(labels)), labels] = 1.0
    return targets


@contextmanager
def _algebra_threads(threads: int) -> Iterator[None]:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

    with threadpool_limits(threads):
        yield
