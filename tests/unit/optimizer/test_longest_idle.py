"""The rule that most products go by, as something to compare with: the same hard rules, nobody weighed."""

from dataclasses import replace

import pytest

from optimizer.errors import SnapshotInvalid
from optimizer.explain import explain
from optimizer.matching import match
from optimizer.plan import Plan, SolverName, WaitReason
from optimizer.side.limit import Limit
from optimizer.wire import document_of, snapshot_from_document


def by_idleness(snapshot) -> Plan:
    return match(snapshot, rule=SolverName.LONGEST_IDLE)


def given_to(plan: Plan) -> dict[str, str]:
    return {each.conversation_id: each.cop_id for each in plan.assignments}


@pytest.fixture
def floor(make_conversation, make_cop, make_snapshot):
    """old has waited longest and early less; anna has been idle for a minute, ben for ten."""
    waiting = [
        make_conversation("early", waiting_seconds=10, priority=1),
        make_conversation("old", waiting_seconds=500, priority=5),
    ]
    cops = [make_cop("anna", idle_seconds=60.0), make_cop("ben", skills={"cards": 0.3}, idle_seconds=600.0)]
    return make_snapshot(waiting, [replace(cop, free={"chat": 2}) for cop in cops])


def test_the_longest_wait_goes_to_the_longest_idle_whoever_would_be_better(floor) -> None:
    assert given_to(by_idleness(floor)) == {"old": "ben", "early": "anna"}
    plan = by_idleness(floor)
    assert (plan.solver, plan.fallback_reason, plan.gap) == (SolverName.LONGEST_IDLE, None, None)


def test_priority_does_not_count_where_only_one_can_be_served(floor) -> None:
    one = replace(floor, cops=tuple(replace(cop, free={"chat": int(cop.id == "anna")}) for cop in floor.cops))
    assert given_to(by_idleness(one)) == {"old": "anna"}


def test_who_has_been_given_one_stands_behind_the_others(floor, make_conversation) -> None:
    four = tuple(make_conversation(f"c{at}", waiting_seconds=100 - at) for at in range(4))
    given = given_to(by_idleness(replace(floor, conversations=four)))
    assert given == {"c0": "ben", "c1": "anna", "c2": "ben", "c3": "anna"}


def test_hard_rules_and_limits_hold_as_for_any_plan(floor) -> None:
    barred = tuple(replace(each, forbidden_cop_ids=frozenset({"ben"})) for each in floor.conversations)
    quota = Limit("anna takes one", frozenset({"anna"}), 1)
    plan = by_idleness(replace(floor, conversations=barred, limits=(quota,)))
    assert given_to(plan) == {"old": "anna"}
    assert {each.reason for each in plan.unassigned} == {WaitReason.LIMITED}


def test_the_explanation_says_that_it_is_a_rule_and_weighs_nothing(floor) -> None:
    told = explain(floor, by_idleness(floor), "old")
    assert "idle longest" in told.sentence
    assert (told.flip, told.changes) == (None, ())


@pytest.mark.parametrize("value", [float("nan"), -1.0, float("inf"), 1e12])
def test_an_idle_time_that_is_none_is_refused_by_name(floor, value: float) -> None:
    anna, ben = floor.cops
    with pytest.raises(SnapshotInvalid, match=r"cops\[anna\]\.idle_seconds"):
        by_idleness(replace(floor, cops=(replace(anna, idle_seconds=value), ben)))


def test_a_snapshot_keeps_how_long_each_has_been_idle_and_an_older_one_needs_not_say(floor) -> None:
    document = document_of(floor)
    assert snapshot_from_document(document) == floor
    for cop in document["cops"]:
        del cop["idle_seconds"]
    assert {cop.idle_seconds for cop in snapshot_from_document(document).cops} == {0.0}
