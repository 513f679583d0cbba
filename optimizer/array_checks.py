"""The checker on arrays: feasibility and objective of an assignment, from the problem alone.

It knows nothing of classes, arcs or flows. `checks.py` says the same from a snapshot, in loops.
"""

import numpy as np

from optimizer import costs, handle_time, rules
from optimizer.handle_time import HandleTimeModel
from optimizer.problem import Floats, Indices, Problem
from optimizer.rules import RuleFacts


def findings(problem: Problem, cop_of: Indices, objective: int) -> list[str]:
    """What is wrong with giving conversation i to COp cop_of[i] (-1: it waits); empty when nothing is.

    cop_of: (N,) int64; objective: the value claimed for it, in units of 10 ms.
    """
    n, m = len(problem.conversations), len(problem.cops)
    if cop_of.shape != (n,) or (n and (cop_of.min() < -1 or cop_of.max() >= m)):
        return [f"an assignment of {n} conversations to COps -1 to {m - 1} was expected"]
    rows = np.flatnonzero(cop_of >= 0)
    cops = cop_of[rows]
    found = _broken_rules(problem, rows, cops) + _overfull(problem, rows, cops)
    actual = objective_of(problem, rows, cops)
    if actual != objective:
        found.append(f"the plan claims an objective of {objective}; it is {actual}")
    return found


def objective_of(problem: Problem, rows: Indices, cops: Indices) -> int:
    """The value of the pairs (P,) `rows`, `cops`, in units of 10 ms."""
    terms = terms_before_load(problem, rows, cops)
    return int(sum(int(term.sum()) for term in terms)) + _load(problem, cops)


def terms_before_load(problem: Problem, rows: Indices, cops: Indices) -> tuple[Indices, ...]:
    """(P,) int64 units each: every term of the pairs but the load, which depends on the other pairs."""
    p, c = problem.parameters, problem.conversations
    age = c.waiting_seconds[rows] / c.target_seconds[rows]
    expected, typical, repeated = _times(problem, rows, cops)
    fluency = problem.cops.language_proficiency[cops, c.language[rows]]
    return (
        costs.urgency(c.priority[rows], age, c.vulnerable[rows], c.fraud[rows], p),
        costs.handle_time(expected, typical, p),
        costs.proficiency(repeated, p),
        costs.language(fluency, p),
        costs.shift(expected, problem.cops.seconds_to_shift_end[cops], p),
        costs.affinity(c.last_cop[rows] == cops, p),
    )


def _broken_rules(problem: Problem, rows: Indices, cops: Indices) -> list[str]:
    verdicts = rules.verdicts(rule_facts(problem, rows, cops), problem.parameters)
    return [
        f"conversation {rows[at]} with COp {cops[at]} breaks the rule {rule}"
        for rule, kept in verdicts.items()
        for at in np.flatnonzero(~kept)
    ]


def _overfull(problem: Problem, rows: Indices, cops: Indices) -> list[str]:
    given = np.zeros_like(problem.cops.free)
    np.add.at(given, (cops, problem.conversations.channel[rows]), 1)
    over = np.argwhere(given > problem.cops.free)
    return [
        f"COp {cop} is given {given[cop, channel]} on channel {channel} and has {problem.cops.free[cop, channel]} free"
        for cop, channel in over
    ]


def rule_facts(problem: Problem, rows: Indices, cops: Indices) -> RuleFacts:
    """What the rules ask of the pairs (P,) `rows`, `cops`."""
    c, x = problem.conversations, problem.cops
    return RuleFacts(
        available=x.available[cops],
        seconds_to_shift_end=x.seconds_to_shift_end[cops],
        serves_market=x.serves_market[cops, c.market[rows]],
        language_proficiency=x.language_proficiency[cops, c.language[rows]],
        covered_probability=_covered(problem, rows, cops),
        excluded=_excluded(problem, rows, cops),
        free=x.free[cops, c.channel[rows]],
    )


def _covered(problem: Problem, rows: Indices, cops: Indices) -> Floats:
    pair, issue_type, probability = _expanded(problem, rows)
    proficiency = problem.cops.proficiency[cops[pair], problem.issue_types.skill[issue_type]]
    able = rules.has_skill(proficiency, problem.parameters)
    return np.bincount(pair, probability * able, rows.size).astype(np.float64)


def _excluded(problem: Problem, rows: Indices, cops: Indices) -> rules.Flags:
    c = problem.conversations
    owner = np.repeat(np.arange(len(c)), np.diff(c.exclusion_start))
    m = len(problem.cops)
    return np.isin(rows * m + cops, owner * m + c.excluded_cop)


def _times(problem: Problem, rows: Indices, cops: Indices) -> tuple[Floats, Floats, Floats]:
    """Expected, typical and repeated seconds of each pair."""
    model = _model(problem)
    pair, issue_type, probability = _expanded(problem, rows)
    typical = handle_time.typical_seconds(model)[issue_type]
    expected = handle_time.predict(model, issue_type, cops[pair]).mean_seconds
    proficiency = problem.cops.proficiency[cops[pair], problem.issue_types.skill[issue_type]]
    return (
        np.bincount(pair, probability * expected, rows.size).astype(np.float64),
        np.bincount(pair, probability * typical, rows.size).astype(np.float64),
        np.bincount(pair, probability * ((1 - proficiency) * typical), rows.size).astype(np.float64),
    )


def _expanded(problem: Problem, rows: Indices) -> tuple[Indices, Indices, Floats]:
    """One row a candidate of each conversation in `rows`: its position in `rows`, issue type, probability."""
    c = problem.conversations
    width = c.candidate_start[rows + 1] - c.candidate_start[rows]
    pair = np.repeat(np.arange(rows.size), width)
    before = np.cumsum(width) - width
    at = np.repeat(c.candidate_start[rows] - before, width) + np.arange(int(width.sum()))
    return pair, c.candidate_type[at], c.candidate_probability[at]


def _model(problem: Problem) -> HandleTimeModel:
    stated = problem.issue_types.handle_time_seconds
    return handle_time.fit(stated, len(problem.cops), problem.handle_times, problem.parameters)


def _load(problem: Problem, cops: Indices) -> int:
    """Each COp's new units, one after the other on top of what they hold."""
    value = 0
    given = np.bincount(cops, minlength=len(problem.cops))
    for extra in range(int(given.max(initial=0))):
        holders = given > extra
        value += int(costs.load(problem.cops.load[holders] + extra, problem.parameters).sum())
    return value
