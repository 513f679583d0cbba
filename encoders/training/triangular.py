"""Large triangular matrices, panel by panel: each worker multiplies on its own, and what is zero is left out.

The algebra library's own threads wait for each other by spinning, which a busy machine makes slow; panels are taken by
whoever is free. Their size does not depend on the number of workers, and neither does any result.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
_PANEL = 512


def inverse_root(lower: Matrix, pool: Executor) -> Matrix:
    """Z, lower triangular, with Z.T @ Z the inverse of the positive definite matrix given by its lower triangle.

    `lower` (n, n) is used up. By halves, so that nearly all work is multiplication of large matrices.
    """
    root = np.zeros(lower.shape, dtype=np.float32)
    _fill(root, lower, pool)
    return root


def solved(root: Matrix, targets: Matrix, pool: Executor) -> Matrix:
    """(n, k): the inverse that `root` stands for, times `targets` (n, k)."""
    halfway, result = np.empty_like(targets), np.empty_like(targets)

    def down(start: int, end: int) -> None:
        halfway[start:end] = root[start:end, :end] @ targets[:end]

    def across(start: int, end: int) -> None:
        result[start:end] = root[start:, start:end].T @ halfway[start:]

    _each(pool, down, panels(len(root))[::-1])
    _each(pool, across, panels(len(root)))
    return result


def panels(n: int, width: int = _PANEL) -> list[tuple[int, int]]:
    """Where each begins and ends."""
    return [(start, min(start + width, n)) for start in range(0, n, width)]


def _fill(root: Matrix, lower: Matrix, pool: Executor) -> None:
    n = len(lower)
    if n <= _PANEL:
        root[:] = _small_inverse_root(lower)
        return
    half = n // 2
    first, second, below, rest = root[:half, :half], root[half:, half:], root[half:, :half], lower[half:, half:]
    link = np.empty((n - half, half), dtype=np.float32)

    def joined(start: int, end: int) -> None:
        link[:, start:end] = lower[half:, :end] @ first[start:end, :end].T

    def reduced(start: int, end: int) -> None:
        rest[start:end, :end] -= link[start:end] @ link[:end].T

    _fill(first, lower[:half, :half], pool)
    _each(pool, joined, panels(half)[::-1])
    _each(pool, reduced, panels(n - half)[::-1])
    _fill(second, rest, pool)
    _fill_below(below, (first, link, second), pool)


def _fill_below(below: Matrix, known: tuple[Matrix, Matrix, Matrix], pool: Executor) -> None:
    """With minus the product of the three, the outer two of them lower triangular."""
    first, link, second = known
    halfway = np.empty_like(link)

    def left(start: int, end: int) -> None:
        halfway[start:end] = second[start:end, :end] @ link[:end]

    def right(start: int, end: int) -> None:
        below[:, start:end] = -(halfway[:, start:] @ first[start:, start:end])

    _each(pool, left, panels(len(second))[::-1])
    _each(pool, right, panels(len(first)))


def _each(pool: Executor, task: Callable[[int, int], None], among: Sequence[tuple[int, int]]) -> None:
    """Those with the most work come first, so that nobody waits long for the last."""
    for _ in pool.map(lambda panel: task(*panel), among):
        pass


def _small_inverse_root(lower: Matrix) -> Matrix:
    whole = np.tril(lower).astype(np.float64)
    factor = np.linalg.cholesky(whole + np.tril(whole, -1).T)
    return np.asarray(np.tril(np.linalg.inv(factor)), dtype=np.float32)
