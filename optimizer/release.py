"""The bound on holding back: who has waited long enough is served by whoever is free, whatever that costs."""

import numpy as np

from optimizer import greedy, rules
from optimizer.prepared import Prepared
from optimizer.problem import Indices, Problem
from optimizer.rules import Flags
from optimizer.runs import position_within


def cannot_be_held(problem: Problem) -> Flags:
    """(N,) bool: conversations past the longest hold, or that are never held back."""
    c = problem.conversations
    return rules.is_past_hold(c.waiting_seconds, c.vulnerable, c.fraud, problem.parameters)


def release(prepared: Prepared, cop_of: Indices) -> Indices:
    """(N,) int64: `cop_of` and, for those it holds back too long, the best of the COps it leaves free.

    The most urgent first. Afterwards no COp is free whom one of them could still be given.
    """
    rows = _held_too_long(prepared, cop_of)
    return greedy.serve_regardless(prepared, rows, cop_of) if rows.size else cop_of


def _held_too_long(prepared: Prepared, cop_of: Indices) -> Indices:
    """Waiting conversations past the bound whose class has slots left, no more of each class than slots."""
    problem, classes, arcs = prepared.problem, prepared.classes, prepared.arcs
    channel = problem.conversations.channel
    given = np.flatnonzero(cop_of >= 0)
    left = problem.cops.free.copy()
    np.subtract.at(left, (cop_of[given], channel[given]), 1)
    slots = np.bincount(arcs.cls, left[arcs.cop, channel[classes.first][arcs.cls]], len(classes)).astype(np.int64)
    rows = np.flatnonzero((cop_of < 0) & (slots[classes.of] > 0) & cannot_be_held(problem))
    rows = rows[np.lexsort((rows, -prepared.urgency[rows], classes.of[rows]))]
    return np.asarray(rows[position_within(classes.of[rows]) < slots[classes.of[rows]]])
