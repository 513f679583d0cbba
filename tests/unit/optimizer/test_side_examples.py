"""Quotas, shares of hard cases, conflicts and software, on floors small enough to see why."""

from collections import Counter

import pytest
from small_floor import KEYS, a_cop, a_floor, waiting

from optimizer.audit import audit
from optimizer.errors import AuditTooLarge, SnapshotInvalid
from optimizer.matching import match
from optimizer.plan import Plan, WaitReason
from optimizer.side.limit import Limit, LimitKind


def given_to(plan: Plan) -> Counter[str]:
    return Counter(each.cop_id for each in plan.assignments)


def test_a_team_takes_no_more_than_its_quota_and_its_site_no_more_than_its_own() -> None:
    many = [waiting(f"c{at}") for at in range(9)]
    team = Limit("team", frozenset({"ann", "bea"}), 2)
    site = Limit("site", frozenset({"ann", "bea", "cat"}), 3)
    plan = match(a_floor(many, [a_cop("ann"), a_cop("bea"), a_cop("cat")], team, site))
    took = given_to(plan)
    assert took["ann"] + took["bea"] <= 2
    assert sum(took.values()) == 3
    assert plan.gap == 0


def test_a_cop_takes_no_more_hard_cases_than_their_share_and_easy_ones_instead() -> None:
    hard = [waiting(f"h{at}", "scam", priority=1) for at in range(3)]
    easy = [waiting(f"e{at}") for at in range(3)]
    share = Limit("hard of ann", frozenset({"ann"}), 1, frozenset({"scam"}), LimitKind.HARD_CASES)
    plan = match(a_floor([*hard, *easy], [a_cop("ann", free=3)], share))
    kinds = Counter(each.conversation_id[0] for each in plan.assignments)
    assert kinds == {"h": 1, "e": 2}
    assert plan.gap == 0
    assert {each.reason for each in plan.unassigned} >= {WaitReason.OUTRANKED}


def test_whoever_waits_only_for_a_limit_is_told_so() -> None:
    quota = Limit("blue", frozenset({"ann"}), 0)
    plan = match(a_floor([waiting("c1")], [a_cop("ann")], quota))
    assert [each.reason for each in plan.unassigned] == [WaitReason.LIMITED]


def test_crossing_quotas_are_kept_and_what_they_cost_is_bounded() -> None:
    many = [waiting(f"c{at}", KEYS[at % 3], priority=1 + at % 5) for at in range(12)]
    cops = [a_cop(f"cop{at}") for at in range(4)]
    cards = Limit("north cards", frozenset({"cop0", "cop1", "cop2"}), 2, frozenset({"card"}))
    loans = Limit("south loans", frozenset({"cop1", "cop2", "cop3"}), 1, frozenset({"loan"}))
    everything = Limit("middle", frozenset({"cop1", "cop2"}), 3)
    found = audit(a_floor(many, cops, cards, loans, everything))
    assert found.proven
    assert found.holds
    assert found.missing <= 0.02 * found.best


def test_somebody_who_has_waited_reaches_a_cop_with_less_skill_and_the_plan_says_what_that_costs() -> None:
    novice = a_cop("ann", skills={"cards": 0.12, "loans": 1.0, "fraud": 1.0})
    assert match(a_floor([waiting("c1")], [novice])).assignments == ()
    plan = match(a_floor([waiting("c1", least_proficiency=0.1)], [novice]))
    [chosen] = plan.assignments
    terms = {term.name: term.value for term in chosen.terms}
    assert terms["proficiency"] < 0
    assert terms["transfer"] < 0
    assert plan.fallback_reason is None


def test_software_is_given_work_where_its_failures_cost_less_than_people_are_worth() -> None:
    person, bot = a_cop("ann", free=1), a_cop("bot", free=9, attempt_seconds={"card": -150.0, "loan": 90_000.0})
    plan = match(a_floor([waiting("c1"), waiting("c2", "loan"), waiting("c3", "loan")], [person, bot]))
    taken = {each.conversation_id: each.cop_id for each in plan.assignments}
    assert taken["c1"] == "bot"
    assert "ann" in (taken.get("c2"), taken.get("c3"))
    [first] = [each for each in plan.assignments if each.conversation_id == "c1"]
    assert {term.name: term.value for term in first.terms}["attempt"] == 15_000
    assert len(plan.assignments) == 2
    assert plan.fallback_reason is None


def test_a_proficiency_out_of_range_sets_only_its_own_conversation_aside() -> None:
    floor = a_floor([waiting("c1", least_proficiency=float("nan")), waiting("c2")], [a_cop("ann")])
    plan = match(floor)
    assert [each.conversation_id for each in plan.assignments] == ["c2"]
    assert [each.reason for each in plan.unassigned] == [WaitReason.UNREADABLE]


@pytest.mark.parametrize("limits", [(Limit("a", frozenset({"ann"}), -1),), (Limit("a", frozenset(), 1),) * 2])
def test_a_limit_that_cannot_be_kept_is_refused_by_name(limits: tuple[Limit, ...]) -> None:
    with pytest.raises(SnapshotInvalid, match="limits"):
        match(a_floor([waiting("c1")], [a_cop("ann")], *limits))


def test_limits_on_people_and_types_that_are_not_there_change_nothing() -> None:
    absent = Limit("gone", frozenset({"zoe"}), 0, frozenset({"nothing"}))
    assert len(match(a_floor([waiting("c1")], [a_cop("ann")], absent)).assignments) == 1


def test_an_audit_of_a_large_floor_is_refused_before_it_begins() -> None:
    many = [waiting(f"c{at}") for at in range(300)]
    with pytest.raises(AuditTooLarge, match="20000 pairs"):
        audit(a_floor(many, [a_cop(f"cop{at}") for at in range(100)]))
