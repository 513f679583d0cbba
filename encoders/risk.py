"""Exact statements about an error rate from counts, and the descent to the lowest threshold that keeps a promise."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv

_MOST_STARTS = 6
_RUNGS = 500
_ROOM = 1.5
"""A start has this many times the rows that would do without any error, so that one early error does not end it."""


def chance_of_so_few(errors: int, rows: int, rate: float) -> float:
    """P(Binomial(rows, rate) <= errors): the exact p-value against "the error is above `rate`"."""
    return float(betainc(rows - errors, errors + 1, 1.0 - rate)) if errors < rows else 1.0


def upper_bound(errors: int, rows: int, confidence: float) -> float:
    """Clopper and Pearson's one-sided bound: with this confidence the rate is at most that; 1 without rows."""
    return float(betaincinv(errors + 1, rows - errors, confidence)) if errors < rows else 1.0


def lower_bound(errors: int, rows: int, confidence: float) -> float:
    """With this confidence the rate is at least that; 0 without errors."""
    return float(betaincinv(errors, rows - errors + 1, 1.0 - confidence)) if errors else 0.0


def interval(errors: int, rows: int, confidence: float) -> tuple[float, float]:
    """Clopper and Pearson's interval: both bounds hold together with this confidence."""
    each = 0.5 + confidence / 2.0
    return lower_bound(errors, rows, each), upper_bound(errors, rows, each)


def rows_needed(target_error: float, confidence: float) -> int:
    """How many rows, all of them right, are needed to promise the target at the least."""
    return _rows_without_error(target_error, 1.0 - confidence)


def _rows_without_error(target_error: float, risk: float) -> int:
    return int(np.ceil(np.log(risk) / np.log1p(-target_error) - 1e-9))


@dataclass(frozen=True, slots=True)
class Ladder:
    """What is tested in turn: `rows` (m,) int64, how many of the surest rows; `risk` (m,), what each brings along.

    It depends on the number of rows, the target and the confidence alone, never on what the rows say.
    """

    rows: NDArray[np.int64]
    risk: NDArray[np.float64]

    def descend(self, holds: Callable[[int, float], bool]) -> int | None:
        """Index of the last rung at which `holds(rows, risk)`; none where no rung does.

        The fallback procedure (Wiens, 2003): a rung is tested at what it brings along and, where the rung before
        held, at what that one was tested at. So a chain that is never broken ends with the whole risk, and one that
        breaks costs its own share only. Whatever holds wrongly does so with at most the sum of all shares.
        """
        last, carried = None, 0.0
        for rung, own in enumerate(self.risk):
            level = float(own) + carried
            passed = level > 0.0 and holds(int(self.rows[rung]), level)
            carried = level if passed else 0.0
            last = rung if passed else last
        return last


def make_ladder(rows: int, target_error: float, confidence: float) -> Ladder | None:
    """Ranks from the surest few down to all `rows`, and up to six starts among them; none with too few rows.

    Starts lie at a half, a quarter and so on of the rows, while there are enough of them to hold with a few errors.
    """
    risk = 1.0 - confidence
    if rows < _rows_without_error(target_error, risk):
        return None
    starts = _starts(rows, target_error, risk)
    ranks = np.unique(np.linspace(starts[0], rows, _RUNGS).astype(np.int64))
    ranks = np.union1d(ranks, np.array(starts, dtype=np.int64))
    return Ladder(ranks, np.where(np.isin(ranks, starts), risk / len(starts), 0.0))


def _starts(rows: int, target_error: float, risk: float) -> list[int]:
    """Ascending; each with enough rows for its share of the risk."""
    for count in range(_MOST_STARTS, 0, -1):
        needed = int(_ROOM * _rows_without_error(target_error, risk / count))
        starts = [rows // 2 ** (count - at) for at in range(count)]
        if starts[0] >= needed:
            return starts
    return [max(rows // 2, _rows_without_error(target_error, risk))]
