"""What a log's rows become for the model: a few columns of effects, a COp, and a COp on an issue type."""

from dataclasses import dataclass

import numpy as np

from optimizer.handle_times.log import Column, Flags, Floats, HandlingLog, Indices

BLOCKS = ("issue_type", "channel", "language")
"""Effects that are drawn towards nought by their own spread; the rest of the columns are estimated freely."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """N rows as the model sees them.

    index: (N, B) int64 and value: (N, B) float64, the columns a row has and with what weight, the first of them
    the constant; cop, pair, issue_type: (N,) int64. A COp, pair or issue type that was not in the log the layout was
    made of has the last number of its kind.
    """

    index: Indices
    value: Floats
    cop: Indices
    pair: Indices
    issue_type: Indices

    def __len__(self) -> int:
        return len(self.cop)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where each effect stands: the constant, the slopes, then each block with one more place for the unknown.

    centres: what a slope is measured from, by name; a slope without one was constant or unknown in the log.
    pairs: (P,) int64, `issue type x (COps + 1) + COp` of the pairs in the log, ascending.
    """

    centres: dict[str, float]
    names: dict[str, tuple[str, ...]]
    cops: tuple[str, ...]
    pairs: Indices

    @property
    def n_slopes(self) -> int:
        """How many slopes the log can tell."""
        return len(self.centres)

    @property
    def width(self) -> int:
        """How many columns."""
        return 1 + self.n_slopes + sum(len(self.names[block]) + 1 for block in BLOCKS)

    def block(self, name: str) -> slice:
        """Where a block's columns are, the unknown last."""
        start = 1 + self.n_slopes
        for each in BLOCKS:
            end = start + len(self.names[each]) + 1
            if each == name:
                return slice(start, end)
            start = end
        raise KeyError(name)

    def rows(self, log: HandlingLog) -> Rows:
        """The rows of a log, which may name what the layout has not seen."""
        n = len(log)
        slopes = _slopes(log, self.centres.get("words", 0.0))
        index = [np.zeros(n, np.int64)]
        value = [np.ones(n)]
        for place, (name, centre) in enumerate(self.centres.items(), start=1):
            index.append(np.full(n, place, np.int64))
            value.append(np.nan_to_num(slopes[name] - centre))
        for block in BLOCKS:
            index.append(_column(log, block).codes_in(self.names[block]) + self.block(block).start)
            value.append(np.ones(n))
        issue_type = log.issue_type.codes_in(self.names["issue_type"])
        cop = np.zeros(n, np.int64) if log.cop is None or not self.cops else log.cop.codes_in(self.cops)
        return Rows(np.column_stack(index), np.column_stack(value), cop, self._pairs_of(issue_type, cop), issue_type)

    def _pairs_of(self, issue_type: Indices, cop: Indices) -> Indices:
        if not self.cops:
            return np.zeros(len(cop), np.int64)
        key = _pair_key(issue_type, cop, len(self.cops))
        place = np.searchsorted(self.pairs, key)
        found = self.pairs[np.minimum(place, len(self.pairs) - 1)] == key
        return np.where(found, place, len(self.pairs))


def layout_of(log: HandlingLog) -> Layout:
    """The layout in which every name of `log` has its place."""
    names = {block: _seen(_column(log, block)) for block in BLOCKS}
    cops = () if log.cop is None else _seen(log.cop)
    pairs = np.zeros(0, np.int64)
    if log.cop is not None:
        key = _pair_key(log.issue_type.codes_in(names["issue_type"]), log.cop.codes_in(cops), len(cops))
        pairs = np.unique(key)
    return Layout(_centres(log), names, cops, pairs)


def _centres(log: HandlingLog) -> dict[str, float]:
    words = np.log1p(log.words[np.isfinite(log.words)])
    slopes = _slopes(log, float(words.mean()) if len(words) else 0.0)
    return {name: float(np.nanmean(values)) for name, values in slopes.items() if _varies(values)}


def _pair_key(issue_type: Indices, cop: Indices, n_cops: int) -> Indices:
    return issue_type * (n_cops + 1) + cop


def _seen(column: Column) -> tuple[str, ...]:
    return tuple(column.names[code] for code in np.unique(column.code))


def _column(log: HandlingLog, block: str) -> Column:
    column: Column = getattr(log, block)
    return column


def _varies(values: Floats) -> bool:
    known: Flags = np.isfinite(values)
    return bool(known.any()) and float(np.ptp(values[known])) > 1e-9


def _slopes(log: HandlingLog, typical: float) -> dict[str, Floats]:
    # Twice the words is not twice the work: what counts is the logarithm, with a bend where the log shows one.
    words = np.log1p(log.words)
    return {
        "words": words,
        "words_squared": (words - typical) ** 2,
        "repeat": log.repeat,
        "concurrency": np.log(log.concurrency),
        "stated_seconds": np.log(log.stated_seconds),
    }
