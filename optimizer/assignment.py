"""From flows between classes and COps back to who gets which conversation."""

import numpy as np

from optimizer.errors import SolverError
from optimizer.network import Tick
from optimizer.prepared import Prepared
from optimizer.problem import Indices
from optimizer.runs import position_within


def disaggregate(tick: Tick, flow: Indices, prepared: Prepared) -> Indices:
    """(N,) int64: the COp of each conversation, -1 where it waits.

    A class that was given s slots gives them to its s most urgent conversations: the flow already chose s, and
    any pairing inside a class is worth the same. The most urgent one meets the COp worth most to the class.
    Raises `SolverError` where the flow cannot be such a plan.
    """
    _refuse_impossible(tick, flow)
    classes, arcs = prepared.classes, prepared.arcs
    last_cop = prepared.problem.conversations.last_cop
    n_pairs, n_returning = tick.pair_arc.size, tick.returning.size
    through_class = flow[n_pairs : n_pairs + n_returning] > 0
    to_last = flow[n_pairs + n_returning : n_pairs + 2 * n_returning] > 0
    cop_of = np.full(len(classes.of), -1, np.int64)
    cop_of[tick.returning[to_last]] = last_cop[tick.returning[to_last]]
    granted = np.repeat(tick.pair_arc, flow[:n_pairs])
    granted = granted[np.lexsort((arcs.cop[granted], -arcs.worth[granted], arcs.cls[granted]))]
    n_granted = np.bincount(arcs.cls[granted], minlength=len(classes))
    served = _served(tick.plain, tick.returning[through_class], n_granted, prepared)
    if not np.array_equal(classes.of[served], arcs.cls[granted]):
        raise SolverError("the flow gives a class more slots than it has conversations")
    cop_of[served] = arcs.cop[granted]
    return cop_of


def _refuse_impossible(tick: Tick, flow: Indices) -> None:
    network = tick.network
    if flow.shape != network.tail.shape or (flow < 0).any() or (flow > network.capacity).any():
        raise SolverError("the solver returned a flow outside the arcs' capacities")
    n_nodes = network.supply.size
    sent = np.bincount(network.tail, flow, n_nodes) - np.bincount(network.head, flow, n_nodes)
    if not np.array_equal(sent, network.supply):
        raise SolverError("the solver returned a flow that loses or invents units on the way")


def _served(plain: Indices, through: Indices, granted: Indices, prepared: Prepared) -> Indices:
    """Who fills the (C,) `granted` slots: everyone who came `through` their class, then the most urgent."""
    classes, urgency = prepared.classes, prepared.urgency
    cls = classes.of[plain]
    left = granted - np.bincount(classes.of[through], minlength=len(classes))
    chosen = np.concatenate([plain[position_within(cls) < left[cls]], through])
    return np.asarray(chosen[np.lexsort((chosen, -urgency[chosen], classes.of[chosen]))])
