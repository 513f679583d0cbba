"""Known handle times as columns, made once for all the ticks that go by them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.problem import Floats, HandleTimeArrays, Indices
from optimizer.snapshot import HandleTimeFact


@dataclass(frozen=True, slots=True, eq=False)
class FactColumns:
    """F facts, sorted by issue type and COp.

    issue_type, cop: (F,) int64, places in `issue_types` and `cop_ids`; count: (F,) float64, conversations; mean_log,
    var_log: (F,) float64, of log seconds.
    """

    issue_types: tuple[str, ...]
    cop_ids: tuple[str, ...]
    issue_type: Indices
    cop: Indices
    count: Floats
    mean_log: Floats
    var_log: Floats

    def arrays(self, type_at: Mapping[str, int], cop_at: Mapping[str, int]) -> HandleTimeArrays:
        """By a problem's own indices: -1 for a COp who is not there; an issue type that is not there is left out."""
        types = np.array([type_at.get(key, -1) for key in self.issue_types], np.int64)[self.issue_type]
        cops = np.array([cop_at.get(id, -1) for id in self.cop_ids], np.int64)[self.cop]
        known = types >= 0
        columns = (types, cops, self.count, self.mean_log, self.var_log)
        return HandleTimeArrays(*(columns if known.all() else (each[known] for each in columns)))


class FactTable(tuple[HandleTimeFact, ...]):
    """Facts that stay the same for many ticks; equal to the plain tuple of them."""

    @cached_property
    def columns(self) -> FactColumns:
        """The same, as columns."""
        return _columns(self)


def columns_of(facts: Sequence[HandleTimeFact]) -> FactColumns:
    """Facts as columns; of a table they are there already."""
    return facts.columns if isinstance(facts, FactTable) else _columns(facts)


def _columns(facts: Sequence[HandleTimeFact]) -> FactColumns:
    ordered = sorted(facts, key=lambda fact: (fact.issue_type, fact.cop_id))
    types, kinds = _places(fact.issue_type for fact in ordered)
    cops, people = _places(fact.cop_id for fact in ordered)
    counts = np.array([fact.count for fact in ordered], np.float64)
    means = np.array([fact.mean_log_seconds for fact in ordered], np.float64)
    return FactColumns(types, cops, kinds, people, counts, means, np.array([f.var_log_seconds for f in ordered], float))


def _places(names: Iterable[str]) -> tuple[tuple[str, ...], Indices]:
    at: dict[str, int] = {}
    places = np.array([at.setdefault(name, len(at)) for name in names], np.int64)
    return tuple(at), places
