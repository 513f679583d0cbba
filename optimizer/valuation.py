"""What given assignments are worth, term by term."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from optimizer import costs
from optimizer.classes import padded_candidates
from optimizer.costs import Term
from optimizer.problem import Floats, Indices, Problem
from optimizer.runs import position_within
from optimizer.tables import Tables, over_candidates


@dataclass(frozen=True, slots=True, eq=False)
class PairQuantities:
    """P pairs, what their terms are made of: seconds (P,) float64 and flags (P,) bool."""

    expected_seconds: Floats
    typical_seconds: Floats
    repeated_seconds: Floats
    language_proficiency: Floats
    seconds_to_shift_end: Floats


def conversation_urgency(problem: Problem) -> Indices:
    """(N,) int64, units: what answering each conversation now is worth."""
    c = problem.conversations
    age = c.waiting_seconds / c.target_seconds
    return costs.urgency(c.priority, age, c.vulnerable, c.fraud, problem.parameters)


def pair_quantities(problem: Problem, tables: Tables, rows: Indices, cops: Indices) -> PairQuantities:
    """Look up the (conversation, COp) index pairs `rows`, `cops`, each (P,)."""
    types, probabilities, _ = padded_candidates(problem.conversations, rows)
    language = problem.conversations.language[rows]
    return PairQuantities(
        expected_seconds=over_candidates(tables.expected, types, probabilities, cops),
        typical_seconds=over_candidates(tables.typical, types, probabilities, None),
        repeated_seconds=over_candidates(tables.repeated, types, probabilities, cops),
        language_proficiency=problem.cops.language_proficiency[cops, language],
        seconds_to_shift_end=problem.cops.seconds_to_shift_end[cops],
    )


def pair_terms(
    problem: Problem, quantities: PairQuantities, rows: Indices, cops: Indices, held: Indices
) -> dict[Term, Indices]:
    """Each term's (P,) int64 units for the pairs, where the COp already holds `held` (P,) units."""
    p, q = problem.parameters, quantities
    return {
        Term.URGENCY: conversation_urgency(problem)[rows],
        Term.HANDLE_TIME: costs.handle_time(q.expected_seconds, q.typical_seconds, p),
        Term.PROFICIENCY: costs.proficiency(q.repeated_seconds, p),
        Term.LANGUAGE: costs.language(q.language_proficiency, p),
        Term.SHIFT: costs.shift(q.expected_seconds, q.seconds_to_shift_end, p),
        Term.AFFINITY: costs.affinity(problem.conversations.last_cop[rows] == cops, p),
        Term.LOAD: costs.load(held, p),
    }


def units_held(problem: Problem, rows: Indices, cops: Indices, urgency: Indices) -> Indices:
    """(P,) int64: units each COp holds before taking the pair's conversation, the most urgent first."""
    order = np.lexsort((rows, -urgency[rows], cops))
    held = np.empty(rows.size, np.int64)
    held[order] = problem.cops.load[cops[order]] + position_within(cops[order])
    return held


def total(terms: Mapping[Term, Indices], size: int) -> Indices:
    """(P,) int64: the sum over terms of each pair."""
    return np.asarray(sum(terms.values(), start=np.zeros(size, np.int64)))
