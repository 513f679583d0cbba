"""A solver that is late, wrong or broken never stops the matching, and never goes unnoticed."""

import os
import signal

import numpy as np
import pytest

from optimizer import checks, min_cost_flow
from optimizer.errors import CostRangeExceeded, SolverError, SolverLate, WorkerLost
from optimizer.matching import IsolatedMatcher, match
from optimizer.network import FlowNetwork
from optimizer.plan import FallbackReason, SolverName


@pytest.fixture
def snapshot(make_conversation, make_cop, make_snapshot):
    waiting = [make_conversation(f"c{at}", priority=1 + at % 5) for at in range(8)]
    return make_snapshot(waiting, [make_cop("anna", free={"chat": 3}), make_cop("ben")])


def raising(network, time_limit_seconds):
    raise RuntimeError("no licence")


def ending_badly(network, time_limit_seconds):
    raise SolverError("the min-cost flow solver ended with INFEASIBLE")


def overfilling(network, time_limit_seconds):
    return network.capacity + 1


def wrong_shape(network, time_limit_seconds):
    return np.zeros(3, np.int64)


def leaking(network, time_limit_seconds):
    """Sends flow nobody supplied."""
    return network.capacity.copy()


@pytest.mark.parametrize("solver", [raising, ending_badly, overfilling, wrong_shape, leaking])
def test_a_broken_solver_is_replaced_by_the_greedy_plan_and_says_so(snapshot, solver):
    plan = match(snapshot, solver=solver)
    assert plan.solver is SolverName.GREEDY
    assert plan.fallback_reason is FallbackReason.SOLVER_ERROR
    assert plan.fallback_detail
    assert checks.findings(snapshot, plan) == []
    assert len(plan.assignments) == 4


def test_a_plan_the_checker_refuses_is_replaced_by_the_greedy_one(snapshot, monkeypatch):
    genuine = checks.findings
    answers = iter([["conversation c1 with COp anna breaks the rule market"]])
    monkeypatch.setattr(checks, "findings", lambda s, p: next(answers, None) or genuine(s, p))
    plan = match(snapshot)
    assert plan.fallback_reason is FallbackReason.PLAN_WRONG
    assert "breaks the rule market" in plan.fallback_detail


def test_a_late_answer_is_counted_as_late(make_snapshot, snapshot):
    hurried = make_snapshot(snapshot.conversations, snapshot.cops, weights={"time_limit_seconds": 0.001})

    def slow(network, time_limit_seconds):
        import time

        time.sleep(3 * time_limit_seconds)
        return min_cost_flow.solve(network)

    plan = match(hurried, solver=slow)
    assert (plan.solver, plan.fallback_reason) == (SolverName.GREEDY, FallbackReason.SOLVER_LATE)


def test_costs_beyond_exact_arithmetic_are_refused_before_solving():
    huge = FlowNetwork(
        tail=np.array([0]),
        head=np.array([1]),
        capacity=np.array([1]),
        cost=np.array([2**61]),
        supply=np.array([1, -1]),
    )
    with pytest.raises(CostRangeExceeded, match="lower the weights"):
        min_cost_flow.solve(huge)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CostRangeExceeded("too large"), FallbackReason.COST_RANGE),
        (SolverLate("too late"), FallbackReason.SOLVER_LATE),
        (WorkerLost("gone"), FallbackReason.WORKER_LOST),
    ],
)
def test_each_failure_is_counted_under_its_own_name(snapshot, error, reason):
    def failing(network, time_limit_seconds):
        raise error

    plan = match(snapshot, solver=failing)
    assert (plan.fallback_reason, plan.fallback_detail) == (reason, str(error))


def test_the_longest_wait_and_the_heaviest_weights_stay_inside_the_solvers_range(
    make_conversation, make_cop, make_snapshot
):
    waiting = [make_conversation(f"c{at:04d}", waiting_seconds=1e9, target_seconds=1.0) for at in range(500)]
    extreme = {"urgency_growth_seconds": 1e6, "priority_weights": (1e3, 1e3, 1e3, 1.0, 1.0)}
    plan = match(make_snapshot(waiting, [make_cop(free={"chat": 500})], weights=extreme))
    assert plan.fallback_reason is None
    assert len(plan.assignments) == 500


@pytest.fixture(scope="module")
def matcher():
    with IsolatedMatcher() as matcher:
        yield matcher


def test_the_isolated_solver_gives_the_same_plan(matcher, snapshot):
    here, there = match(snapshot), matcher.match(snapshot)
    assert (there.assignments, there.unassigned) == (here.assignments, here.unassigned)
    assert there.fallback_reason is None


def test_a_killed_solver_is_counted_and_the_next_tick_finds_a_new_one(matcher, snapshot):
    matcher.match(snapshot)
    restarts, lost = matcher.restarts, matcher.fallbacks[FallbackReason.WORKER_LOST]
    os.kill(matcher._process.pid, signal.SIGKILL)
    assert matcher.match(snapshot).fallback_reason is FallbackReason.WORKER_LOST
    assert matcher.match(snapshot).fallback_reason is None
    assert (matcher.restarts, matcher.fallbacks[FallbackReason.WORKER_LOST]) == (restarts + 1, lost + 1)


def test_a_solver_that_hangs_is_cut_off_and_replaced(matcher, snapshot, make_snapshot):
    matcher.match(snapshot)
    os.kill(matcher._process.pid, signal.SIGSTOP)
    hurried = make_snapshot(snapshot.conversations, snapshot.cops, weights={"time_limit_seconds": 0.05})
    assert matcher.match(hurried).fallback_reason is FallbackReason.SOLVER_LATE
    assert matcher.match(snapshot).fallback_reason is None


def test_the_isolated_solver_refuses_an_impossible_range_by_name(matcher):
    huge = np.array([2**61])
    one = np.array([1])
    network = FlowNetwork(np.array([0]), one, one, huge, np.array([1, -1]))
    with pytest.raises(CostRangeExceeded):
        matcher._process.solve(network, 10)
