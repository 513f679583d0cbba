"""The best plan of a tick under its side constraints: exact where they nest, with a reported gap where they cross."""

from collections.abc import Callable
from time import perf_counter

from optimizer import assignment
from optimizer.network import FlowNetwork, Tick
from optimizer.prepared import Prepared
from optimizer.problem import Indices
from optimizer.side.crossing import Priced, solve_priced
from optimizer.side.nodes import constrain

SHARE_FOR_PRICING = 0.5
"""Of the solver's time limit; the round under way may take the rest."""


def solve(tick: Tick, prepared: Prepared, solver: Callable[[FlowNetwork, float], Indices]) -> Priced:
    """Solve `tick` within the time limit of its parameters; `solver` takes a network and the seconds it has."""
    limit, began = prepared.problem.parameters.time_limit_seconds, perf_counter()

    def cheapest(net: FlowNetwork) -> Indices:
        return solver(net, max(limit - (perf_counter() - began), 0.001))

    def is_late() -> bool:
        return perf_counter() - began > SHARE_FOR_PRICING * limit

    side = prepared.problem.side
    if side is None or not side.is_constrained:
        return Priced(assignment.disaggregate(tick, cheapest(tick.network), prepared), 0)
    constrained = constrain(tick, prepared, side)
    if not (constrained.crossing.size or constrained.priced_practice.size):
        flow = cheapest(constrained.tick.network)
        return Priced(assignment.disaggregate(constrained.tick, flow, prepared), 0)
    return solve_priced(constrained, prepared, cheapest, is_late)
