"""What a board knows beside its live state, and works out off the tick's path."""

from dataclasses import dataclass, replace

import numpy as np

from optimizer import costs
from optimizer.parameters import MatchingParameters
from optimizer.problem import Flags, Floats, HandleTimeArrays, Indices, IssueTypeArrays, Problem
from optimizer.steering import Steering
from optimizer.tables import Tables, over_candidates, over_candidates_in, tabulate
from optimizer.worth import type_worth

_NO_INDICES, _NO_NUMBERS = np.zeros(0, np.int64), np.zeros(0)
NOTHING_LEARNED = HandleTimeArrays(_NO_INDICES, _NO_INDICES, _NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS)


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """Issue types, parameters, prices, and tables of every (issue type, COp) pair.

    worth: (T, M) int64, units, what each COp is worth to somebody certain to have that issue type, before language, the
    end of shifts and what depends on the conversation alone; most_worth: (T,) float64, that of the best COp;
    most_credit: units, the most the last can be. slowest: (M,) float64, s, the longest a COp is expected to take.
    can_serve: (M,) bool, COps who are able to serve any issue type at all.
    """

    issue_types: IssueTypeArrays
    tables: Tables
    parameters: MatchingParameters
    steering: Steering | None
    worth: Indices
    slowest: Floats
    most_worth: Floats
    most_credit: float
    can_serve: Flags

    @classmethod
    def of(cls, problem: Problem) -> "Knowledge":
        """From a floor's problem, with or without conversations."""
        endless = replace(problem.cops, seconds_to_shift_end=np.full(len(problem.cops), np.inf))
        table = tabulate(problem)
        worth = type_worth(replace(problem, cops=endless), table)
        credit = _credit(table.cheapest, table.lost, problem.parameters, problem.steering).max(initial=0)
        brief = costs.brevity(table.typical, table.usual, problem.parameters, problem.steering).max(initial=0)
        return cls(
            problem.issue_types,
            table,
            problem.parameters,
            problem.steering,
            worth,
            table.expected.max(axis=0, initial=0.0),
            worth.max(axis=1, initial=0).astype(np.float64),
            float(credit + brief),
            np.logical_or.reduce(table.able, axis=0),
        )

    def tables_of(self, cops: Indices, seconds_left: Floats) -> Tables:
        """The tables' columns of `cops` (J,), and what they are worth with so long to the end of their shifts, (J,)."""
        t, worth = self.tables, np.take(self.worth, cops, axis=1)
        hurried = np.flatnonzero(self.slowest[cops] > seconds_left)
        if hurried.size:
            worth[:, hurried] += costs.shift(t.expected[:, cops[hurried]], seconds_left[hurried], self.parameters)
        if cops.size == t.expected.shape[1]:
            return replace(t, worth=worth)
        return replace(
            t,
            expected=np.take(t.expected, cops, axis=1),
            repeated=np.take(t.repeated, cops, axis=1),
            able=np.take(t.able, cops, axis=1),
            priced=np.take(t.priced, cops, axis=1),
            worth=worth,
        )

    def steering_of(self, cops: Indices) -> Steering | None:
        """The prices of `cops` (J,)."""
        if self.steering is None:
            return None
        return self.steering.among(cops)

    def fluency(self, language_proficiency: Floats) -> Indices:
        """(J,) int64 units: what each COp's language is worth."""
        return costs.language(language_proficiency, self.parameters)

    def credit(self, types: Indices, share: Floats, market: Indices, language: Indices) -> Floats:
        """(C,) units: what every COp is credited with for (C, W) candidates at a market and language, (C,)."""
        typical = over_candidates(self.tables.typical, types, share, None)
        brief = costs.brevity(typical, self.tables.usual, self.parameters, self.steering)
        if self.steering is None:
            return brief.astype(np.float64)
        cheapest = over_candidates_in(self.tables.cheapest, types, share, market, language)
        lost = over_candidates_in(self.tables.lost, types, share, market, language)
        return (brief + _credit(cheapest, lost, self.parameters, self.steering)).astype(np.float64)


def _credit(cheapest: Floats, lost: Floats, p: MatchingParameters, steering: Steering | None) -> Indices:
    """Units: what every COp is credited with by the prices, whatever the conversation's urgency."""
    return costs.cheapest_time(cheapest, p, steering) + costs.chance(lost, p, steering)
