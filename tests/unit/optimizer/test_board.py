"""What a board does with good events, bad events and floors on which little can be done."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.board import Board
from optimizer.board.id_index import IdIndex
from optimizer.board.lanes import Lanes
from optimizer.errors import ProblemInvalid, SolverError
from optimizer.parameters import MatchingParameters
from optimizer.plan import FallbackReason, SolverName, WaitReason
from optimizer.problem import ConversationArrays, CopArrays, HandleTimeArrays, IssueTypeArrays
from optimizer.solver_process import SolverProcess

CARDS, LOANS = 0, 1


def make_cops(**changes):
    values = {
        "proficiency": np.array([[1.0, 0.0], [0.6, 0.9]]),
        "language_proficiency": np.ones((2, 1)),
        "serves_market": np.ones((2, 1), np.bool_),
        "free": np.ones((2, 1), np.int64),
        "load": np.zeros(2, np.int64),
        "available": np.ones(2, np.bool_),
        "seconds_to_shift_end": np.full(2, np.inf),
    }
    return CopArrays(**{**values, **changes})


def make_board(**changes):
    none, nothing = np.zeros(0, np.int64), np.zeros(0)
    types = IssueTypeArrays(np.array([CARDS, LOANS]), np.array([300.0, 600.0]))
    facts = HandleTimeArrays(none, none, nothing, nothing, nothing)
    return Board(make_cops(**changes), types, facts, MatchingParameters())


def make_rows(n, **changes):
    values = {
        "candidate_start": np.arange(n + 1),
        "candidate_type": np.zeros(n, np.int64),
        "candidate_probability": np.ones(n),
        "market": np.zeros(n, np.int64),
        "language": np.zeros(n, np.int64),
        "channel": np.zeros(n, np.int64),
        "priority": np.full(n, 3),
        "waiting_seconds": np.zeros(n),
        "target_seconds": np.full(n, 60.0),
        "vulnerable": np.zeros(n, np.bool_),
        "fraud": np.zeros(n, np.bool_),
        "last_cop": np.full(n, -1),
        "exclusion_start": np.zeros(n + 1, np.int64),
        "excluded_cop": np.zeros(0, np.int64),
    }
    return ConversationArrays(**{**values, **changes})


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("waiting_seconds", np.nan, "nan"),
        ("waiting_seconds", -1.0, "-1.0"),
        ("waiting_seconds", 1e300, "1e+300"),
        ("target_seconds", 0.0, "0.0"),
        ("target_seconds", np.inf, "inf"),
        ("priority", 6, "6"),
        ("market", 1, "1"),
        ("language", -1, "-1"),
        ("channel", 9, "9"),
        ("last_cop", 2, "2"),
        ("candidate_type", 2, "2"),
        ("candidate_probability", np.nan, "nan"),
        ("candidate_probability", 0.0, "0.0"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_by_name_and_the_others_wait(column, value, shown):
    board, rows = make_board(), make_rows(3)
    getattr(rows, column)[1] = value
    (refused,) = board.arrive(np.array([10, 11, 12]), rows, 0.0)
    assert (refused.id, refused.fault.path, refused.fault.value) == (11, column, shown)
    assert board.ids().tolist() == [10, 12]


def test_an_excluded_cop_who_does_not_exist_is_refused_by_name():
    rows = make_rows(2, exclusion_start=np.array([0, 0, 1]), excluded_cop=np.array([5]))
    (refused,) = make_board().arrive(np.array([1, 2]), rows, 0.0)
    assert str(refused) == "2: excluded_cop: 5 is not allowed; allowed is 0 to 1"


def test_an_id_counts_once():
    board = make_board()
    assert [each.id for each in board.arrive(np.array([1, 2, 1]), make_rows(3), 0.0)] == [1]
    assert [each.id for each in board.arrive(np.array([3, 2]), make_rows(2), 0.0)] == [2]
    assert sorted(board.ids().tolist()) == [1, 2, 3]


def test_rows_that_do_not_fit_together_are_refused_as_a_whole():
    with pytest.raises(ProblemInvalid, match="priority: expected 2 values for 2 ids"):
        make_board().arrive(np.array([1, 2]), make_rows(2, priority=np.array([3])), 0.0)


def test_those_who_are_unknown_leave_without_harm_and_are_counted():
    board = make_board()
    board.arrive(np.array([1, 2]), make_rows(2), 0.0)
    assert board.leave(np.array([2, 7, 9])) == 2
    assert (board.ids().tolist(), board.unknown_leavers) == ([1], 2)


def test_cop_events_out_of_range_are_named_and_the_others_count():
    board = make_board()
    refused = board.set_free(np.array([0, 5, 1]), np.array([0, 0, 3]), np.array([2, 1, 1]))
    assert [(each.id, each.fault.path) for each in refused] == [(5, "cop"), (1, "channel")]
    assert board.staff.free.tolist() == [[2], [1]]
    assert [each.fault.path for each in board.set_load(np.array([0]), np.array([-1]))] == ["load"]
    refused = board.set_shift_end(np.array([0]), np.array([np.nan]), 0.0)
    assert [each.fault.path for each in refused] == ["seconds_to_shift_end"]


def test_an_empty_floor_has_an_empty_plan():
    assert len(make_board().plan(0.0)) == 0
    assert make_board().arrive(np.zeros(0, np.int64), make_rows(0), 0.0) == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"proficiency": np.zeros((2, 2))}, WaitReason.NO_ELIGIBLE_COP),
        ({"free": np.zeros((2, 1), np.int64)}, WaitReason.ALL_ELIGIBLE_FULL),
        ({"available": np.zeros(2, np.bool_)}, WaitReason.NO_ELIGIBLE_COP),
    ],
)
def test_where_nobody_can_be_served_each_is_told_why(changes, reason):
    board = make_board(**changes)
    board.arrive(np.array([4]), make_rows(1), 0.0)
    plan = board.plan(1.0)
    assert (len(plan), plan.fallback, plan.reasons(np.array([4]))) == (0, None, (reason,))


def test_who_is_assigned_has_no_reason_to_wait_and_the_rest_are_outranked():
    board = make_board()
    waited = np.array([5.0, 90.0, 40.0])
    board.arrive(np.array([1, 2, 3]), make_rows(3, waiting_seconds=waited), 0.0)
    plan = board.plan(0.0)
    assert sorted(plan.ids.tolist()) == [2, 3]
    assert plan.reasons(np.array([1, 2])) == (WaitReason.OUTRANKED, None)


def test_one_free_slot_goes_to_the_best_pair_without_a_solver():
    board = make_board(free=np.array([[1], [0]]))
    board.solver = failing
    board.arrive(np.array([1, 2]), make_rows(2, waiting_seconds=np.array([10.0, 50.0])), 0.0)
    plan = board.plan(0.0)
    assert (plan.ids.tolist(), plan.cops.tolist(), plan.gap, plan.fallback) == ([2], [0], 0, None)


def failing(network, time_limit_seconds):
    raise SolverError("out of order")


def test_where_the_solver_fails_the_greedy_plan_stands_in_and_says_so():
    board = make_board()
    board.solver = failing
    board.arrive(np.array([1, 2]), make_rows(2), 0.0)
    plan = board.plan(0.0)
    assert (len(plan), plan.solver, plan.fallback) == (2, SolverName.GREEDY, FallbackReason.SOLVER_ERROR)
    assert plan.fallback_detail == "out of order"


def test_a_solver_that_gives_a_worse_flow_is_found_out():
    def everybody_waits(network, time_limit_seconds):
        sink = network.supply.size - 1
        flow = np.where((network.head == sink) & (network.cost > 0) & (network.capacity == 1), 1, 0)
        units_of_cops = np.flatnonzero(network.head == sink)[-int(board.staff.free.sum()) :]
        flow[units_of_cops] = 0
        return flow

    board = make_board()
    board.arrive(np.array([1, 2]), make_rows(2), 0.0)
    board.solver = everybody_waits
    plan = board.plan(0.0)
    assert plan.fallback == FallbackReason.SOLVER_ERROR
    assert len(plan) == 2


def test_the_solver_may_run_in_a_process_of_its_own():
    board = make_board()
    board.arrive(np.arange(5), make_rows(5), 0.0)
    process = SolverProcess()
    try:
        board.solver = process.solve
        assert (len(board.plan(0.0)), board.plan(0.0).fallback) == (2, None)
    finally:
        process.close()


def test_a_plan_that_events_overtook_is_carried_out_as_far_as_it_can_be():
    board = make_board()
    board.arrive(np.array([1, 2]), make_rows(2, candidate_type=np.array([CARDS, LOANS])), 0.0)
    plan = board.plan(0.0)
    board.leave(np.array([1]))
    (refused,) = board.commit(plan)
    assert (refused.id, refused.fault.value) == (1, "gone")
    assert (board.waiting, board.staff.free.ravel().tolist()) == (0, [1, 0])


def test_a_slot_that_has_gone_is_not_taken_twice():
    board = make_board()
    board.arrive(np.array([1, 2]), make_rows(2), 0.0)
    plan = board.plan(0.0)
    board.set_free(np.array([0]), np.array([0]), np.array([0]))
    assert [each.fault.path for each in board.commit(plan)] == ["free"]
    assert (board.waiting, board.staff.free.min()) == (1, 0)


def test_candidates_are_kept_in_tenths_and_the_likeliest_three():
    rows = make_rows(
        1,
        candidate_start=np.array([0, 5]),
        candidate_type=np.arange(5),
        candidate_probability=np.array([0.04, 0.5, 0.26, 0.05, 0.15]),
    )
    lanes = Lanes()
    kind = lanes.lanes["kind"][lanes.find(rows)]
    start, types, probabilities = lanes.candidates(kind)
    assert (start.tolist(), types.tolist()) == ([0, 3], [1, 2, 4])
    assert probabilities.tolist() == [0.5, 0.3, 0.2]


def test_conversations_alike_share_a_lane_and_others_do_not():
    lanes = Lanes()
    rows = make_rows(4, priority=np.array([3, 3, 2, 3]), exclusion_start=np.array([0, 0, 0, 0, 1]))
    found = lanes.find(replace(rows, excluded_cop=np.array([1])))
    assert found[0] == found[1]
    assert np.unique(found).size == 3
    assert np.unique(lanes.lanes["kind"][found]).size == 1


def test_ids_are_found_again_after_thousands_came_and_went():
    rng, index = np.random.default_rng(3), IdIndex()
    ids = rng.choice(10**12, 5000, replace=False) - 5 * 10**11
    slots = rng.permutation(5000)
    by_slot = np.empty(5000, np.int64)
    by_slot[slots] = ids
    for start in range(0, 5000, 500):
        index.add(slots[start : start + 500], by_slot)
        index.remove(slots[start : start + 250], by_slot)
    gone = np.arange(5000) % 500 < 250
    assert np.array_equal(index.find(ids, by_slot), np.where(gone, -1, slots))


def test_somebody_who_comes_back_with_their_age_is_served_before_those_who_came_meanwhile():
    board = make_board(free=np.array([[1], [0]]))
    board.arrive(np.array([1, 2]), make_rows(2), 100.0)
    board.arrive(np.array([3]), make_rows(1, waiting_seconds=np.array([80.0])), 110.0)
    assert board.plan(120.0).ids.tolist() == [3]


def test_lanes_that_emptied_are_forgotten_and_the_rest_go_on(monkeypatch):
    monkeypatch.setattr("optimizer.board.waiting.EMPTY_LANES_KEPT", 0)
    board = make_board()
    n = 60
    rows = make_rows(n, target_seconds=60.0 + np.arange(n), exclusion_start=np.arange(n + 1))
    board.arrive(np.arange(n), replace(rows, excluded_cop=np.arange(n) % 2), 0.0)
    board.leave(np.arange(n - 2))
    later = make_rows(2, target_seconds=np.array([60.0 + n - 1, 61.0]))
    board.arrive(np.array([n, n + 1]), later, 1.0)
    problem = board.problem(2.0, np.array([n - 2, n - 1, n, n + 1]))
    assert problem.conversations.target_seconds.tolist() == [118.0, 119.0, 119.0, 61.0]
    assert problem.conversations.excluded_cop.tolist() == [0, 1]
    assert len(board.plan(2.0)) == 2
