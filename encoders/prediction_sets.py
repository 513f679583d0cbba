"""The issue types that cannot be ruled out, so that the promised share of the messages of each type finds its own."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Labels = NDArray[np.int64]

COVERAGE = 0.95
_MISSES_OF_ITS_OWN = 3
"""A type has a threshold of its own where at least that many of its rows may miss: with fewer, one mislabelled row
would let every type into every set."""


class Source(StrEnum):
    """Whose rows set the threshold of a type."""

    OWN = "own"
    GROUP = "group"
    """Those of types with few rows that are about as hard."""
    ALL = "all"


@dataclass(frozen=True)
class SetRule:
    """A type stays in the set with at least its own `thresholds` probability (k,), and the likeliest always.

    `sources` (k,) and `rows` (k,): whose rows set it, and how many. `general` is the threshold from all rows, for
    types that had none.
    """

    coverage: float
    general: float
    thresholds: tuple[float, ...]
    sources: tuple[Source, ...]
    rows: tuple[int, ...]

    def members(self, probabilities: Values, order: NDArray[np.intp] | None = None) -> Labels:
        """(k,) probabilities to indices, the likeliest first; never empty. `order`: theirs, where known."""
        order = np.argsort(-probabilities, kind="stable") if order is None else order
        kept = (probabilities >= self._thresholds)[order]
        kept[:1] = True
        result: Labels = order[kept]
        return result

    def sets(self, probabilities: Values) -> NDArray[np.bool_]:
        """(n, k) probabilities to (n, k): which types are in each row's set."""
        kept: NDArray[np.bool_] = probabilities >= self._thresholds
        kept[np.arange(len(kept)), probabilities.argmax(axis=1)] = True
        return kept

    def for_types(self, origin: Sequence[int | None]) -> Self:
        """For another list of types: each takes the rule of the type with that number, or the general threshold."""
        return type(self)(
            self.coverage,
            self.general,
            tuple(self.general if at is None else self.thresholds[at] for at in origin),
            tuple(Source.ALL if at is None else self.sources[at] for at in origin),
            tuple(0 if at is None else self.rows[at] for at in origin),
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Back from `as_dict`, also after JSON."""
        return cls(
            values["coverage"],
            values["general"],
            tuple(values["thresholds"]),
            tuple(Source(source) for source in values["sources"]),
            tuple(values["rows"]),
        )

    @cached_property
    def _thresholds(self) -> Values:
        return np.array(self.thresholds, dtype=np.float64)


def fit_set_rule(probabilities: Values, labels: Labels, coverage: float = COVERAGE) -> SetRule:
    """Class-conditional split conformal (Vovk, 2012) from held-out rows: (n, k) probabilities, (n,) labels.

    The rows of a type set its threshold where there are enough of them. Types with fewer are put into groups of about
    equal difficulty, as in clustered conformal prediction (Ding et al., 2023); difficulty is judged on every other
    row of theirs, and the threshold of a group comes from the rest, so that neither choice sees the other's rows.
    A type without a group takes the threshold of all rows. Too few rows of all rule nothing out.
    """
    truth = probabilities[np.arange(len(labels)), labels]
    rows_of = [np.flatnonzero(labels == one) for one in range(probabilities.shape[1])]
    general = _threshold(truth, coverage)
    thresholds, sources, rows = [general] * len(rows_of), [Source.ALL] * len(rows_of), [len(truth)] * len(rows_of)
    for source, types, used in _pools(truth, rows_of, coverage):
        for one in types:
            thresholds[one], sources[one], rows[one] = _threshold(truth[used], coverage), source, len(used)
    return SetRule(coverage, general, tuple(thresholds), tuple(sources), tuple(rows))


_Pool = tuple[Source, Sequence[int], NDArray[np.intp]]


def _pools(truth: Values, rows_of: Sequence[NDArray[np.intp]], coverage: float) -> list[_Pool]:
    """Which types share a threshold, and the rows that set it."""
    enough = [_may_miss(len(rows), coverage) >= _MISSES_OF_ITS_OWN for rows in rows_of]
    own: list[_Pool] = [(Source.OWN, [one], rows) for one, rows in enumerate(rows_of) if enough[one]]
    few = [one for one, rows in enumerate(rows_of) if not enough[one] and len(rows) > 1]
    few.sort(key=lambda one: (float(truth[rows_of[one][::2]].mean()), one))
    return own + _groups(few, rows_of, coverage)


def _groups(types: Sequence[int], rows_of: Sequence[NDArray[np.intp]], coverage: float) -> list[_Pool]:
    """Neighbours in difficulty until there are enough rows; what is left at the end joins the last group."""
    groups: list[_Pool] = []
    members: list[int] = []
    for one in types:
        members.append(one)
        used = np.concatenate([rows_of[member][1::2] for member in members])
        if _may_miss(len(used), coverage) >= _MISSES_OF_ITS_OWN:
            groups.append((Source.GROUP, members, used))
            members = []
    if members and groups:
        _, last, used = groups[-1]
        rest = np.concatenate([rows_of[member][1::2] for member in members])
        groups[-1] = (Source.GROUP, [*last, *members], np.concatenate([used, rest]))
    return groups


def _threshold(truth: Values, coverage: float) -> float:
    """The probability that all but the allowed share of these rows give their truth; 0 where they are too few."""
    may_miss = _may_miss(len(truth), coverage)
    return float(np.sort(truth)[may_miss - 1]) if may_miss >= 1 else 0.0


def _may_miss(rows: int, coverage: float) -> int:
    return int(np.floor((rows + 1) * (1.0 - coverage) + 1e-9))


@dataclass(frozen=True, slots=True)
class TypeCoverage:
    """How many of a type's rows found their own type in the set."""

    rows: int
    covered: int

    @property
    def share(self) -> float | None:
        """None without rows."""
        return self.covered / self.rows if self.rows else None


def coverage_by_type(rule: SetRule, probabilities: Values, labels: Labels) -> tuple[TypeCoverage, ...]:
    """(k,) from rows that did not fit the rule; probabilities (n, k), labels (n,)."""
    hit = rule.sets(probabilities)[np.arange(len(labels)), labels]
    types = range(probabilities.shape[1])
    return tuple(TypeCoverage(int((labels == one).sum()), int(hit[labels == one].sum())) for one in types)
