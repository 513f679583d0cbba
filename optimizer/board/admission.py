"""Which arriving conversations can be used, and the grid their candidates are rounded to."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.board.refusals import Refused
from optimizer.errors import Fault, ProblemInvalid
from optimizer.parameters import PRIORITIES
from optimizer.problem import (
    LONGEST_SECONDS,
    SHORTEST_TARGET_SECONDS,
    ConversationArrays,
    CopArrays,
    Flags,
    Floats,
    Indices,
)

GRID = 10
"""Candidate probabilities are kept as whole tenths: about as fine as classifiers are calibrated."""

MOST_CANDIDATES = 3
"""Only the likeliest candidates are kept, so that the kinds of conversation stay few."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many of everything there are: indices run from 0 to one less."""

    issue_types: int
    markets: int
    languages: int
    channels: int
    cops: int

    @classmethod
    def of(cls, cops: CopArrays, n_issue_types: int) -> "Bounds":
        """The bounds that a floor's arrays set."""
        markets, languages = cops.serves_market.shape[1], cops.language_proficiency.shape[1]
        return cls(n_issue_types, markets, languages, cops.free.shape[1], len(cops))


@dataclass(frozen=True, slots=True)
class _Test:
    """Rows that fail: where, the values, and what is allowed."""

    name: str
    bad: Flags
    values: NDArray[Any]
    allowed: str


def refuse(ids: Indices, rows: ConversationArrays, known: Flags, bounds: Bounds) -> tuple[Indices, tuple[Refused, ...]]:
    """Positions (R,) of the rows that can be used, and the others with the first thing wrong with each.

    `known`: (N,) bool, ids that wait already. Raises `ProblemInvalid` where the arrays do not fit together at all.
    """
    _require_shapes(ids, rows)
    refused: dict[int, Fault] = {}
    for test in _tests(ids, rows, known, bounds):
        for at in np.flatnonzero(test.bad).tolist():
            refused.setdefault(at, Fault(test.name, f"{test.values[at]}", test.allowed))
    good = np.ones(ids.size, np.bool_)
    good[list(refused)] = False
    return np.flatnonzero(good), tuple(Refused(int(ids[at]), fault) for at, fault in sorted(refused.items()))


def _require_shapes(ids: Indices, rows: ConversationArrays) -> None:
    n = ids.size
    for each in fields(rows):
        array = getattr(rows, each.name)
        starts = each.name.endswith("_start")
        free_length = each.name in ("candidate_type", "candidate_probability", "excluded_cop")
        if array.ndim != 1 or (not free_length and array.size != n + starts):
            raise ProblemInvalid(f"{each.name}: expected {n + starts} values for {n} ids, found shape {array.shape}")
    for name, values in (("candidate_start", rows.candidate_type), ("exclusion_start", rows.excluded_cop)):
        start = getattr(rows, name)
        if start[0] != 0 or start[-1] != values.size or (np.diff(start) < 0).any():
            raise ProblemInvalid(f"{name}: expected row starts from 0 to {values.size}, never falling")
    if rows.candidate_probability.shape != rows.candidate_type.shape:
        raise ProblemInvalid("candidate_probability: expected one value for each candidate_type")


def _tests(ids: Indices, c: ConversationArrays, known: Flags, b: Bounds) -> Iterator[_Test]:
    yield _Test("id", known, ids, "allowed is an id that does not wait already")
    yield _Test("id", _repeated(ids), ids, "allowed is each id once")
    yield from _range_tests(c, b)
    yield from _row_tests(c, b)


def _range_tests(c: ConversationArrays, b: Bounds) -> Iterator[_Test]:
    ranges: tuple[tuple[str, float, float], ...] = (
        ("market", 0, b.markets - 1),
        ("language", 0, b.languages - 1),
        ("channel", 0, b.channels - 1),
        ("priority", 1, PRIORITIES),
        ("waiting_seconds", 0, LONGEST_SECONDS),
        ("target_seconds", SHORTEST_TARGET_SECONDS, LONGEST_SECONDS),
        ("last_cop", -1, b.cops - 1),
    )
    for name, low, high in ranges:
        values = getattr(c, name)
        # Written so that NaN, which is neither, is refused too.
        bad = np.asarray(~((values >= low) & (values <= high)))
        yield _Test(name, bad, values, f"allowed is {low:g} to {high:g}")


def _row_tests(c: ConversationArrays, b: Bounds) -> Iterator[_Test]:
    width = np.diff(c.candidate_start)
    yield _Test("candidate_type", width == 0, width, "allowed is at least one candidate")
    candidates = _Elements(np.repeat(np.arange(len(c)), width), len(c))
    types, shares = c.candidate_type, c.candidate_probability
    bad_type = (types < 0) | (types >= b.issue_types)
    yield candidates.test("candidate_type", bad_type, types, f"allowed is 0 to {b.issue_types - 1}")
    same_row = candidates.owner[1:] == candidates.owner[:-1]
    unordered = np.append(False, same_row & (types[1:] <= types[:-1]))[: types.size]
    yield candidates.test("candidate_type", unordered, types, "allowed are ascending issue types, each once")
    bad_share = ~((shares >= 0) & (shares <= 1))
    yield candidates.test("candidate_probability", bad_share, shares, "allowed is 0 to 1")
    total: Floats = np.zeros(len(c))
    np.add.at(total, candidates.owner, np.where(bad_share, 0.0, shares))
    yield _Test("candidate_probability", total <= 0, total, "allowed is a sum above 0")
    excluded = _Elements(np.repeat(np.arange(len(c)), np.diff(c.exclusion_start)), len(c))
    bad_cop = (c.excluded_cop < 0) | (c.excluded_cop >= b.cops)
    yield excluded.test("excluded_cop", bad_cop, c.excluded_cop, f"allowed is 0 to {b.cops - 1}")


@dataclass(frozen=True, slots=True)
class _Elements:
    """Several values a row: owner (Z,) is the row of each, of `rows` rows."""

    owner: Indices
    rows: int

    def test(self, name: str, bad: Flags, values: Floats | Indices, allowed: str) -> _Test:
        """A test of elements as a test of rows, showing each row's first bad element."""
        shown = np.zeros_like(values, shape=(self.rows,))
        at = np.flatnonzero(bad)[::-1]
        shown[self.owner[at]] = values[at]
        return _Test(name, np.bincount(self.owner[at], minlength=self.rows) > 0, shown, allowed)


def _repeated(ids: Indices) -> Flags:
    """Every occurrence of an id after its first."""
    again = np.ones(ids.size, np.bool_)
    again[np.unique(ids, return_index=True)[1]] = False
    return again


def rounded(types: Indices, probabilities: Floats) -> tuple[Indices, Indices]:
    """Padded (R, W) candidates as the likeliest `MOST_CANDIDATES` and their whole shares of 1 / `GRID`.

    Each row's shares sum to `GRID` (largest remainders), types ascend, and what rounds to nothing is dropped: both
    results are (R, V) int64, padded with type 0 at share 0.
    """
    row = np.arange(len(types))[:, None]
    likely = np.argsort(-probabilities, axis=1, kind="stable")[:, :MOST_CANDIDATES]
    likely = np.sort(likely, axis=1)
    kept, exact = types[row, likely], probabilities[row, likely]
    exact = exact * (GRID / exact.sum(axis=1, keepdims=True))
    share = np.floor(exact).astype(np.int64)
    short = GRID - share.sum(axis=1)
    rank = np.argsort(np.argsort(share - exact, axis=1, kind="stable"), axis=1, kind="stable")
    share += rank < short[:, None]
    return _packed(kept, share)


def _packed(types: Indices, share: Indices) -> tuple[Indices, Indices]:
    """Candidates with a share first, in order; the rest cleared."""
    row = np.arange(len(types))[:, None]
    order = np.argsort(share == 0, axis=1, kind="stable")
    share = share[row, order]
    return np.where(share > 0, types[row, order], 0), share
