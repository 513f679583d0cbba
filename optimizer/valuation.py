"""What given assignments are worth, term by term."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from optimizer import costs
from optimizer.arcs import Arcs
from optimizer.classes import Classes, padded_candidates
from optimizer.costs import Term
from optimizer.network import find_arcs, position_within
from optimizer.problem import Floats, Indices, Problem
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


@dataclass(frozen=True, slots=True, eq=False)
class RunnersUp:
    """(P,) int64 each: the next best COp, -1 where there is none, and what they would be worth."""

    cop: Indices
    value: Indices


NOTHING = np.iinfo(np.int64).min // 4
"""Less than any worth, and still safe to add to."""


def runners_up(
    problem: Problem, classes: Classes, arcs: Arcs, cop_of: Indices, urgency: Indices
) -> RunnersUp:
    """For each assigned conversation, the other COp with a slot before the tick who is worth most."""
    rows = np.flatnonzero(cop_of >= 0)
    planned = np.bincount(cop_of[rows], minlength=len(problem.cops))
    load = costs.load(problem.cops.load + planned, problem.parameters)
    worth = np.where(arcs.free > 0, arcs.worth + load[arcs.cop], NOTHING)
    first, second = _best_two(arcs, worth, len(classes))
    cls, chosen = classes.of[rows], cop_of[rows]
    at = np.where(arcs.cop[first[cls]] == chosen, second[cls], first[cls])
    cop = np.where(at >= 0, arcs.cop[at], -1)
    value = np.where(at >= 0, worth[at], NOTHING)
    cop, value = _prefer_last_cop(problem, classes, arcs, rows, chosen, worth, cop, value)
    some = value > NOTHING // 2
    return RunnersUp(np.where(some, cop, -1), np.where(some, value + urgency[rows], 0))


def _best_two(arcs: Arcs, worth: Indices, n_classes: int) -> tuple[Indices, Indices]:
    """(C,) arc of the best and second best COp of each class, -1 where there is none; ties to the lower."""
    best = _best(arcs, worth, n_classes)
    others = worth.copy()
    others[best[best >= 0]] = NOTHING
    second = _best(arcs, others, n_classes)
    return best, np.where(np.diff(arcs.start) > 1, second, -1)


def _best(arcs: Arcs, worth: Indices, n_classes: int) -> Indices:
    best = np.full(n_classes, -1, np.int64)
    some = np.flatnonzero(np.diff(arcs.start))
    if some.size:
        highest = np.full(n_classes, NOTHING)
        highest[some] = np.maximum.reduceat(worth, arcs.start[some])
        at = np.flatnonzero(worth == highest[arcs.cls])[::-1]
        best[arcs.cls[at]] = at  # the last write, so the lowest COp, wins
    return best


def _prefer_last_cop(  # noqa: PLR0913
    problem: Problem,
    classes: Classes,
    arcs: Arcs,
    rows: Indices,
    chosen: Indices,
    worth: Indices,
    cop: Indices,
    value: Indices,
) -> tuple[Indices, Indices]:
    """Where the last COp was not chosen but, with the bonus, is worth more than the runner-up: take them."""
    last = problem.conversations.last_cop[rows]
    if not (last >= 0).any() or not arcs.cls.size:
        return cop, value
    at, found = find_arcs(arcs, len(problem.cops), classes.of[rows], last)
    bonus = costs.to_units(np.array(problem.parameters.affinity_bonus_seconds))
    candidate = np.where(found, worth[at] + bonus, NOTHING)
    better = found & (last >= 0) & (last != chosen) & (candidate >= value)
    return np.where(better, last, cop), np.where(better, candidate, value)
