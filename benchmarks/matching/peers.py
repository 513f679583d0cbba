"""Other ways to solve the same problem: scipy's dense assignment, LEMON, and ten arcs a conversation."""

import importlib.util
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from optimizer import array_checks, costs, min_cost_flow, network, rules, valuation
from optimizer.network import FlowNetwork, Slots
from optimizer.prepared import Prepared, prepare
from optimizer.problem import Floats, Indices, Problem
from optimizer.runs import position_within

MOST_CELLS = 6_000_000
"""A dense table of conversations by slots larger than this is not worth waiting for."""


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


def exact(problem: Problem) -> dict[str, Any]:
    """The same problem solved whole by others: LEMON's network simplex, OR-Tools without sifting, scipy on slots."""
    prepared = prepare(problem)
    tick = network.build(prepared)
    waiting = int(valuation.conversation_urgency(problem)[np.concatenate([tick.plain, tick.returning])].sum())
    found: dict[str, Any] = {"arcs": int(tick.network.tail.size)}
    found["or_tools"] = _worth(lambda: int((min_cost_flow.solve(tick.network) * tick.network.cost).sum()), waiting)
    if importlib.util.find_spec("pylmcf") is None:
        found["lemon"] = {"skipped": "pylmcf is not installed: pip install pointsman[peers]"}
    else:
        n_left = len(prepared.classes) + tick.returning.size
        found["lemon"] = _worth(lambda: _lemon_cost(tick.network, n_left), waiting)
    cells = len(problem.conversations) * int(problem.cops.free.sum())
    if cells > MOST_CELLS:
        found["scipy"] = {"skipped": f"a dense table of {cells} cells"}
    else:
        found["scipy"] = _worth(lambda: -assignment_on_slots(problem), 0)
    return found


def _worth(cost: Callable[[], int], waiting: int) -> dict[str, Any]:
    began, processor = perf_counter(), process_time()
    value = waiting - int(cost())
    return {
        "objective": value,
        "ms": [round((perf_counter() - began) * 1000, 3), round((process_time() - processor) * 1000, 3)],
    }


def _lemon_cost(net: FlowNetwork, n_left: int) -> int:
    """The least cost. LEMON's wrapper wants no negative one: each unit leaves the left side once, for `more`."""
    from pylmcf import Graph

    order = np.lexsort((net.head, net.tail))
    tail, head = net.tail[order], net.head[order]
    more = -min(int(net.cost.min()), 0)
    graph = Graph(net.supply.size, tail, head)
    graph.set_node_supply(net.supply)
    graph.set_edge_capacities(net.capacity[order])
    graph.set_edge_costs(net.cost[order] + more * ((tail < n_left) & (head >= n_left)))
    graph.solve()
    return int(graph.total_cost()) - more * int(np.maximum(net.supply, 0).sum())


def top_ten(problem: Problem) -> dict[str, Any]:
    """What is often done: ten arcs a conversation, to the COps worth most to it, and the same solver.

    Every conversation is a node. Its ten are found the fast way, once a class; those without a COp are left out.
    """
    began, processor = perf_counter(), process_time()
    prepared = prepare(problem)
    net, worth = _ten_each(prepared)
    build = [(perf_counter() - began) * 1000, (process_time() - processor) * 1000]
    began, processor = perf_counter(), process_time()
    flow = min_cost_flow.solve(net)
    solve = [(perf_counter() - began) * 1000, (process_time() - processor) * 1000]
    return {
        "build_ms": [round(each, 3) for each in build],
        "solve_ms": [round(each, 3) for each in solve],
        "arcs": int(net.tail.size),
        "objective": int(worth - flow @ net.cost),
    }


def _ten_each(prepared: Prepared) -> tuple[FlowNetwork, int]:
    """The network, and the urgency of everybody in it."""
    arcs, classes, problem = prepared.arcs, prepared.classes, prepared.problem
    open_ = np.flatnonzero(arcs.free > 0)
    open_ = open_[np.lexsort((-arcs.worth[open_], arcs.cls[open_]))]
    open_ = open_[position_within(arcs.cls[open_]) < 10]
    n_arcs = np.bincount(arcs.cls[open_], minlength=len(classes))
    rows = np.flatnonzero(n_arcs[classes.of] > 0)
    cls = classes.of[rows]
    tail = np.repeat(np.arange(rows.size), n_arcs[cls])
    chosen = open_[np.repeat(np.searchsorted(arcs.cls[open_], cls), n_arcs[cls]) + position_within(tail)]
    channel = problem.conversations.channel[rows[tail]]
    used = np.zeros(problem.cops.free.shape, np.bool_)
    used[arcs.cop[chosen], channel] = True
    slots = Slots.of(used, np.minimum(problem.cops.free, rows.size), rows.size)
    bonus = int(costs.to_units(np.array(problem.parameters.affinity_bonus_seconds)))
    known = problem.conversations.last_cop[rows[tail]] == arcs.cop[chosen]
    ones, every = np.ones(tail.size, np.int64), np.ones(rows.size, np.int64)
    blocks = [
        (tail, slots.node[arcs.cop[chosen], channel], ones, -arcs.worth[chosen] - bonus * known),
        (np.arange(rows.size), every * slots.sink, every, prepared.urgency[rows]),
        *slots.arcs(problem.cops, problem.parameters),
    ]
    supply = np.zeros(slots.sink + 1, np.int64)
    supply[: rows.size], supply[slots.sink] = 1, -rows.size
    tail, head, capacity, cost = (np.concatenate(column) for column in zip(*blocks, strict=True))
    return FlowNetwork(tail, head, capacity, cost, supply), int(prepared.urgency[rows].sum())
