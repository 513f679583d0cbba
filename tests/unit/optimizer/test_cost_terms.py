"""Each cost term on its own, and what it does to the plan."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer import costs
from optimizer.costs import Term
from optimizer.errors import CostRangeExceeded
from optimizer.matching import match
from optimizer.parameters import MatchingParameters
from optimizer.plan import WaitReason
from optimizer.snapshot import HandleTimeFact

P = MatchingParameters()
NO, YES = np.array([False]), np.array([True])


def urgency(priority=5, age=0.0, vulnerable=NO, fraud=NO):
    weight = costs.weight(np.array([priority]), vulnerable, fraud, P)
    return int(costs.urgency(weight, np.array([age]), P)[0])


def test_a_new_conversation_of_the_lowest_priority_is_worth_the_answer_value():
    assert urgency() == 600 * costs.UNITS_PER_SECOND


def test_urgency_is_convex_and_grows_without_end_in_age():
    values = np.array([urgency(age=age) for age in np.arange(0, 40, 0.5)])
    slopes = np.diff(values)
    assert (slopes > 0).all()
    assert (np.diff(slopes) >= -1).all()  # a unit of rounding
    assert slopes[-1] >= slopes[10]


def test_vulnerability_and_fraud_multiply_urgency():
    assert urgency(vulnerable=YES) == 3 * urgency()
    assert urgency(fraud=YES) == 4 * urgency()
    assert urgency(vulnerable=YES, fraud=YES) == 12 * urgency()


@pytest.mark.parametrize("priority", [1, 2, 3, 4])
def test_a_higher_priority_is_worth_more_at_the_same_age(priority):
    assert urgency(priority, age=0.5) > urgency(priority + 1, age=0.5)


def test_an_old_conversation_of_low_priority_is_served_before_new_urgent_ones(
    make_conversation, make_cop, make_snapshot
):
    new = [
        make_conversation(f"new{at}", priority=1, waiting_seconds=0.0, fraud=True, vulnerable=True) for at in range(3)
    ]
    for waited, first in ((60.0, "new0"), (6 * 3600.0, "old")):
        old = make_conversation("old", priority=5, waiting_seconds=waited, target_seconds=60.0)
        plan = match(make_snapshot([*new, old], [make_cop()]))
        assert [each.conversation_id for each in plan.assignments] == [first]


def test_the_faster_cop_is_chosen_when_all_else_is_equal(make_conversation, make_cop, make_snapshot):
    facts = (
        HandleTimeFact("card", "anna", 100, float(np.log(400)), 0.3),
        HandleTimeFact("card", "ben", 100, float(np.log(200)), 0.3),
    )
    snapshot = make_snapshot([make_conversation()], [make_cop("anna"), make_cop("ben")], handle_times=facts)
    (assignment,) = match(snapshot).assignments
    assert assignment.cop_id == "ben"
    assert term(assignment, Term.HANDLE_TIME) > 0


def term(assignment, name):
    return next(each.value for each in assignment.terms if each.name == name)


@pytest.mark.parametrize(
    ("worse", "name"),
    [
        ({"skills": {"cards": 0.5}}, Term.PROFICIENCY),
        ({"languages": {"en": 0.5}}, Term.LANGUAGE),
        ({"load": 2}, Term.LOAD),
        ({"seconds_to_shift_end": 120.0}, Term.SHIFT),
    ],
)
def test_each_term_decides_between_cops_who_differ_in_it_alone(worse, name, make_conversation, make_cop, make_snapshot):
    conversation, poorer = make_conversation(), make_cop("anna", **worse)
    assert match(make_snapshot([conversation], [poorer, make_cop("ben")])).assignments[0].cop_id == "ben"
    (alone,) = match(make_snapshot([conversation], [poorer])).assignments
    assert term(alone, name) < 0
    assert all(each.value >= 0 for each in alone.terms if each.name != name)


def test_low_proficiency_risks_the_missing_share_of_the_handle_time(make_conversation, make_cop, make_snapshot):
    (alone,) = match(make_snapshot([make_conversation()], [make_cop(skills={"cards": 0.6})])).assignments
    assert term(alone, Term.PROFICIENCY) == -120 * costs.UNITS_PER_SECOND  # 0.4 of 300 s


def test_an_uncertain_conversation_is_charged_its_expectation(make_conversation, make_cop, make_snapshot):
    unsure = make_conversation(candidates=(("card", 0.75), ("loan", 0.25)))
    (alone,) = match(make_snapshot([unsure], [make_cop(skills={"cards": 1.0})])).assignments
    assert term(alone, Term.PROFICIENCY) == -150 * costs.UNITS_PER_SECOND  # 0.25 of 600 s


def test_the_last_cop_is_preferred_up_to_the_bonus(make_conversation, make_cop, make_snapshot):
    returning = make_conversation(last_cop_id="anna")
    for language, chosen in ((0.5, "anna"), (0.2, "ben")):  # costs 60 s and 96 s; the bonus is 90 s
        cops = [make_cop("anna", languages={"en": language}), make_cop("ben")]
        assert match(make_snapshot([returning], cops)).assignments[0].cop_id == chosen


def test_load_spreads_over_cops_across_channels(make_conversation, make_cop, make_snapshot):
    waiting = [make_conversation("c1"), make_conversation("c2", channel="email")]
    cops = [make_cop("anna", free={"chat": 1, "email": 1}), make_cop("ben", free={"chat": 1, "email": 1})]
    assert {each.cop_id for each in match(make_snapshot(waiting, cops)).assignments} == {"anna", "ben"}


def test_what_would_cost_more_than_it_is_worth_is_held_back(make_conversation, make_cop, make_snapshot):
    snapshot = make_snapshot([make_conversation(priority=5)], [make_cop(load=1)], weights={"load_weight_seconds": 1000})
    (waiting,) = match(snapshot).unassigned
    assert waiting.reason is WaitReason.HELD_BACK
    (older,) = [replace(each, waiting_seconds=3600.0) for each in snapshot.conversations]
    assert len(match(replace(snapshot, conversations=(older,))).assignments) == 1


def test_a_term_beyond_exact_range_is_refused_by_size():
    with pytest.raises(CostRangeExceeded, match=r"1e\+20 s of weighted wait is too large"):
        costs.to_units(np.array([1.0, 1e20]))
