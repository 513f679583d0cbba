"""What given assignments are worth, term by term."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from optimizer import costs
from optimizer.classes import padded_candidates
from optimizer.costs import Term
from optimizer.problem import Floats, Indices, Problem
from optimizer.rules import Flags
from optimizer.runs import position_within
from optimizer.tables import Tables, over_candidates, over_candidates_in
from optimizer.worth import reserve_worth


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """P pairs: conversation and COp, what the COp holds before, and whether the rest of the pair's value is waived.

    rows, cops, held: (P,) int64; released: (P,) bool, made because the conversation had been held back too long;
    practice: (P,) int64, towards how many practices the pair counts, none where left out.
    """

    rows: Indices
    cops: Indices
    held: Indices
    released: Flags
    practice: Indices | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PairQuantities:
    """P pairs, what their terms are made of, (P,) float64 each; the priced ones are 0 without prices."""

    expected_seconds: Floats
    typical_seconds: Floats
    usual_seconds: float
    priced_seconds: Floats
    cheapest_seconds: Floats
    lost_share: Floats
    repeated_seconds: Floats
    covered_probability: Floats
    attempt_seconds: Floats
    language_proficiency: Floats
    seconds_to_shift_end: Floats


def conversation_urgency(problem: Problem) -> Indices:
    """(N,) int64, units: what answering each conversation now is worth."""
    c = problem.conversations
    age = c.waiting_seconds / c.target_seconds
    weight = costs.weight(c.priority, c.vulnerable, c.fraud, problem.parameters)
    return costs.urgency(weight, age, problem.parameters, problem.steering)


def pair_quantities(problem: Problem, tables: Tables, rows: Indices, cops: Indices) -> PairQuantities:
    """Look up the (conversation, COp) index pairs `rows`, `cops`, each (P,)."""
    types, probabilities, _ = padded_candidates(problem.conversations, rows)
    market, language = problem.conversations.market[rows], problem.conversations.language[rows]
    return PairQuantities(
        expected_seconds=over_candidates(tables.expected, types, probabilities, cops),
        typical_seconds=over_candidates(tables.typical, types, probabilities, None),
        usual_seconds=tables.usual,
        priced_seconds=over_candidates(tables.priced, types, probabilities, cops),
        cheapest_seconds=over_candidates_in(tables.cheapest, types, probabilities, market, language),
        lost_share=over_candidates_in(tables.lost, types, probabilities, market, language),
        repeated_seconds=over_candidates(tables.repeated, types, probabilities, cops),
        covered_probability=over_candidates(tables.able, types, probabilities, cops),
        attempt_seconds=over_candidates(tables.attempt, types, probabilities, cops),
        language_proficiency=problem.cops.language_proficiency[cops, language],
        seconds_to_shift_end=problem.cops.seconds_to_shift_end[cops],
    )


def pair_terms(problem: Problem, quantities: PairQuantities, pairs: Pairs) -> dict[Term, Indices]:
    """Each term's (P,) int64 units for the pairs."""
    p, q, steering = problem.parameters, quantities, problem.steering
    rows, is_last = pairs.rows, problem.conversations.last_cop[pairs.rows] == pairs.cops
    practice = np.zeros(rows.size, np.int64) if pairs.practice is None else pairs.practice
    terms = {
        Term.URGENCY: conversation_urgency(problem)[rows],
        Term.HANDLE_TIME: costs.handle_time(q.expected_seconds, q.typical_seconds, p, steering)
        + costs.brevity(q.typical_seconds, q.usual_seconds, p, steering),
        Term.PRICE: costs.price(q.priced_seconds, q.cheapest_seconds, p, steering),
        Term.RESERVE: reserve_worth(problem, pairs.cops),
        Term.CHANCE: costs.chance(q.lost_share, p, steering),
        Term.PROFICIENCY: costs.proficiency(q.repeated_seconds, p),
        Term.TRANSFER: costs.transfer(q.covered_probability, p),
        Term.ATTEMPT: costs.attempt(q.attempt_seconds),
        Term.LANGUAGE: costs.language(q.language_proficiency, p),
        Term.SHIFT: costs.shift(q.expected_seconds, q.seconds_to_shift_end, p),
        Term.AFFINITY: costs.affinity(is_last, p),
        Term.PRACTICE: costs.practice(practice, p),
        Term.LOAD: costs.load(pairs.held, p),
    }
    waived = np.where(pairs.released, total(terms, rows.size), 0)
    return {**terms, Term.RELEASE: costs.release(waived)}


def units_held(problem: Problem, rows: Indices, cops: Indices, urgency: Indices, released: Flags) -> Indices:
    """(P,) int64: units each COp holds before taking the pair's conversation.

    The most urgent first, and those released from being held back last.
    """
    order = np.lexsort((rows, -urgency[rows], released, cops))
    held = np.empty(rows.size, np.int64)
    held[order] = problem.cops.load[cops[order]] + position_within(cops[order])
    return held


def total(terms: Mapping[Term, Indices], size: int) -> Indices:
    """(P,) int64: the sum over terms of each pair."""
    return np.asarray(sum(terms.values(), start=np.zeros(size, np.int64)))
