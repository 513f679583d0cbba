"""A second opinion on small snapshots: CP-SAT solves the same tick with nothing of the flow, pair by pair.

For audits only: it takes seconds where the flow takes milliseconds, and gives up on large floors.
"""

from collections import defaultdict
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from optimizer import array_checks, costs, rules
from optimizer.encoding import encode
from optimizer.errors import AuditTooLarge
from optimizer.matching import match
from optimizer.problem import Indices, Problem
from optimizer.side.arrays import Side
from optimizer.snapshot import Snapshot

MOST_PAIRS = 20_000
"""Eligible pairs beyond which CP-SAT proves nothing in reasonable time."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What the flow found and what CP-SAT says of it, in units of 10 ms of weighted wait.

    objective: the plan's; claimed_gap: what the plan says could at most be missing; best, bound: CP-SAT's plan and its
    bound on any plan; proven: the two met within the time limit; findings: what the checkers object to.
    """

    objective: int
    claimed_gap: int | None
    best: int
    bound: int
    proven: bool
    pairs: int
    findings: tuple[str, ...]

    @property
    def missing(self) -> int:
        """How much more the audit's plan is worth than the flow's."""
        return max(self.best - self.objective, 0)

    @property
    def holds(self) -> bool:
        """Whether the plan is as good as it says: no finding, and no more missing than its gap."""
        allowed = self.claimed_gap if self.claimed_gap is not None else self.missing
        return not self.findings and self.missing <= allowed


def audit(snapshot: Snapshot, time_limit_seconds: float = 60.0) -> Audit:
    """Solve `snapshot` both ways; raises `AuditTooLarge` where that would take too long."""
    plan = match(snapshot)
    problem, _ = encode(snapshot)
    rows, cops = _eligible(problem)
    solved = _solve(problem, rows, cops, time_limit_seconds)
    given = np.full(len(problem.conversations), -1, np.int64)
    given[rows[solved.chosen]] = cops[solved.chosen]
    found = array_checks.findings(problem, given, solved.best)
    return Audit(plan.objective, plan.gap, solved.best, solved.bound, solved.proven, rows.size, tuple(found))


def _eligible(problem: Problem) -> tuple[Indices, Indices]:
    """(P,) rows and COps that no rule bars, asked of the rules one by one."""
    n, m = len(problem.conversations), len(problem.cops)
    if n * m > 50 * MOST_PAIRS:
        raise AuditTooLarge(n * m, 50 * MOST_PAIRS)
    rows, cops = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    verdicts = rules.verdicts(array_checks.rule_facts(problem, rows, cops), problem.parameters)
    kept = np.all(list(verdicts.values()), axis=0)
    if np.count_nonzero(kept) > MOST_PAIRS:
        raise AuditTooLarge(int(np.count_nonzero(kept)), MOST_PAIRS)
    return rows[kept], cops[kept]


@dataclass(frozen=True, slots=True, eq=False)
class _Solved:
    chosen: Indices
    best: int
    bound: int
    proven: bool


def _solve(problem: Problem, rows: Indices, cops: Indices, time_limit_seconds: float) -> _Solved:
    cp_model = import_module("ortools.sat.python.cp_model")
    model = cp_model.CpModel()
    taken = [model.new_bool_var(f"{row}-{cop}") for row, cop in zip(rows.tolist(), cops.tolist(), strict=True)]
    worth = np.sum(array_checks.terms_before_load(problem, rows, cops), axis=0) if rows.size else np.zeros(0, np.int64)
    _keep_within(model, problem, rows, cops, taken)
    load = _loads(model, problem, cops, taken) + _practised(model, problem, rows, cops, taken)
    model.maximize(sum(int(w) * x for w, x in zip(worth.tolist(), taken, strict=True)) + load)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = time_limit_seconds
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    chosen = np.array([at for at, x in enumerate(taken) if solver.value(x)], np.int64)
    best, bound = round(solver.objective_value), round(solver.best_objective_bound)
    return _Solved(chosen, best, bound, status == cp_model.OPTIMAL)


def _keep_within(model: Any, problem: Problem, rows: Indices, cops: Indices, taken: list[Any]) -> None:
    """One COp a conversation, slots a channel, and every limit."""
    channel = problem.conversations.channel[rows]
    _at_most(model, rows.tolist(), taken, defaultdict(lambda: 1))
    slots = {(j, c): int(problem.cops.free[j, c]) for j, c in zip(cops.tolist(), channel.tolist(), strict=True)}
    _at_most(model, list(zip(cops.tolist(), channel.tolist(), strict=True)), taken, slots)
    if problem.side is not None:
        _keep_limits(model, problem.side, rows, cops, taken)


def _practised(model: Any, problem: Problem, rows: Indices, cops: Indices, taken: list[Any]) -> Any:
    """What is paid for practice: for as many as are given of what is wanted."""
    side = problem.side
    if side is None or side.practice is None:
        return 0
    worth, total = int(costs.practice(np.array(1), problem.parameters)), 0
    for cop, counted, least in zip(side.practice.cop, side.practice.counted, side.practice.least, strict=True):
        counts = ((cops == cop) & counted[side.kind[rows]]).tolist()
        paid = model.new_int_var(0, int(least), f"practice of {cop}, {total}")
        model.add(paid <= sum(x for x, does in zip(taken, counts, strict=True) if does))
        total += worth * paid
    return total


def _keep_limits(model: Any, side: Side, rows: Indices, cops: Indices, taken: list[Any]) -> None:
    for limit in range(side.n_limits):
        counted = side.counted[limit][side.kind[rows]] & np.isin(cops, side.cops_of(limit))
        model.add(sum(x for x, does in zip(taken, counted.tolist(), strict=True) if does) <= int(side.most[limit]))


def _at_most(model: Any, keys: list[Any], taken: list[Any], most: Any) -> None:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for key, x in zip(keys, taken, strict=True):
        groups[key].append(x)
    for key, members in groups.items():
        model.add(sum(members) <= most[key])


def _loads(model: Any, problem: Problem, cops: Indices, taken: list[Any]) -> Any:
    """What the units given to each COp cost: each one more than the one before."""
    total: Any = 0
    by_cop: dict[int, list[Any]] = defaultdict(list)
    for cop, x in zip(cops.tolist(), taken, strict=True):
        by_cop[cop].append(x)
    for cop, members in by_cop.items():
        held = int(problem.cops.load[cop]) + np.arange(min(len(members), int(problem.cops.free[cop].sum())))
        units = [model.new_bool_var(f"unit {cop}-{at}") for at in range(held.size)]
        model.add(sum(members) == sum(units))
        total += sum(int(c) * u for c, u in zip(costs.load(held, problem.parameters).tolist(), units, strict=True))
    return total
