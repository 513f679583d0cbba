"""For each assignment, the next best COp: what choosing this one was weighed against."""

from dataclasses import dataclass

import numpy as np

from optimizer import costs
from optimizer.arcs import Arcs, find_arcs
from optimizer.prepared import Prepared
from optimizer.problem import Indices


@dataclass(frozen=True, slots=True, eq=False)
class RunnersUp:
    """(P,) int64 each: the next best COp, -1 where there is none, and what they would be worth."""

    cop: Indices
    value: Indices


NOTHING = np.iinfo(np.int64).min // 4
"""Less than any worth, and still safe to add to."""


def find_runners_up(prepared: Prepared, cop_of: Indices) -> RunnersUp:
    """For each assigned conversation, the other COp with a slot before the tick who is worth most."""
    problem, classes, arcs = prepared.problem, prepared.classes, prepared.arcs
    rows = np.flatnonzero(cop_of >= 0)
    planned = np.bincount(cop_of[rows], minlength=len(problem.cops))
    load = costs.load(problem.cops.load + planned, problem.parameters)
    worth = np.where(arcs.free > 0, arcs.worth + load[arcs.cop], NOTHING)
    first, second = _best_two(arcs, worth, len(classes))
    cls, chosen = classes.of[rows], cop_of[rows]
    at = np.where(arcs.cop[first[cls]] == chosen, second[cls], first[cls])
    cop = np.where(at >= 0, arcs.cop[at], -1)
    value = np.where(at >= 0, worth[at], NOTHING)
    last, returning = _last_cops(prepared, rows, chosen, worth)
    better = returning >= value
    cop, value = np.where(better, last, cop), np.where(better, returning, value)
    some = value > NOTHING // 2
    return RunnersUp(np.where(some, cop, -1), np.where(some, value + prepared.urgency[rows], 0))


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


def _last_cops(prepared: Prepared, rows: Indices, chosen: Indices, worth: Indices) -> tuple[Indices, Indices]:
    """(P,) last COp of each conversation and their worth with the bonus, `NOTHING` where they do not compete."""
    problem, arcs = prepared.problem, prepared.arcs
    last = problem.conversations.last_cop[rows]
    if not arcs.cls.size:
        return last, np.full(rows.size, NOTHING)
    at, found = find_arcs(arcs, len(problem.cops), prepared.classes.of[rows], last)
    bonus = costs.to_units(np.array(problem.parameters.affinity_bonus_seconds))
    competes = found & (last >= 0) & (last != chosen) & (worth[at] > NOTHING)
    return last, np.where(competes, worth[at] + bonus, NOTHING - 1)
