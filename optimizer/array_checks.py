"""The checker on arrays: feasibility and objective of an assignment, from the problem alone.

It knows nothing of classes, arcs or flows. `checks.py` says the same from a snapshot, in loops.
"""

import numpy as np

from optimizer import costs, handle_time, rules
from optimizer.handle_time import HandleTimeModel
from optimizer.problem import Floats, Indices, Problem
from optimizer.rules import Flags, RuleFacts
from optimizer.side.practised import total
from optimizer.side.room import Room
from optimizer.tables import known_cheapest


def findings(problem: Problem, cop_of: Indices, objective: int, released: Flags | None = None) -> list[str]:
    """What is wrong with giving conversation i to COp cop_of[i] (-1: it waits); empty when nothing is.

    cop_of: (N,) int64; objective: the value claimed for it, in units of 10 ms; released: (P,) bool, which of the
    pairs, in row order, count for nothing because the conversation had been held back too long.
    """
    n, m = len(problem.conversations), len(problem.cops)
    if cop_of.shape != (n,) or (n and (cop_of.min() < -1 or cop_of.max() >= m)):
        return [f"an assignment of {n} conversations to COps -1 to {m - 1} was expected"]
    rows = np.flatnonzero(cop_of >= 0)
    cops = cop_of[rows]
    found = _broken_rules(problem, rows, cops) + _overfull(problem, rows, cops) + _over_limits(problem, rows, cops)
    waived = np.zeros(rows.size, np.bool_) if released is None else released
    found += _wrongly_released(problem, rows[waived])
    actual = objective_of(problem, rows[~waived], cops[~waived])
    if actual != objective:
        found.append(f"the plan claims an objective of {objective}; it is {actual}")
    return found


MOST_HOLDS_CHECKED = 20_000
"""Pairs looked at for breaches of the longest hold: all on a small floor, the longest waits on a large one."""


def held_too_long(problem: Problem, cop_of: Indices) -> list[str]:
    """Conversations past the longest hold that wait while a COp who could serve them has a slot left."""
    c, left = problem.conversations, problem.cops.free.copy()
    given = np.flatnonzero(cop_of >= 0)
    np.subtract.at(left, (cop_of[given], c.channel[given]), 1)
    late = rules.is_past_hold(c.waiting_seconds, c.vulnerable, c.fraud, problem.parameters)
    idle = np.flatnonzero(left.any(axis=1))
    roomy = left.max(axis=0, initial=0) > 0
    waiting = np.flatnonzero((cop_of < 0) & late & roomy[c.channel])
    waiting = waiting[np.argsort(-c.waiting_seconds[waiting], kind="stable")][: MOST_HOLDS_CHECKED // max(idle.size, 1)]
    rows, cops = np.repeat(waiting, idle.size), np.tile(idle, waiting.size)
    possible = left[cops, c.channel[rows]] > 0
    rows, cops = rows[possible], cops[possible]
    verdicts = list(rules.verdicts(rule_facts(problem, rows, cops), problem.parameters).values())
    able = np.flatnonzero(np.all(verdicts, axis=0) & Room(problem, cop_of).allows_pairs(rows, cops))
    return [
        f"conversation {row} is held back past the longest hold while COp {cop} is free"
        for row, cop in zip(rows[able], cops[able], strict=True)
    ]


def _wrongly_released(problem: Problem, rows: Indices) -> list[str]:
    c = problem.conversations
    late = rules.is_past_hold(c.waiting_seconds[rows], c.vulnerable[rows], c.fraud[rows], problem.parameters)
    return [f"conversation {row} is released from being held back before the longest hold" for row in rows[~late]]


def objective_of(problem: Problem, rows: Indices, cops: Indices) -> int:
    """The value of the pairs (P,) `rows`, `cops`, in units of 10 ms."""
    terms = terms_before_load(problem, rows, cops)
    practised = int(costs.practice(np.array(total(problem, rows, cops)), problem.parameters))
    return int(sum(int(term.sum()) for term in terms)) + _load(problem, cops) + practised


def terms_before_load(problem: Problem, rows: Indices, cops: Indices) -> tuple[Indices, ...]:
    """(P,) int64 units each: every term of the pairs but those that depend on the other pairs, load and practice."""
    p, c = problem.parameters, problem.conversations
    age = c.waiting_seconds[rows] / c.target_seconds[rows]
    expected, typical, repeated = _times(problem, rows, cops)
    usual = handle_time.usual_seconds(handle_time.typical_seconds(_model(problem)))
    fluency = problem.cops.language_proficiency[cops, c.language[rows]]
    weight = costs.weight(c.priority[rows], c.vulnerable[rows], c.fraud[rows], p)
    steering = problem.steering
    return (
        costs.urgency(weight, age, p, steering),
        costs.handle_time(expected, typical, p, steering) + costs.brevity(typical, usual, p, steering),
        costs.price(*_prices(problem, rows, cops), p, steering),
        _reserve(problem, cops),
        _chance(problem, rows),
        costs.proficiency(repeated, p),
        costs.transfer(_covered(problem, rows, cops), p),
        costs.attempt(_attempt_seconds(problem, rows, cops)),
        costs.language(fluency, p),
        costs.shift(expected, problem.cops.seconds_to_shift_end[cops], p),
        costs.affinity(c.last_cop[rows] == cops, p),
    )


def _chance(problem: Problem, rows: Indices) -> Indices:
    steering, c, p = problem.steering, problem.conversations, problem.parameters
    if steering is None or steering.seconds_between is None:
        return np.zeros(rows.size, np.int64)
    pair, issue_type, probability = _expanded(problem, rows)
    between = steering.seconds_between[issue_type, c.market[rows][pair], c.language[rows][pair]]
    lost = np.bincount(pair, probability * costs.lost_by_waiting(between, p), rows.size).astype(float)
    return costs.chance(lost, p, steering)


def _reserve(problem: Problem, cops: Indices) -> Indices:
    steering = problem.steering
    kept = np.zeros(cops.size) if steering is None else steering.reserve_of(cops)
    return costs.reserve(kept, problem.parameters, steering)


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


def _over_limits(problem: Problem, rows: Indices, cops: Indices) -> list[str]:
    side = problem.side
    if side is None:
        return []
    given = side.pairs_counted(rows, cops, len(problem.cops))
    return [
        f"the limit {side.names[at]} allows {side.most[at]} and is given {given[at]}"
        for at in np.flatnonzero(given > side.most)
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
        reached_probability=_reached(problem, rows, cops),
        excluded=_excluded(problem, rows, cops),
        forbidden=np.zeros(rows.size, np.bool_),  # the arrays hold both reasons in one list
        free=x.free[cops, c.channel[rows]],
    )


def _covered(problem: Problem, rows: Indices, cops: Indices) -> Floats:
    pair, issue_type, probability = _expanded(problem, rows)
    proficiency = problem.cops.proficiency[cops[pair], problem.issue_types.skill[issue_type]]
    able = rules.has_skill(proficiency, problem.parameters)
    return np.bincount(pair, probability * able, rows.size).astype(np.float64)


def _attempt_seconds(problem: Problem, rows: Indices, cops: Indices) -> Floats:
    if problem.side is None:
        return np.zeros(rows.size)
    pair, issue_type, probability = _expanded(problem, rows)
    seconds = problem.side.attempt_seconds[issue_type, cops[pair]]
    return np.bincount(pair, probability * seconds, rows.size).astype(np.float64)


def _reached(problem: Problem, rows: Indices, cops: Indices) -> Floats:
    if problem.side is None:
        return _covered(problem, rows, cops)
    pair, issue_type, probability = _expanded(problem, rows)
    proficiency = problem.cops.proficiency[cops[pair], problem.issue_types.skill[issue_type]]
    able = rules.reaches(proficiency, problem.side.least_proficiency[rows[pair]])
    return np.bincount(pair, probability * able, rows.size).astype(np.float64)


def _excluded(problem: Problem, rows: Indices, cops: Indices) -> Flags:
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


def _prices(problem: Problem, rows: Indices, cops: Indices) -> tuple[Floats, Floats]:
    """Price x expected seconds of each pair, and the least of these over the group; both 0 without prices."""
    if problem.steering is None:
        return np.zeros(rows.size), np.zeros(rows.size)
    model, c = _model(problem), problem.conversations
    pair, issue_type, probability = _expanded(problem, rows)
    expected = handle_time.predict(model, issue_type, cops[pair]).mean_seconds
    cheapest = known_cheapest(problem.steering, handle_time.typical_seconds(model))
    at = cheapest[issue_type, c.market[rows][pair], c.language[rows][pair]]
    return (
        np.bincount(pair, probability * (problem.steering.cop_price[cops[pair]] * expected), rows.size).astype(float),
        np.bincount(pair, probability * at, rows.size).astype(float),
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
