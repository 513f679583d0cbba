"""Whose turn it is decides which weights a tick goes by, and the others keep their prices fresh."""

from dataclasses import replace

import pytest
from builders import NOON, make_conversation, make_cop, make_taxonomy

from optimizer.parameters import MatchingParameters
from optimizer.policy import MatchingPolicy
from routing.adapters.arms import PLAIN_RULE, Arms
from routing.adapters.matcher import GuardedMatcher, snapshot_of, unpacked
from routing.adapters.pricing import FIRST_LOOK, Pricer
from routing.domain.cop import Channel, CopStatus, Presence
from routing.domain.experiment import Arm, ArmPolicy, Experiment, Turn, Way
from routing.ports import MatchingProblem

IN_FORCE = MatchingPolicy(MatchingParameters(affinity_bonus_seconds=33.0))
OTHER = ArmPolicy("other", Way.POLICY, {"matching": {"min_proficiency": 0.5}, "pricing": {"refresh_seconds": 30}})
GREEDY = ArmPolicy("greedy", Way.GREEDY)
IDLE = ArmPolicy("longest_idle", Way.LONGEST_IDLE)


def problem(arm: Arm | None, arms: dict[Arm, ArmPolicy] | None = None) -> MatchingProblem:
    cop = make_cop("ada")
    status = CopStatus(cop.id, Presence.AVAILABLE, NOON, {}, {Channel.CHAT: 2})
    chosen = arms or {Arm.A: ArmPolicy(), Arm.B: OTHER}
    return MatchingProblem(
        at=NOON,
        conversations=(
            make_conversation("c", issue_type="card_late", candidates=(("card_late", 1.0),), language="en"),
        ),
        cops=((cop, status),),
        taxonomy=make_taxonomy(),
        handle_times=(),
        experiment=Experiment(seed=1, arms=chosen),
        turn=None if arm is None else Turn("main", 1, arm, 0.5),
    )


def test_the_policy_in_force_decides_where_it_is_nobodys_turn_and_in_its_own():
    arms = Arms(IN_FORCE)
    for asked in (problem(None), problem(Arm.A), replace(problem(None), experiment=None)):
        assert arms.of(asked).policy == IN_FORCE


def test_a_policy_file_stands_for_itself_and_not_beside_the_policy_in_force():
    chosen = Arms(IN_FORCE).of(problem(Arm.B)).policy
    assert chosen.matching == MatchingParameters(min_proficiency=0.5)
    assert chosen.pricing.refresh_seconds == 30


def test_it_keeps_its_prices_from_tick_to_tick_until_its_file_says_something_else():
    arms = Arms(IN_FORCE)
    first = arms.of(problem(Arm.B))
    arms.of(problem(Arm.A))
    assert arms.of(problem(Arm.B)) is first
    bolder = replace(OTHER, values={"matching": {"min_proficiency": 0.6}})
    assert arms.of(problem(Arm.B, {Arm.A: ArmPolicy(), Arm.B: bolder})).policy.matching.min_proficiency == 0.6


def test_prices_are_watched_for_both_whoever_has_the_turn():
    arms, asked = Arms(IN_FORCE), problem(Arm.A)
    chosen = arms.of(asked)
    for each in arms.all:
        each.observe(asked, snapshot_of(asked, chosen.policy.matching))
    assert len(arms.all) == 2
    assert all(each.missing(NOON) != FIRST_LOOK for each in arms.all)


@pytest.mark.parametrize("plain", [GREEDY, IDLE])
@pytest.mark.parametrize("arm", [Arm.A, Arm.B])
def test_the_matcher_of_a_service_does_as_the_arm_says(arm: Arm, plain: ArmPolicy):
    matcher = GuardedMatcher(IN_FORCE, Pricer(IN_FORCE))
    try:
        plan = matcher.match(problem(arm, {Arm.A: plain, Arm.B: OTHER}))
    finally:
        matcher.close()
    assert (plan.solver, plan.fallback_reason) == (plain.name if arm is Arm.A else "min_cost_flow", None)
    assert (plan.unpriced_because == PLAIN_RULE) is (arm is Arm.A)
    weights = IN_FORCE.matching if arm is Arm.A else MatchingParameters(min_proficiency=0.5)
    assert unpacked(plan.snapshot).parameters == weights


def test_another_policy_in_force_leaves_the_arms_with_files_of_their_own_as_they_were():
    arms = Arms(IN_FORCE)
    theirs = arms.of(problem(Arm.B))
    arms.adopt(MatchingPolicy(MatchingParameters(affinity_bonus_seconds=44.0)))
    assert arms.of(problem(None)).policy.matching.affinity_bonus_seconds == 44
    assert arms.of(problem(Arm.B)) is theirs


def test_the_plain_rule_follows_the_policy_in_force():
    arms, against = Arms(IN_FORCE), {Arm.A: ArmPolicy(), Arm.B: GREEDY}
    arms.of(problem(Arm.B, against))
    arms.adopt(MatchingPolicy(MatchingParameters(affinity_bonus_seconds=44.0)))
    assert arms.of(problem(Arm.B, against)).policy.matching.affinity_bonus_seconds == 44
