"""On random snapshots a plan is worth what other solvers find, keeps every rule, and hangs on no order of rows."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_snapshots import SLOW, snapshots
from hypothesis import given
from hypothesis import strategies as st
from plain_solvers import best_by_assignment, best_by_enumeration, best_by_linear_programme, may_serve

from optimizer import array_checks, checks, decision, min_cost_flow, network
from optimizer.decision import baseline, optimum
from optimizer.encoding import encode
from optimizer.errors import SolverError
from optimizer.matching import match, match_arrays
from optimizer.plan import SolverName
from optimizer.prepared import prepare
from optimizer.prices import certify


@SLOW
@given(snapshots(most_waiting=5, most_cops=3))
def test_no_assignment_at_all_is_worth_more_than_the_plan(snapshot):
    assert match(snapshot).objective == best_by_enumeration(snapshot)


@SLOW
@given(snapshots())
def test_aggregated_classes_reach_the_optimum_of_a_linear_programme_without_classes(snapshot):
    assert match(snapshot).objective == best_by_linear_programme(snapshot)


@SLOW
@given(snapshots(one_channel=True))
def test_the_plan_is_worth_as_much_as_scipys_assignment_on_slots(snapshot):
    assert match(snapshot).objective == best_by_assignment(snapshot)


@SLOW
@given(snapshots(most_waiting=20, most_cops=6))
def test_every_plan_is_optimal_by_choice_and_passes_the_check(snapshot):
    plan = match(snapshot)
    assert (plan.solver, plan.fallback_reason) == (SolverName.MIN_COST_FLOW, None)
    assert checks.findings(snapshot, plan) == []


@SLOW
@given(snapshots(most_waiting=20, most_cops=6))
def test_the_greedy_plan_is_sound_and_never_worth_more(snapshot):
    problem, _ = encode(snapshot)
    prepared = prepare(problem)
    greedy = baseline(prepared)
    assert array_checks.findings(problem, greedy.cop_of, greedy.objective, greedy.released) == []
    assert optimum(prepared).objective >= greedy.objective >= 0


@SLOW
@given(snapshots(most_waiting=20, most_cops=6))
def test_nobody_past_the_longest_hold_waits_while_somebody_who_could_serve_them_is_free(snapshot):
    for solver in (decision.solve_in_process, broken):
        plan = match(snapshot, solver=solver)
        by_id = {each.id: each for each in snapshot.conversations}
        left = {(cop.id, channel): slots for cop in snapshot.cops for channel, slots in cop.free.items()}
        for each in plan.assignments:
            left[each.cop_id, by_id[each.conversation_id].channel] -= 1
        for each in (by_id[each.conversation_id] for each in plan.unassigned):
            if each.fraud or each.vulnerable or each.waiting_seconds >= snapshot.parameters.longest_hold_seconds:
                able = [cop.id for cop in snapshot.cops if may_serve(snapshot, each, cop)]
                assert not any(left.get((cop_id, each.channel), 0) for cop_id in able)


def broken(network, time_limit_seconds):
    raise SolverError("broken")


@SLOW
@given(snapshots())
def test_arrays_and_snapshot_agree(snapshot):
    problem, _ = encode(snapshot)
    assert match_arrays(problem).decision.objective == match(snapshot).objective


@SLOW
@given(snapshots(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(snapshot, random):
    def shuffled(rows):
        return tuple(random.sample(rows, len(rows)))

    mixed = replace(
        snapshot,
        conversations=shuffled(snapshot.conversations),
        cops=shuffled(snapshot.cops),
        issue_types=shuffled(snapshot.issue_types),
    )
    assert match(mixed).assignments == match(snapshot).assignments


@SLOW
@given(snapshots(most_waiting=20, most_cops=6))
def test_the_residual_network_proves_the_flow_optimal(snapshot):
    tick = network.build(prepare(encode(snapshot)[0]))
    certify(tick.network, min_cost_flow.solve(tick.network))


@SLOW
@given(snapshots(most_waiting=20, most_cops=6))
def test_leaving_everybody_waiting_is_certified_only_where_it_is_optimal(snapshot):
    tick = network.build(prepare(encode(snapshot)[0]))
    idle = np.where(tick.network.head == tick.network.supply.size - 1, tick.network.capacity, 0)
    n_opt_out = tick.plain.size + tick.returning.size
    idle[tick.pair_arc.size + 2 * tick.returning.size + n_opt_out :] = 0
    if match(snapshot).objective > 0:
        with pytest.raises(SolverError, match="not the cheapest"):
            certify(tick.network, idle)
    else:
        certify(tick.network, idle)
