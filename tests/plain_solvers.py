"""Solvers that share nothing with the network: enumeration, scipy's linear programme and assignment."""

from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment, linprog

from optimizer import array_checks
from optimizer.costs import load as load_cost
from optimizer.encoding import encode
from optimizer.pair_facts import rule_facts
from optimizer.rules import verdicts


def pair_values(snapshot):
    """Value before load of every pair no rule bars, pair by pair, from the checker alone."""
    problem, _ = encode(snapshot)
    values = {}
    for row in range(len(problem.conversations)):
        for cop in range(len(problem.cops)):
            cop_of = np.full(len(problem.conversations), -1, np.int64)
            cop_of[row] = cop
            value = array_checks.objective_of(problem, np.array([row]), np.array([cop]))
            if not array_checks.findings(problem, cop_of, value):
                values[row, cop] = value - int(load_cost(problem.cops.load[[cop]], problem.parameters)[0])
    return problem, values


def best_by_enumeration(snapshot, more=()):
    """The best objective; `more` are (row, cop, units) by which pairs are worth more than they are."""
    problem, values = pair_values(snapshot)
    for row, cop, units in more:
        values[row, cop] += units
    channel, n = problem.conversations.channel, len(problem.conversations)

    def best(row, free, held):
        if row == n:
            return 0
        result = best(row + 1, free, held)
        for cop in range(len(problem.cops)):
            slot = (cop, int(channel[row]))
            if (row, cop) in values and free[slot] > 0:
                loaded = int(load_cost(np.array([held[cop]]), problem.parameters)[0])
                rest = best(
                    row + 1,
                    {**free, slot: free[slot] - 1},
                    {**held, cop: held[cop] + 1},
                )
                result = max(result, values[row, cop] + loaded + rest)
        return result

    free = {(cop, ch): int(slots) for (cop, ch), slots in np.ndenumerate(problem.cops.free)}
    return best(0, free, dict(enumerate(problem.cops.load.tolist())))


def best_by_linear_programme(snapshot):
    """One variable a pair and one a unit of load: an integral polytope, so the relaxation is exact."""
    problem, values = pair_values(snapshot)
    units = [
        (cop, int(load_cost(problem.cops.load[[cop]] + extra, problem.parameters)[0]))
        for cop in range(len(problem.cops))
        for extra in range(int(problem.cops.free[cop].sum()))
    ]
    pairs = list(values)
    if not pairs:
        return 0
    columns = len(pairs) + len(units)
    rows, limits = [], []
    for row in range(len(problem.conversations)):
        rows.append([float(at < len(pairs) and pairs[at][0] == row) for at in range(columns)])
        limits.append(1)
    for (cop, ch), slots in np.ndenumerate(problem.cops.free):
        uses = [pair[1] == cop and problem.conversations.channel[pair[0]] == ch for pair in pairs]
        rows.append([*map(float, uses), *[0.0] * len(units)])
        limits.append(int(slots))
    for cop in range(len(problem.cops)):
        rows.append([float(pair[1] == cop) for pair in pairs] + [-float(unit[0] == cop) for unit in units])
        limits.append(0)
    gain = [values[pair] for pair in pairs] + [cost for _, cost in units]
    solved = linprog(-np.array(gain, float), np.array(rows), limits, bounds=(0, 1), method="highs")
    assert solved.success
    return round(-solved.fun)


def best_by_assignment(snapshot):
    """Every slot a column: exact where each COp has slots on one channel only."""
    problem, values = pair_values(snapshot)
    slots = [(cop, extra) for cop, row in enumerate(problem.cops.free) for extra in range(int(row.sum()))]
    gain = np.zeros((len(problem.conversations), len(slots)))
    for (row, cop), value in values.items():
        for at, (holder, extra) in enumerate(slots):
            if holder == cop:
                loaded = int(load_cost(problem.cops.load[[cop]] + extra, problem.parameters)[0])
                gain[row, at] = max(value + loaded, 0)
    return int(gain[linear_sum_assignment(gain, maximize=True)].sum()) if gain.size else 0


def may_serve(snapshot, conversation, cop):
    roomy = replace(cop, free={**cop.free, conversation.channel: 1})
    facts = rule_facts(snapshot, [(conversation, roomy)])
    return all(verdict[0] for verdict in verdicts(facts, snapshot.parameters).values())
