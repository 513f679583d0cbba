"""For each assignment, the next best COp, and who would have been better but had no slot for it."""

from dataclasses import dataclass

import numpy as np

from optimizer import costs
from optimizer.arcs import Arcs, find_arcs
from optimizer.prepared import Prepared
from optimizer.problem import Indices
from optimizer.rules import Flags
from optimizer.side.practised import Due


@dataclass(frozen=True, slots=True, eq=False)
class RunnersUp:
    """(P,) int64 each: the next best COp, -1 where there is none, what they hold, and what they would be worth.

    ahead: the COp with no slot left who would be worth most, where that is more than the COp who gets it, else -1;
    ahead_value: what they would be worth; ahead_full: (P,) bool, they were full before the tick, else their slots went
    to others in the plan.
    """

    cop: Indices
    held: Indices
    value: Indices
    ahead: Indices
    ahead_value: Indices
    ahead_full: Flags


NOTHING = np.iinfo(np.int64).min // 4
"""Less than any worth, and still safe to add to."""


def find_runners_up(prepared: Prepared, cop_of: Indices, value: Indices) -> RunnersUp:
    """For each assigned conversation, worth `value` (P,), the other COp with a slot before the tick worth most."""
    problem, arcs = prepared.problem, prepared.arcs
    rows = np.flatnonzero(cop_of >= 0)
    planned = np.bincount(cop_of[rows], minlength=len(problem.cops))
    load = costs.load(problem.cops.load + planned, problem.parameters)
    due = Due(problem, cop_of).fills_of_pairs(prepared.classes.first[arcs.cls], arcs.cop)
    everyone = arcs.worth + load[arcs.cop] + costs.practice(due, problem.parameters)
    cop, worth = _rivals(prepared, rows, cop_of[rows], np.where(arcs.free > 0, everyone, NOTHING))
    taken = _taken(prepared, cop_of)
    ahead, better = _rivals(prepared, rows, cop_of[rows], np.where(taken, everyone, NOTHING))
    is_ahead = (ahead >= 0) & (better + prepared.urgency[rows] > value)
    full = problem.cops.free[ahead, problem.conversations.channel[rows]] == 0
    return RunnersUp(
        cop=cop,
        held=(problem.cops.load + planned)[cop],
        value=np.where(cop >= 0, worth + prepared.urgency[rows], 0),
        ahead=np.where(is_ahead, ahead, -1),
        ahead_value=np.where(is_ahead, better + prepared.urgency[rows], 0),
        ahead_full=full & is_ahead,
    )


def _taken(prepared: Prepared, cop_of: Indices) -> Flags:
    """(A,) bool: arcs to COps without a slot left on the class's channel once the plan is carried out."""
    channel, arcs = prepared.problem.conversations.channel, prepared.arcs
    rows = np.flatnonzero(cop_of >= 0)
    left = prepared.problem.cops.free.copy()
    np.subtract.at(left, (cop_of[rows], channel[rows]), 1)
    return np.asarray(left[arcs.cop, channel[prepared.classes.first][arcs.cls]] <= 0)


def _rivals(prepared: Prepared, rows: Indices, chosen: Indices, worth: Indices) -> tuple[Indices, Indices]:
    """(P,) the COp other than `chosen` of highest arc `worth` (A,), -1 where there is none, and that worth."""
    classes, arcs = prepared.classes, prepared.arcs
    first, second = _best_two(arcs, worth, len(classes))
    cls = classes.of[rows]
    at = np.where(arcs.cop[first[cls]] == chosen, second[cls], first[cls])
    cop = np.where(at >= 0, arcs.cop[at], -1)
    value = np.where(at >= 0, worth[at], NOTHING)
    last, returning = _last_cops(prepared, rows, chosen, worth)
    better = returning >= value
    cop, value = np.where(better, last, cop), np.where(better, returning, value)
    return np.where(value > NOTHING // 2, cop, -1), value


def _best_two(arcs: Arcs, worth: Indices, n_classes: int) -> tuple[Indices, Indices]:
    """(C,) arc of the best and second best COp of each class, -1 where there is none; ties to the lower."""
    best = _best(arcs, worth, n_classes)
    others = worth.copy()
    others[best[best >= 0]] = NOTHING
    second = _best(arcs, others, n_classes)
    # Where all the others are worth nothing, the best one itself would come up again.
    is_real = (np.diff(arcs.start) > 1) & (others[second] > NOTHING // 2) if others.size else second >= 0
    return best, np.where(is_real, second, -1)


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
