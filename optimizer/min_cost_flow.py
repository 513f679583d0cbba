"""The OR-Tools model: a flow network in, the cheapest flow out, exact."""

from importlib import import_module
from types import ModuleType

import numpy as np

from optimizer.errors import CostRangeExceeded, SolverError
from optimizer.network import FlowNetwork
from optimizer.problem import Indices

LARGEST_PRODUCT = 2**62
"""The solver multiplies costs by the number of nodes, and sums them over units, in 64 bits."""


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
    solver = load().SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(network.tail, network.head, network.capacity, network.cost)
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
