"""What each COp means for each issue type, worked out once a tick."""

from dataclasses import dataclass

import numpy as np

from optimizer import handle_time
from optimizer.costs import lost_by_waiting
from optimizer.handle_time import HandleTimeModel
from optimizer.problem import Floats, Indices, Problem
from optimizer.rules import Flags, has_skill
from optimizer.steering import UNKNOWN_PRICE, Steering


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """T issue types by M COps.

    typical: (T,) float64, s, handle time of an unknown COp; usual: s, the median of these; expected: (T, M) float64, s;
    repeated: (T, M) float64, s of handle time at risk of being done again; able: (T, M) bool, has the skill; priced:
    (T, M) float64, price of the COp's time x expected handle time, 0 without prices; cheapest: (T, K, L) float64, what
    of that is not charged for each market and language; lost: (T, K, L) float64, share of customers who would leave
    before the next chance; attempt: (T, M) float64, s, what software's attempt is expected to cost beyond a COp's usual
    work, 0 for people; worth: (T, M) int64, units, `worth.type_worth`, where it is known already.
    """

    model: HandleTimeModel
    typical: Floats
    usual: float
    expected: Floats
    repeated: Floats
    able: Flags
    priced: Floats
    cheapest: Floats
    lost: Floats
    attempt: Floats
    worth: Indices | None = None


def tabulate(problem: Problem) -> Tables:
    """Fit the handle times and look up every (issue type, COp) pair."""
    types, cops = problem.issue_types, problem.cops
    model = handle_time.fit(types.handle_time_seconds, len(cops), problem.handle_times, problem.parameters)
    typical = handle_time.typical_seconds(model)
    every_type, every_cop = np.arange(len(types))[:, None], np.arange(len(cops))[None, :]
    expected = handle_time.predict(model, every_type, every_cop).mean_seconds
    proficiency = cops.proficiency.T[types.skill]
    repeated = (1 - proficiency) * typical[:, None]
    able = has_skill(proficiency, problem.parameters)
    attempt = np.zeros_like(expected) if problem.side is None else problem.side.attempt_seconds
    prices = _prices(problem, typical, expected)
    usual = handle_time.usual_seconds(typical)
    return Tables(model, typical, usual, expected, repeated, able, *prices, _lost(problem), attempt)


def _prices(problem: Problem, typical: Floats, expected: Floats) -> tuple[Floats, Floats]:
    if problem.steering is None:
        markets, languages = problem.cops.serves_market.shape[1], problem.cops.language_proficiency.shape[1]
        return np.zeros_like(expected), np.zeros((len(typical), markets, languages))
    return problem.steering.cop_price * expected, known_cheapest(problem.steering, typical)


def _lost(problem: Problem) -> Floats:
    if problem.steering is None or problem.steering.seconds_between is None:
        markets, languages = problem.cops.serves_market.shape[1], problem.cops.language_proficiency.shape[1]
        return np.zeros((len(problem.issue_types), markets, languages))
    return lost_by_waiting(problem.steering.seconds_between, problem.parameters)


def known_cheapest(steering: Steering, typical: Floats) -> Floats:
    """(T, K, L): what the cheapest COp costs; where nobody was able, what somebody new of typical pace would."""
    unknown = UNKNOWN_PRICE * typical[:, None, None]
    return np.where(np.isnan(steering.cheapest), unknown, steering.cheapest)


def over_candidates_in(
    table: Floats, types: Indices, probabilities: Floats, market: Indices, language: Indices
) -> Floats:
    """(P,) the same of a (T, K, L) `table` at each row's market and language, (P,) each."""
    total = np.zeros(len(types))
    for column in range(types.shape[1]):
        total = total + probabilities[:, column] * table[types[:, column], market, language]
    return total


def over_candidates(table: Floats | Flags, types: Indices, probabilities: Floats, cop: Indices | None) -> Floats:
    """(P,) expectation of `table` over each row's candidates: (P, W) types and probabilities, (P,) COp.

    `table` is (T, M), or (T,) with `cop` None. Summed in candidate order, so that every caller gets the same
    last bit.
    """
    total = np.zeros(len(types))
    for column in range(types.shape[1]):
        at = types[:, column]
        total = total + probabilities[:, column] * (table[at] if cop is None else table[at, cop])
    return total
