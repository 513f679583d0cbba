"""Why given conversations go on waiting, worked out when somebody asks."""

import numpy as np

from optimizer import classes as kinds
from optimizer.arcs import eligible_arcs
from optimizer.plan import WaitReason
from optimizer.problem import Indices, Problem
from optimizer.tables import Tables

WAITING = (WaitReason.NO_ELIGIBLE_COP, WaitReason.ALL_ELIGIBLE_FULL, WaitReason.OUTRANKED, WaitReason.HELD_BACK)


def reasons_of(problem: Problem, tables: Tables, left: Indices, assigned: Indices) -> tuple[WaitReason | None, ...]:
    """For each conversation of `problem` (N,), why it waits, or None where it is among the `assigned` rows.

    left: (M, C) int64, free slots once the plan is carried out; `problem` shows them as they are before.
    """
    grouped = kinds.aggregate(problem)
    arcs = eligible_arcs(problem, grouped, tables)
    channel = problem.conversations.channel[grouped.first]
    by_class = np.zeros(len(grouped), np.int64)
    by_class[arcs.cls] = 1
    by_class[arcs.cls[arcs.free > 0]] = 2
    by_class[arcs.cls[left[arcs.cop, channel[arcs.cls]] > 0]] = 3
    by_row = by_class[grouped.of]
    by_row[assigned] = len(WAITING)
    return tuple((*WAITING, None)[each] for each in by_row.tolist())
