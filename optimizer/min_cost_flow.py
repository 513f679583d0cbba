"""The OR-Tools model: a flow network in, the cheapest flow out, exact."""

from importlib import import_module
from types import ModuleType

import numpy as np

from optimizer.errors import CostRangeExceeded, SolverError
from optimizer.network import FlowNetwork
from optimizer.problem import Indices

LARGEST_PRODUCT = 2**62
"""The solver multiplies costs by the number of nodes, and sums them over units, in 64 bits."""
WORTH_LOWERING = 2_000
"""Arcs from which on lowering the dearest ones first saves more than it costs."""


def load() -> ModuleType:
    """OR-Tools' module, imported at the first call."""
    return import_module("ortools.graph.python.min_cost_flow")


def solve(network: FlowNetwork) -> Indices:
    """(E,) int64 flow on each arc.

    Raises `CostRangeExceeded` before solving where the arithmetic could overflow, `SolverError` when the
    solver does not end with an optimum.
    """
    check_range(network)
    if not network.tail.size:
        return np.zeros(0, np.int64)
    ceiling = _ceiling(network.cost)
    if ceiling is not None:
        flow = _solve(network, np.minimum(network.cost, ceiling))
        if not flow[network.cost > ceiling].any():
            return flow
    return _solve(network, network.cost)


def _ceiling(cost: Indices) -> int | None:
    """What the dearest arcs are first lowered to: the solver takes a round for each power of the largest cost.

    A flow that is cheapest under lowered costs and uses no lowered arc costs the same under the real ones, under which
    no flow became cheaper: it is an optimum there too. The dearest arcs mean leaving the most urgent conversations
    waiting, which an optimum seldom does; where it does, the network is solved again as it is.
    """
    if cost.size < WORTH_LOWERING:
        return None
    dear = cost[cost > 0]
    if not dear.size:
        return None
    ceiling = int(np.percentile(dear, 99))
    return ceiling if int(dear.max()) > 4 * ceiling else None


def _solve(network: FlowNetwork, cost: Indices) -> Indices:
    solver = load().SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(network.tail, network.head, network.capacity, cost)
    solver.set_nodes_supplies(np.arange(network.supply.size), network.supply)
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise SolverError(f"the min-cost flow solver ended with {status.name}")
    return np.asarray(solver.flows(arcs), dtype=np.int64)


def check_range(network: FlowNetwork) -> None:
    """Refuse costs that could overflow: |cost| x (nodes + units) must stay under 2**62."""
    if not network.cost.size:
        return
    largest = int(np.abs(network.cost).max())
    factor = network.supply.size + int(np.maximum(network.supply, 0).sum()) + 1
    if largest * factor >= LARGEST_PRODUCT:
        raise CostRangeExceeded(
            f"the largest cost, {largest} units of 10 ms, times {factor} nodes and units exceeds exact 64-bit "
            f"arithmetic; allowed is less than {LARGEST_PRODUCT // factor} units: lower the weights"
        )
