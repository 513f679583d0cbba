"""Prices read off a flow, and mended where more arcs join."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer import min_cost_flow
from optimizer.board.paths import Residual, Steps
from optimizer.network import FlowNetwork


def floor(seed, n_waiting, n_slots, known):
    """Each waiting customer may give up, or take one of the slots they are `known` to reach."""
    rng = np.random.default_rng(seed)
    cost, reached = rng.integers(-60, 0, (n_waiting, n_slots)), rng.random((n_waiting, n_slots)) < known
    urgency, sink = rng.integers(1, 90, n_waiting), n_waiting + n_slots
    who, where = np.nonzero(reached)
    every = np.arange(n_waiting)
    network = FlowNetwork(
        tail=np.concatenate([who, every, n_waiting + np.arange(n_slots)]),
        head=np.concatenate([n_waiting + where, np.full(n_waiting + n_slots, sink)]),
        capacity=np.ones(who.size + n_waiting + n_slots, np.int64),
        cost=np.concatenate([cost[who, where], urgency, np.zeros(n_slots, np.int64)]),
        supply=np.concatenate([np.ones(n_waiting, np.int64), np.zeros(n_slots, np.int64), [-n_waiting]]),
    )
    more, slot = np.nonzero(~reached)
    return network, who.size, (more, n_waiting + slot, cost[more, slot])


def cost_of(network):
    return int((min_cost_flow.solve(network) * network.cost).sum())


def with_arcs(network, tail, head, cost):
    columns = ((network.tail, tail), (network.head, head), (network.capacity, np.ones_like(tail)), (network.cost, cost))
    return FlowNetwork(*(np.concatenate(column) for column in columns), network.supply)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 8), st.integers(1, 6), st.sampled_from([0.3, 0.6, 0.9]))
def test_prices_are_mended_just_where_more_arcs_leave_the_plan_an_optimum(seed, n_waiting, n_slots, known):
    network, n_pairs, more = floor(seed, n_waiting, n_slots, known)
    flow = min_cost_flow.solve(network)
    residual = Residual.of(network, flow, n_pairs)
    mended = residual.with_more(residual.distances(), Steps.of(*more))
    still_best = cost_of(with_arcs(network, *more)) == int((flow * network.cost).sum())
    assert (mended is not None) == still_best


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 8), st.integers(1, 6))
def test_a_slots_distance_is_what_losing_it_costs(seed, n_waiting, n_slots):
    network, n_pairs, _ = floor(seed, n_waiting, n_slots, 0.6)
    distance = Residual.of(network, min_cost_flow.solve(network), n_pairs).distances()
    for slot in range(n_slots):
        capacity = network.capacity.copy()
        capacity[n_pairs + n_waiting + slot] = 0
        fewer = FlowNetwork(network.tail, network.head, capacity, network.cost, network.supply)
        assert cost_of(fewer) - cost_of(network) == distance[n_waiting + slot]
