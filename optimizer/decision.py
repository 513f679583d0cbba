"""One tick decided on arrays: who gets whom, what that is worth and why the others wait."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import numpy as np

from optimizer import greedy, longest_idle, min_cost_flow, network, valuation
from optimizer.costs import Term
from optimizer.errors import SolverLate
from optimizer.network import FlowNetwork
from optimizer.plan import SolverName, WaitReason
from optimizer.prepared import Prepared, milliseconds_since
from optimizer.problem import Floats, Indices
from optimizer.release import release
from optimizer.rules import Flags
from optimizer.runners_up import RunnersUp, find_runners_up
from optimizer.side import practised, solving
from optimizer.side.room import Room

WAIT_REASONS = tuple(WaitReason)


class Solver(Protocol):
    """Finds the cheapest flow, (E,) int64; may raise any `SolverError`."""

    def __call__(self, network: FlowNetwork, time_limit_seconds: float) -> Indices: ...


def solve_in_process(network: FlowNetwork, time_limit_seconds: float) -> Indices:  # noqa: ARG001
    """OR-Tools in this process: it cannot be interrupted, so lateness shows only afterwards."""
    return min_cost_flow.solve(network)


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """Who gets whom, in index form, with P assigned conversations.

    cop_of: (N,) int64, -1 where a conversation waits; rows, cops: (P,) int64 pairs; held: (P,) int64, units the COp
    holds before; released: (P,) bool, pairs worth nothing, made because the conversation had been held back too long;
    practice: (P,) int64, towards how many practices each pair counts; terms: (P,) int64 units each; value: (P,) int64
    units; reason: (N,) int64, position in WAIT_REASONS, -1 where assigned; gap: no plan is worth
    more than `objective` + `gap` units, None where that is not known.
    """

    cop_of: Indices
    rows: Indices
    cops: Indices
    held: Indices
    released: Flags
    practice: Indices
    terms: Mapping[Term, Indices]
    value: Indices
    runners_up: RunnersUp
    reason: Indices
    objective: int
    solver: SolverName
    n_classes: int
    n_arcs: int
    build_ms: float
    solve_ms: float
    gap: int | None


@dataclass(frozen=True, slots=True)
class _Effort:
    """How a decision was reached."""

    solver: SolverName
    n_arcs: int
    build_ms: float
    solve_ms: float
    gap: int | None = None


def optimum(prepared: Prepared, solver: Solver = solve_in_process) -> Decision:
    """The plan of greatest value; raises `SolverError` where the solver is late or gives none."""
    x, limit = prepared, prepared.problem.parameters.time_limit_seconds
    began = perf_counter()
    tick = network.build(x)
    network_ms = milliseconds_since(began)
    began = perf_counter()
    found = solving.solve(tick, x, solver)
    solve_ms = milliseconds_since(began)
    if solve_ms > limit * 1000:
        raise SolverLate(f"the solver took {solve_ms:.0f} ms; allowed are {limit * 1000:.0f} ms")
    effort = _Effort(SolverName.MIN_COST_FLOW, len(tick.network.tail), x.build_ms + network_ms, solve_ms, found.gap)
    return _decision(x, found.cop_of, effort)


def baseline(prepared: Prepared) -> Decision:
    """The greedy plan."""
    x = prepared
    began = perf_counter()
    cop_of = greedy.assign(x)
    return _by_rule(x, cop_of, SolverName.GREEDY, began)


def first_come(prepared: Prepared, idle_seconds: Floats) -> Decision:
    """The longest wait first, to whoever is idle longest; `idle_seconds`: (M,) float64."""
    began = perf_counter()
    cop_of = longest_idle.assign(prepared, idle_seconds)
    return _by_rule(prepared, cop_of, SolverName.LONGEST_IDLE, began)


def _by_rule(x: Prepared, cop_of: Indices, name: SolverName, began: float) -> Decision:
    return _decision(x, cop_of, _Effort(name, len(x.arcs.cop), x.build_ms, milliseconds_since(began)))


def _decision(x: Prepared, found: Indices, effort: "_Effort") -> Decision:
    cop_of = release(x, found)
    rows = np.flatnonzero(cop_of >= 0)
    cops, released = cop_of[rows], found[rows] < 0
    held = valuation.units_held(x.problem, rows, cops, x.urgency, released)
    quantities = valuation.pair_quantities(x.problem, x.tables, rows, cops)
    practice = practised.filled(x.problem, rows, cops, x.urgency, released)
    terms = valuation.pair_terms(x.problem, quantities, valuation.Pairs(rows, cops, held, released, practice))
    value = valuation.total(terms, rows.size)
    return Decision(
        cop_of=cop_of,
        rows=rows,
        cops=cops,
        held=held,
        released=released,
        practice=practice,
        terms=terms,
        value=value,
        runners_up=find_runners_up(x, cop_of, value),
        reason=_reasons(x, cop_of),
        objective=int(value.sum()),
        solver=effort.solver,
        n_classes=len(x.classes),
        n_arcs=effort.n_arcs,
        build_ms=effort.build_ms,
        solve_ms=effort.solve_ms,
        gap=effort.gap,
    )


def _reasons(x: Prepared, cop_of: Indices) -> Indices:
    channel = x.problem.conversations.channel
    rows = np.flatnonzero(cop_of >= 0)
    left = x.problem.cops.free.copy()
    np.subtract.at(left, (cop_of[rows], channel[rows]), 1)
    member = x.classes.first[x.arcs.cls]
    still_free = left[x.arcs.cop, channel[member]] > 0
    allowed = Room(x.problem, cop_of).allows_pairs(member, x.arcs.cop)
    by_class = np.full(len(x.classes), WAIT_REASONS.index(WaitReason.NO_ELIGIBLE_COP), np.int64)
    by_class[x.arcs.cls] = WAIT_REASONS.index(WaitReason.ALL_ELIGIBLE_FULL)
    by_class[x.arcs.cls[x.arcs.free > 0]] = WAIT_REASONS.index(WaitReason.OUTRANKED)
    by_class[x.arcs.cls[still_free & ~allowed]] = WAIT_REASONS.index(WaitReason.LIMITED)
    by_class[x.arcs.cls[still_free & allowed]] = WAIT_REASONS.index(WaitReason.HELD_BACK)
    reason = by_class[x.classes.of]
    reason[rows] = -1
    return reason
