"""Each hard rule, one at a time, kept by the plan and named by the explanation."""

import pytest

from optimizer.explain import explain
from optimizer.matching import match
from optimizer.plan import WaitReason
from optimizer.rules import Rule

BARRING = {
    Rule.AVAILABLE: {"available": False},
    Rule.SHIFT: {"seconds_to_shift_end": 60.0},
    Rule.MARKET: {"markets": frozenset({"FR"})},
    Rule.LANGUAGE: {"languages": {"en": 0.0, "fr": 1.0}},
    Rule.SKILL: {"skills": {"cards": 0.19, "loans": 1.0}},
    Rule.FREE_SLOT: {"free": {"chat": 0, "email": 3}},
}


@pytest.mark.parametrize(("rule", "cop"), BARRING.items())
def test_a_cop_who_breaks_one_rule_is_never_chosen(rule, cop, make_conversation, make_cop, make_snapshot):
    snapshot = make_snapshot([make_conversation()], [make_cop(**cop)])
    plan = match(snapshot)
    assert plan.assignments == ()
    (barred,) = explain(snapshot, plan, "c1").barred
    assert barred.rules == (rule,)


def test_a_cop_who_declined_is_not_given_the_conversation_again(make_conversation, make_cop, make_snapshot):
    declined = make_conversation(excluded_cop_ids=frozenset({"anna"}))
    snapshot = make_snapshot([declined], [make_cop("anna"), make_cop("ben", skills={"cards": 0.3})])
    plan = match(snapshot)
    assert [each.cop_id for each in plan.assignments] == ["ben"]
    assert explain(snapshot, plan, "c1").barred[0].rules == (Rule.EXCLUDED,)


def test_a_shift_that_lasts_just_longer_than_the_margin_still_starts(make_conversation, make_cop, make_snapshot):
    snapshot = make_snapshot([make_conversation()], [make_cop(seconds_to_shift_end=60.001)])
    assert len(match(snapshot).assignments) == 1


def test_the_least_proficiency_allowed_is_enough(make_conversation, make_cop, make_snapshot):
    snapshot = make_snapshot([make_conversation()], [make_cop(skills={"cards": 0.2})])
    assert len(match(snapshot).assignments) == 1


@pytest.mark.parametrize(("share", "assigned"), [(0.49, 0), (0.5, 1), (0.9, 1)])
def test_an_uncertain_conversation_needs_skill_for_enough_of_its_candidates(
    share, assigned, make_conversation, make_cop, make_snapshot
):
    unsure = make_conversation(candidates=(("loan", 1 - share), ("card", share)))
    plan = match(make_snapshot([unsure], [make_cop(skills={"cards": 1.0})]))
    assert len(plan.assignments) == assigned


def test_shares_are_read_relative_to_their_sum(make_conversation, make_cop, make_snapshot):
    unsure = make_conversation(candidates=(("card", 0.3), ("loan", 0.2)))
    assert len(match(make_snapshot([unsure], [make_cop(skills={"cards": 1.0})])).assignments) == 1


def test_a_cop_takes_no_more_than_their_free_slots_on_each_channel(make_conversation, make_cop, make_snapshot):
    waiting = [make_conversation(f"chat{at}") for at in range(5)]
    waiting += [make_conversation(f"email{at}", channel="email") for at in range(5)]
    plan = match(make_snapshot(waiting, [make_cop(free={"chat": 2, "email": 1})]))
    taken = sorted(each.conversation_id[:-1] for each in plan.assignments)
    assert taken == ["chat", "chat", "email"]
    assert {each.reason for each in plan.unassigned} == {WaitReason.OUTRANKED}


def test_who_is_already_full_is_told_from_who_was_outranked(make_conversation, make_cop, make_snapshot):
    plan = match(make_snapshot([make_conversation()], [make_cop(free={"chat": 0})]))
    assert plan.unassigned[0].reason is WaitReason.ALL_ELIGIBLE_FULL


def test_an_empty_floor_is_an_empty_plan(make_snapshot, make_conversation, make_cop):
    assert match(make_snapshot([], [])).objective == 0
    assert match(make_snapshot([], [make_cop()])).assignments == ()
    assert match(make_snapshot([make_conversation()], [])).unassigned[0].reason is WaitReason.NO_ELIGIBLE_COP
