"""The checker refuses every kind of corrupted plan, in words that name the place."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer import array_checks, checks
from optimizer.costs import Term
from optimizer.encoding import encode
from optimizer.matching import match, match_arrays
from optimizer.plan import Unassigned, WaitReason


@pytest.fixture
def snapshot(make_conversation, make_cop, make_snapshot):
    waiting = [
        make_conversation("c1"),
        make_conversation("c2", priority=1, last_cop_id="ben"),
        make_conversation("c3", candidates=(("card", 0.6), ("loan", 0.4)), excluded_cop_ids=frozenset({"ben"})),
        make_conversation("c4", language="fr"),
    ]
    cops = [
        make_cop("anna", free={"chat": 2}),
        make_cop("ben", load=1),
        make_cop("cleo", available=False),
        make_cop("dan", free={"chat": 0}),
    ]
    return make_snapshot(waiting, cops)


@pytest.fixture
def plan(snapshot):
    plan = match(snapshot)
    assert {each.conversation_id: each.cop_id for each in plan.assignments} == {
        "c1": "anna",
        "c2": "ben",
        "c3": "anna",
    }
    assert checks.findings(snapshot, plan) == []
    return plan


def with_first(plan, **changes):
    return replace(plan, assignments=(replace(plan.assignments[0], **changes), *plan.assignments[1:]))


def moved(plan, conversation_id, cop_id):
    assignments = tuple(
        replace(each, cop_id=cop_id) if each.conversation_id == conversation_id else each for each in plan.assignments
    )
    return replace(plan, assignments=assignments)


@pytest.mark.parametrize(
    ("conversation_id", "cop_id", "rule"),
    [("c1", "cleo", "available"), ("c3", "ben", "excluded"), ("c1", "dan", "free_slot")],
)
def test_a_pair_that_breaks_a_rule_is_refused(snapshot, plan, conversation_id, cop_id, rule):
    found = checks.findings(snapshot, moved(plan, conversation_id, cop_id))
    assert f"conversation {conversation_id} with COp {cop_id} breaks the rule {rule}" in found


def test_one_conversation_more_than_a_cop_has_slots_is_refused(snapshot, plan):
    found = checks.findings(snapshot, moved(plan, "c1", "ben"))
    assert "COp ben is given 2 on chat and has 1 free" in found


def test_a_conversation_assigned_twice_is_refused(snapshot, plan):
    twice = replace(plan, assignments=(*plan.assignments, plan.assignments[0]))
    assert checks.findings(snapshot, twice) == ["conversation c1 appears 2 times"]


def test_a_conversation_both_assigned_and_waiting_is_refused(snapshot, plan):
    both = replace(plan, unassigned=(*plan.unassigned, Unassigned("c1", WaitReason.OUTRANKED)))
    assert checks.findings(snapshot, both) == ["conversation c1 appears 2 times"]


def test_a_conversation_left_out_is_refused(snapshot, plan):
    assert checks.findings(snapshot, replace(plan, unassigned=())) == ["conversation c4 is missing"]


def test_names_nobody_knows_are_refused(snapshot, plan):
    stranger = with_first(plan, cop_id="zoe")
    assert checks.findings(snapshot, stranger) == ["COp zoe is not in the snapshot"]
    invented = replace(plan, unassigned=(*plan.unassigned, Unassigned("c9", WaitReason.OUTRANKED)))
    assert checks.findings(snapshot, invented) == ["conversation c9 is not in the snapshot"]


@pytest.mark.parametrize("name", list(Term))
def test_a_term_one_unit_off_is_refused_even_where_the_sums_agree(snapshot, plan, name):
    first = plan.assignments[0]
    terms = tuple(t._replace(value=t.value + 1) if t.name == name else t for t in first.terms)
    tampered = replace(with_first(plan, terms=terms, value=first.value + 1), objective=plan.objective + 1)
    assert len(checks.findings(snapshot, tampered)) == 1


def test_a_missing_term_is_refused(snapshot, plan):
    for at in range(len(plan.assignments[0].terms)):
        terms = plan.assignments[0].terms
        assert checks.findings(snapshot, with_first(plan, terms=terms[:at] + terms[at + 1 :]))


def test_a_value_that_is_not_the_sum_of_its_terms_is_refused(snapshot, plan):
    found = checks.findings(snapshot, with_first(plan, value=plan.assignments[0].value + 1))
    assert any("its terms sum to" in each for each in found)


def test_a_wrong_objective_is_refused(snapshot, plan):
    found = checks.findings(snapshot, replace(plan, objective=plan.objective - 1))
    assert found == [f"the plan claims an objective of {plan.objective - 1}; it is {plan.objective}"]


def test_the_array_checker_refuses_the_same(snapshot):
    problem, codes = encode(snapshot)
    decision = match_arrays(problem).decision
    assert [c.id for c in codes.conversations] == ["c1", "c2", "c3", "c4"]
    corruptions = {
        "breaks the rule available": (0, 2),
        "breaks the rule excluded": (2, 1),
        "breaks the rule free_slot": (0, 3),
        "breaks the rule language": (3, 0),
        "has 1 free": (0, 1),
    }
    for finding, (row, cop) in corruptions.items():
        cop_of = decision.cop_of.copy()
        cop_of[row] = cop
        found = array_checks.findings(problem, cop_of, decision.objective)
        assert any(finding in each for each in found), (finding, found)
    assert array_checks.findings(problem, decision.cop_of, decision.objective + 1)
    assert array_checks.findings(problem, decision.cop_of[:2], decision.objective)
    assert array_checks.findings(problem, np.full(4, 9, np.int64), decision.objective)
