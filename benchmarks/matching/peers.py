"""scipy's dense assignment on the same problem, valued by the checker, without classes or a network."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from optimizer import array_checks, costs, rules
from optimizer.problem import Floats, Indices, Problem


def assignment_on_slots(problem: Problem) -> int:
    """The greatest objective, in units of 10 ms, with a row a conversation and a column a slot.

    Exact only where no COp has slots on two channels: a slot's load cost must not depend on the others.
    """
    value = _values(problem)
    holder = np.repeat(np.arange(len(problem.cops)), problem.cops.free.sum(axis=1))
    first = np.searchsorted(holder, holder)
    held = problem.cops.load[holder] + np.arange(holder.size) - first
    gain = np.maximum(value[:, holder] + costs.load(held, problem.parameters), 0.0)
    return int(gain[linear_sum_assignment(gain, maximize=True)].sum())


def _values(problem: Problem) -> Floats:
    """(N, M) float64 units: each pair's value before load, far below zero where a rule bars it."""
    n, m = len(problem.conversations), len(problem.cops)
    value = np.empty((n, m))
    for cop in range(m):
        value[:, cop] = _column(problem, np.arange(n), np.full(n, cop))
    return value


def _column(problem: Problem, rows: Indices, cops: Indices) -> Floats:
    terms = array_checks.terms_before_load(problem, rows, cops)
    kept = rules.verdicts(array_checks.rule_facts(problem, rows, cops), problem.parameters).values()
    return np.where(np.logical_and.reduce(list(kept)), sum(terms), -1e15)
