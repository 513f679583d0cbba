"""The baseline and fallback: the most urgent conversation first, each to the COp worth most to it now."""

import numpy as np

from optimizer import costs
from optimizer.prepared import Prepared
from optimizer.problem import Indices


def assign(prepared: Prepared) -> Indices:
    """(N,) int64: the COp of each conversation, -1 where it waits; ties go to the lower index."""
    problem, classes, arcs, urgency = prepared.problem, prepared.classes, prepared.arcs, prepared.urgency
    c = problem.conversations
    cop_of = np.full(len(c), -1, np.int64)
    free = problem.cops.free.copy()
    held = problem.cops.load.copy()
    ladder = costs.load(np.arange(int(held.max(initial=0)) + len(c) + 1), problem.parameters)
    bonus = int(costs.to_units(np.array(problem.parameters.affinity_bonus_seconds)))
    spent = np.zeros(len(classes), np.bool_)
    for row in np.lexsort((np.arange(len(c)), -urgency)):
        cls = classes.of[row]
        if spent[cls]:
            continue
        span = slice(arcs.start[cls], arcs.start[cls + 1])
        cops = arcs.cop[span]
        open_ = free[cops, c.channel[row]] > 0
        if not open_.any():
            spent[cls] = True
            continue
        worth = arcs.worth[span] + ladder[held[cops]] + bonus * (cops == c.last_cop[row])
        best = int(np.argmax(np.where(open_, worth, np.iinfo(np.int64).min)))
        if urgency[row] + worth[best] > 0:
            cop_of[row] = cops[best]
            free[cops[best], c.channel[row]] -= 1
            held[cops[best]] += 1
    return cop_of
