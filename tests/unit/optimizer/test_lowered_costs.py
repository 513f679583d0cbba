"""Lowering the dearest costs first never changes what the optimum is worth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer import min_cost_flow
from optimizer.network import FlowNetwork


def crowded(seed: int, n_waiting: int, n_slots: int) -> FlowNetwork:
    """Everybody waiting may take any of a few slots or wait; a few of them wait very dearly."""
    rng = np.random.default_rng(seed)
    waiting, slots, sink = np.arange(n_waiting), n_waiting + np.arange(n_slots), n_waiting + n_slots
    reached = rng.random((n_waiting, n_slots)) < 0.5
    who, where = np.nonzero(reached)
    urgency = (10 ** rng.uniform(1, 6, n_waiting)).astype(np.int64)
    tail = np.concatenate([who, waiting, slots])
    head = np.concatenate([slots[where], np.full(n_waiting, sink), np.full(n_slots, sink)])
    cost = np.concatenate([-rng.integers(0, 500, who.size), urgency, np.zeros(n_slots, np.int64)])
    supply = np.zeros(sink + 1, np.int64)
    supply[:n_waiting], supply[sink] = 1, -n_waiting
    return FlowNetwork(tail, head, np.ones(tail.size, np.int64), cost, supply)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), n_waiting=st.integers(1, 30), n_slots=st.integers(1, 12))
def test_the_optimum_is_worth_the_same_however_many_costs_were_lowered(seed: int, n_waiting: int, n_slots: int) -> None:
    network = crowded(seed, n_waiting, n_slots)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(min_cost_flow, "WORTH_LOWERING", 10**9)
        plain = int((min_cost_flow.solve(network) * network.cost).sum())
        patch.setattr(min_cost_flow, "WORTH_LOWERING", 0)
        lowered = int((min_cost_flow.solve(network) * network.cost).sum())
    assert lowered == plain


def test_the_dearest_who_must_wait_are_told_apart_by_their_real_costs() -> None:
    # One slot for two very dear ones: under lowered costs either may take it, under the real ones only the dearer.
    n = 200
    network = crowded(0, n, 1)
    who = np.flatnonzero(network.head[: -n - 1] == n)
    first, second = network.tail[who[:2]]
    cost = network.cost.copy()
    waits = network.head.size - n - 1
    cost[waits : waits + n] = 10
    cost[waits + first], cost[waits + second] = 10**6, 2 * 10**6
    cost[who] = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(min_cost_flow, "WORTH_LOWERING", 0)
        flow = min_cost_flow.solve(FlowNetwork(network.tail, network.head, network.capacity, cost, network.supply))
    assert (flow[waits + first], flow[waits + second]) == (1, 0)
