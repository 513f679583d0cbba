"""Slots kept for the fast lane, and chances that come seldom: what they are worth, and what they do to a plan."""

import math
from dataclasses import replace

import numpy as np
import pytest

from optimizer import costs
from optimizer.board import Board
from optimizer.congestion import Staffing, Streams, price_streams, seconds_between, steering_from
from optimizer.costs import UNITS_PER_SECOND, Term
from optimizer.encoding import encode
from optimizer.errors import ProblemInvalid, SteeringInvalid
from optimizer.explain import explain
from optimizer.matching import match
from optimizer.parameters import MatchingParameters
from optimizer.plan import WaitReason
from optimizer.pricing import PricingParameters
from optimizer.problem import CopArrays
from optimizer.reserve import fast_lane, reserve_seconds
from optimizer.snapshot import SteeringFacts
from optimizer.steering import Steering

P, M = PricingParameters(), MatchingParameters()
CARD = ("card", "GB", "en")


def staffing(able, seconds=300.0, available=None):
    """One market, one language, one slot a COp; able is (T, M)."""
    able = np.array(able, np.bool_)
    n_types, m = able.shape
    cops = CopArrays(
        proficiency=np.ones((m, 1)),
        language_proficiency=np.ones((m, 1)),
        serves_market=np.ones((m, 1), np.bool_),
        free=np.ones((m, 1), np.int64),
        load=np.zeros(m, np.int64),
        available=np.ones(m, np.bool_) if available is None else np.array(available, np.bool_),
        seconds_to_shift_end=np.full(m, np.inf),
    )
    return Staffing(cops, np.full((n_types, m), seconds), able, np.ones(m, np.int64))


def lane(able, *weight_per_second, **who):
    none = np.zeros(len(weight_per_second), np.int64)
    streams = Streams(np.arange(len(weight_per_second)), none, none, np.array(weight_per_second, np.float64))
    return fast_lane(streams, staffing(able, **who))


def reserves(of, *free):
    return reserve_seconds(of, np.array(free, np.int64), P).tolist()


def test_the_last_slot_for_the_fast_lane_is_worth_what_it_may_lose():
    """One in 1,000 s that counts eightfold; a slot is taken for 300 s, and finding nobody costs 400 s."""
    assert reserves(lane([[True, False]], 0.008), 1, 1) == pytest.approx([0.008 * 300 * 400, 0])


def test_every_further_slot_makes_each_of_them_worth_less():
    three = lane([[True, True, True]], 0.008)
    last = 0.008 * P.reserve_horizon_seconds * P.reserve_loss_seconds
    assert reserves(three, 1, 0, 0) == pytest.approx([last, 0, 0])
    assert reserves(three, 1, 1, 0) == pytest.approx([last * P.reserve_share, last * P.reserve_share, 0])
    assert reserves(three, 2, 1, 0) == pytest.approx([last * P.reserve_share**2] * 2 + [0])


def test_a_slot_is_worth_the_sum_of_the_kinds_it_serves():
    both = lane([[True, True], [False, True]], 0.01, 0.02)
    one, other = (rate * P.reserve_horizon_seconds * P.reserve_loss_seconds for rate in (0.01, 0.02))
    assert reserves(both, 1, 1) == pytest.approx([one * P.reserve_share, one * P.reserve_share + other])


def test_where_no_fast_lane_comes_or_nobody_is_at_work_nothing_is_kept():
    assert reserves(lane([[True, True]], 0.0), 1, 1) == [0, 0]
    assert reserves(lane([[True, True]], 0.01, available=[False, True]), 0, 1)[0] == 0


def test_chances_come_as_often_as_those_who_are_able_end_what_they_do():
    """Three COps of 300 s each: one ends every 100 s; of the second type only one is able."""
    between = seconds_between(staffing([[True, True, True], [False, False, True]]), P)
    assert between.ravel().tolist() == pytest.approx([100, 300])


def test_where_nobody_at_work_is_able_no_chance_is_known_and_nothing_is_credited():
    between = seconds_between(staffing([[True], [False]]), P)
    assert np.isnan(between[1]).all()
    assert costs.lost_by_waiting(between, M).ravel()[1] == 0


def test_waiting_for_a_rare_chance_loses_more_customers():
    found = costs.lost_by_waiting(np.array([0.0, 14.0, 140.0, 1e9]), M)
    assert found.tolist() == pytest.approx([0, 1 - math.exp(-0.1), 1 - math.exp(-1), 1])


def test_steering_tells_how_often_chances_come(make_snapshot, make_cop):
    problem, _ = encode(make_snapshot([], [make_cop()]))
    who = Staffing(problem.cops, np.full((1, 1), 300.0), np.ones((1, 1), np.bool_), np.ones(1, np.int64))
    streams = Streams(*(np.zeros(1, np.int64) for _ in range(3)), np.array([0.001]))
    steering = steering_from(price_streams(streams, who, P), who, 0.5, P)
    assert steering.seconds_between.shape == steering.cheapest.shape


def prices(make_snapshot, reserves=None, between=None, trust=1.0):
    at = make_snapshot([], []).at
    return SteeringFacts(at, "v", 1.0, trust, {}, {}, reserves or {}, between or {})


def seconds_of(term, assignment):
    return next(each.seconds for each in assignment.terms if each.name == term)


def test_a_slot_the_fast_lane_needs_is_kept_from_others_and_not_from_the_fast_lane(
    make_conversation, make_cop, make_snapshot
):
    kept = prices(make_snapshot, reserves={"anna": 5000.0})
    calm = make_conversation(priority=5, target_seconds=900.0)
    snapshot = make_snapshot([calm], [make_cop()], steering=kept)
    assert match(snapshot).unassigned[0].reason is WaitReason.HELD_BACK
    assert match(make_snapshot([replace(calm, fraud=True)], [make_cop()], steering=kept)).assignments


def test_among_two_alike_the_one_the_fast_lane_needs_less_is_chosen(make_conversation, make_cop, make_snapshot):
    kept = prices(make_snapshot, reserves={"anna": 50.0})
    snapshot = make_snapshot([make_conversation()], [make_cop("anna"), make_cop("ben")], steering=kept)
    plan = match(snapshot)
    assert plan.assignments[0].cop_id == "ben"
    assert explain(snapshot, plan, "c1").decided_by is Term.RESERVE


def test_whose_chances_come_seldom_is_taken_first(make_conversation, make_cop, make_snapshot):
    rare = prices(make_snapshot, between={("loan", "GB", "en"): 500.0, CARD: 1.0})
    waiting = [make_conversation(key, candidates=((key, 1.0),)) for key in ("card", "loan")]
    cop = make_cop(skills={"cards": 1.0, "loans": 1.0}, free={"chat": 1})
    (given,) = match(make_snapshot(waiting, [cop], steering=rare)).assignments
    assert given.conversation_id == "loan"
    lost = costs.lost_by_waiting(np.array(500.0), M)
    assert seconds_of(Term.CHANCE, given) == pytest.approx(M.chance_weight_seconds * float(lost), abs=0.01)


def test_both_terms_fade_as_far_as_prices_are_not_trusted():
    def units(trust):
        steering = Steering(np.zeros(0), np.zeros((0, 0, 0)), 1.0, trust)
        return int(costs.reserve(np.array([40.0]), M, steering)[0]), int(costs.chance(np.array([0.5]), M, steering)[0])

    assert units(1.0) == (-40 * UNITS_PER_SECOND, 500 * UNITS_PER_SECOND)
    assert units(0.25) == (-10 * UNITS_PER_SECOND, 125 * UNITS_PER_SECOND)
    assert units(0.0) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"cop_reserve": np.array([-1.0])}, r"cop_reserve\[0\]: -1.0"),
        ({"cop_reserve": np.array([np.nan])}, r"cop_reserve\[0\]: nan"),
        ({"seconds_between": np.full((1, 1, 1), -2.0)}, r"seconds_between\[0, 0, 0\]: -2.0"),
    ],
)
def test_reserves_and_chances_that_cannot_be_used_are_refused(changes, named):
    with pytest.raises(SteeringInvalid, match=named):
        Steering(np.ones(1), np.ones((1, 1, 1)), 0.5, **changes)


def test_a_board_refuses_reserves_of_another_floor_and_forgets_them_without_prices(
    make_conversation, make_cop, make_snapshot
):
    problem, _ = encode(make_snapshot([], [make_cop()], steering=prices(make_snapshot)))
    board = Board(problem.cops, problem.issue_types, problem.handle_times, problem.parameters)
    board.keep(np.ones(7))
    assert board.problem(0.0).steering is None
    board.steer(problem.steering)
    board.keep(np.ones(1))
    assert board.problem(0.0).steering.cop_reserve.tolist() == [1.0]
    with pytest.raises(ProblemInvalid, match="cop_reserve: expected shape"):
        board.keep(np.ones(7))
