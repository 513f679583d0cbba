"""Exact aggregation: conversations that every COp values alike, but for their urgency, form one class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import ConversationArrays, Floats, Indices, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """C classes of N conversations: same candidates, market, language, channel, exclusions and side constraints.

    of: (N,) int64, the class of each conversation; first: (C,) int64, one member that stands for the class;
    width: (C,) int64, number of candidate issue types; candidate_type: (C, W) int64 and
    candidate_probability: (C, W) float64, padded with issue type 0 at probability 0.
    """

    of: Indices
    first: Indices
    width: Indices
    candidate_type: Indices
    candidate_probability: Floats

    def __len__(self) -> int:
        return len(self.first)


def aggregate(problem: Problem) -> Classes:
    """Group the conversations of `problem`; the grouping loses nothing (docs/matching.md says why)."""
    c = problem.conversations
    types, probabilities, width = padded_candidates(c, np.arange(len(c)))
    key = _candidate_codes(types, probabilities, width, len(problem.issue_types))
    for code in (c.market, c.language, c.channel, _exclusion_codes(c), *_side_codes(problem)):
        key = _combine(key, code)
    _, first, of = np.unique(key, return_index=True, return_inverse=True)
    wide = int(width[first].max(initial=1))
    return Classes(of, first, width[first], types[first, :wide], probabilities[first, :wide])


def padded_candidates(c: ConversationArrays, rows: Indices) -> tuple[Indices, Floats, Indices]:
    """Candidates of `rows` as (R, W) types and probabilities, and (R,) how many are real."""
    start = c.candidate_start[rows]
    width = c.candidate_start[rows + 1] - start
    column = np.arange(int(width.max(initial=1)))
    real = column < width[:, None]
    at = np.where(real, start[:, None] + column, 0)
    if not len(c.candidate_type):
        return np.zeros(at.shape, np.int64), np.zeros(at.shape), width
    return np.where(real, c.candidate_type[at], 0), np.where(real, c.candidate_probability[at], 0.0), width


def _candidate_codes(types: Indices, probabilities: Floats, width: Indices, n_types: int) -> Indices:
    codes = types[:, 0].copy()
    several = np.flatnonzero(width > 1)
    if several.size:
        rows = np.hstack([types[several], probabilities[several].view(np.int64)])
        codes[several] = n_types + _row_codes(rows)
    return codes


def _exclusion_codes(c: ConversationArrays) -> Indices:
    codes = np.zeros(len(c), np.int64)
    counts = np.diff(c.exclusion_start)
    some = np.flatnonzero(counts)
    if some.size:
        rows = np.full((some.size, int(counts.max())), -1, np.int64)
        rows[np.arange(rows.shape[1]) < counts[some, None]] = c.excluded_cop
        codes[some] = 1 + _row_codes(rows)
    return codes


def _side_codes(problem: Problem) -> list[Indices]:
    side = problem.side
    if side is None:
        return []
    return [np.unique(side.least_proficiency, return_inverse=True)[1].astype(np.int64).ravel(), side.kind]


def _row_codes(rows: Indices) -> Indices:
    # One opaque value a row sorts faster than columns compared one by one.
    whole = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    return np.unique(whole, return_inverse=True)[1].astype(np.int64).ravel()


def _combine(key: Indices, code: NDArray[np.int64]) -> Indices:
    base = int(code.max(initial=0)) + 1
    if key.size and int(key.max()) > np.iinfo(np.int64).max // (base + 1):
        key = np.unique(key, return_inverse=True)[1].astype(np.int64)
    return np.asarray(key * base + code)
