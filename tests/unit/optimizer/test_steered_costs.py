"""The terms that prices bring, one by one, and what they do to a plan."""

import math

import numpy as np
import pytest

from optimizer import costs
from optimizer.costs import UNITS_PER_SECOND, Term
from optimizer.encoding import encode
from optimizer.errors import ProblemInvalid, SteeringInvalid
from optimizer.explain import explain
from optimizer.matching import match, match_arrays
from optimizer.parameters import MatchingParameters
from optimizer.plan import WaitReason
from optimizer.problem import Problem
from optimizer.snapshot import SteeringFacts
from optimizer.steering import Steering

P = MatchingParameters()
ONE = np.ones(1)
CARD = ("card", "GB", "en")


def steering(occupancy=1.0, trust=1.0):
    return Steering(np.zeros(0), np.zeros((0, 0, 0)), occupancy, trust)


def urgency_seconds(age, occupancy=1.0, trust=1.0):
    return int(costs.urgency(ONE, np.array([age]), P, steering(occupancy, trust))[0]) / UNITS_PER_SECOND


def seconds_of(term, assignment):
    return next(each.seconds for each in assignment.terms if each.name == term)


@pytest.fixture
def facts(make_snapshot):
    def make(prices, cheapest=None, occupancy=1.0, trust=1.0):
        at = make_snapshot([], []).at
        return SteeringFacts(at, "v", occupancy, trust, prices, cheapest or {})

    return make


def test_on_a_busy_floor_answering_is_worth_its_base_and_on_a_calm_one_much_more():
    assert costs.answer_value(0.85, P) == costs.answer_value(1.0, P) == 276
    assert costs.answer_value(0.80, P) == pytest.approx(276 * math.exp(P.calm_steepness * 0.05))
    assert costs.answer_value(0.0, P) == pytest.approx(276 * math.exp(8))


def test_urgency_steps_up_as_the_target_draws_near_and_keeps_what_it_gained():
    assert urgency_seconds(0.6) == pytest.approx(276 + 186 * 0.6**3, abs=0.01)
    assert urgency_seconds(0.61) == pytest.approx(276 + 186 * 0.61**3 + 66, abs=0.01)
    values = [urgency_seconds(age) for age in np.arange(0, 10, 0.01)]
    assert values == sorted(values)


def test_prices_believed_by_half_count_by_half():
    plain = int(costs.urgency(ONE, np.array([0.5]), P)[0]) / UNITS_PER_SECOND
    assert urgency_seconds(0.5, trust=0.5) == pytest.approx((urgency_seconds(0.5) + plain) / 2, abs=0.01)
    assert urgency_seconds(0.5, trust=0.0) == pytest.approx(plain, abs=0.01)
    slower = np.array([400.0]), np.array([300.0])
    assert costs.handle_time(*slower, P, steering(trust=0.75))[0] == -25 * UNITS_PER_SECOND
    assert costs.handle_time(*slower, P, steering())[0] == 0


def test_a_cops_time_is_charged_beyond_that_of_the_cheapest():
    charged = costs.price(np.array([500.0]), np.array([300.0]), P, steering())
    assert charged[0] == -P.price_weight * 200 * UNITS_PER_SECOND
    assert costs.price(np.array([300.0]), np.array([300.0]), P, steering())[0] == 0
    assert costs.price(np.array([500.0]), np.array([300.0]), P, None)[0] == 0


def test_what_a_cop_may_have_to_hand_on_is_charged_by_its_chance():
    assert costs.transfer(np.array([1.0, 0.75, 0.0]), P).tolist() == [0, -3000, -12000]


def test_the_one_with_time_to_spare_is_chosen_over_the_one_wanted_elsewhere(
    make_conversation, make_cop, make_snapshot, facts
):
    prices = facts({"anna": 5.0, "ben": 1.0}, {CARD: 300.0})
    snapshot = make_snapshot([make_conversation()], [make_cop("anna"), make_cop("ben")], steering=prices)
    plan = match(snapshot)
    assert plan.priced
    assert plan.assignments[0].cop_id == "ben"
    assert explain(snapshot, plan, "c1").decided_by is Term.PRICE


def test_without_prices_the_plan_says_so_and_the_faster_cop_counts(make_conversation, make_cop, make_snapshot):
    plan = match(make_snapshot([make_conversation()], [make_cop()]))
    assert not plan.priced
    assert seconds_of(Term.PRICE, plan.assignments[0]) == 0


def held(make_conversation, make_cop, make_snapshot, facts, occupancy=1.0, **changes):
    conversation = make_conversation(priority=5, target_seconds=900.0, **changes)
    dear = facts({"anna": 12.0}, {CARD: 300.0}, occupancy)
    return match(make_snapshot([conversation], [make_cop()], steering=dear))


def test_a_dear_cop_is_kept_for_others_when_the_floor_is_busy_and_not_when_it_is_calm(
    make_conversation, make_cop, make_snapshot, facts
):
    make = (make_conversation, make_cop, make_snapshot, facts)
    assert held(*make).unassigned[0].reason is WaitReason.HELD_BACK
    assert held(*make, occupancy=0.5).assignments


@pytest.mark.parametrize("never", [{"waiting_seconds": 180.0}, {"fraud": True}, {"vulnerable": True}])
def test_nobody_is_held_back_who_waited_long_or_is_in_the_fast_lane(
    never, make_conversation, make_cop, make_snapshot, facts
):
    (given,) = held(make_conversation, make_cop, make_snapshot, facts, **never).assignments
    if given.value == 0:  # worth less than nothing, and given all the same
        assert seconds_of(Term.RELEASE, given) > 0
    assert given.cop_id == "anna"


def test_who_is_released_takes_only_what_others_leave(make_conversation, make_cop, make_snapshot, facts):
    late = make_conversation("late", priority=5, target_seconds=9000.0, waiting_seconds=500.0)
    new = make_conversation("new", priority=1, waiting_seconds=5.0)
    cheap = facts({"anna": 12.0}, {CARD: 3600.0})
    dear = facts({"anna": 12.0}, {CARD: 300.0})
    for prices, served in ((cheap, "new"), (dear, "late")):
        plan = match(make_snapshot([late, new], [make_cop()], steering=prices))
        assert [each.conversation_id for each in plan.assignments] == [served]


def test_a_cop_and_a_kind_the_prices_do_not_know_are_charged_nothing(make_conversation, make_cop, make_snapshot, facts):
    plan = match(make_snapshot([make_conversation()], [make_cop("newcomer")], steering=facts({"anna": 5.0})))
    assert seconds_of(Term.PRICE, plan.assignments[0]) == 0


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"cop_price": np.array([1.0, -1.0])}, r"cop_price\[1\]: -1.0"),
        ({"cop_price": np.array([np.nan])}, r"cop_price\[0\]: nan"),
        ({"cop_price": np.ones(1, np.int64)}, "cop_price: int64"),
        ({"cop_price": np.ones((1, 1))}, "cop_price: shape"),
        ({"cheapest": np.full((1, 1, 2), np.inf)}, r"cheapest\[0, 0, 0\]: inf"),
        ({"cheapest": np.ones(3)}, "cheapest: shape"),
        ({"occupancy": 1.5}, "occupancy: 1.5"),
        ({"occupancy": float("nan")}, "occupancy: nan"),
        ({"trust": -0.1}, "trust: -0.1"),
    ],
)
def test_prices_that_cannot_be_used_are_refused_by_place_and_value(changes, named):
    good = {"cop_price": np.ones(1), "cheapest": np.full((1, 1, 1), np.nan), "occupancy": 0.5}
    Steering(**good)
    with pytest.raises(SteeringInvalid, match=named):
        Steering(**{**good, **changes})


def test_prices_for_another_floor_are_refused(make_conversation, make_cop, make_snapshot):
    problem, _ = encode(make_snapshot([make_conversation()], [make_cop()]))
    parts = (problem.conversations, problem.cops, problem.issue_types, problem.handle_times, problem.parameters)
    with pytest.raises(ProblemInvalid, match=r"steering.cop_price: expected shape \(1,\)"):
        Problem(*parts, steering=Steering(np.ones(2), np.ones((2, 1, 1)), 0.5))
    with pytest.raises(ProblemInvalid, match=r"steering\.cheapest: expected shape"):
        Problem(*parts, steering=Steering(np.ones(1), np.ones((9, 1, 1)), 0.5))


def test_the_largest_prices_there_may_be_stay_inside_exact_arithmetic(
    make_conversation, make_cop, make_snapshot, facts
):
    extreme = facts({"anna": 1e4}, {CARD: 1e13})
    (given,) = match(make_snapshot([make_conversation(fraud=True)], [make_cop()], steering=extreme)).assignments
    assert given.cop_id == "anna"


def test_arrays_are_priced_as_snapshots_are(make_conversation, make_cop, make_snapshot, facts):
    snapshot = make_snapshot(
        [make_conversation(str(at)) for at in range(3)],
        [make_cop("anna"), make_cop("ben")],
        steering=facts({"anna": 5.0, "ben": 1.2}, {CARD: 300.0}),
    )
    assert match_arrays(encode(snapshot)[0]).decision.objective == match(snapshot).objective
