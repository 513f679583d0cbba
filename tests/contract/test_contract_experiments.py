"""Two policies take turns: ticks, the record of whose turn it was, and what the analysis makes of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from builders import NOON, FixedPacks, FrozenClock, make_context, make_conversation, make_cop, make_pack, make_tick
from global_matching import GlobalMatcher
from seeds import committed, read

from routing.domain.conversation import ConversationState
from routing.domain.cop import Channel, Presence
from routing.domain.experiment import Arm, ArmPolicy, Experiment, Way
from routing.domain.tick import PlayedTurn, TickRecord
from routing.ports import MatchingPlan, MatchingProblem, Store
from routing.services import matching, offers, presence
from routing.services.context import Context

HOUR = timedelta(hours=1)
DEARER = ArmPolicy("dearer", Way.POLICY, {"matching": {"affinity_bonus_seconds": 5.0}, "pricing": {}})
TRIAL = Experiment(
    seed=1,
    name="dearer-time",
    starts_at=NOON - 12 * HOUR,
    ends_at=NOON + 36 * HOUR,
    arms={Arm.A: ArmPolicy(), Arm.B: DEARER},
)


def trial_context(store: Store, experiment: Experiment | None = TRIAL) -> tuple[Context, FrozenClock]:
    clock = FrozenClock()
    cops = [make_cop(id, markets=frozenset({"uk"}), capacity={Channel.CHAT: 20}) for id in ("ada", "ben")]
    packs = FixedPacks(replace(make_pack(cops), experiment=experiment))
    context = make_context(store, clock=clock, packs=packs)
    for cop in cops:
        presence.set_presence(context, presence.PresenceChange(cop.id, Presence.AVAILABLE, "test"))
    return context, clock


def wait(store: Store, id: str, clock: FrozenClock, **changes: Any) -> None:
    facts = {"state": ConversationState.WAITING, "issue_type": "card_late", "candidates": (("card_late", 1.0),)}
    made = make_conversation(id, received_at=clock.now(), language="en", **facts, **changes)
    committed(store, lambda uow: uow.conversations.add(made))


class Watching:
    """The real matcher, and who took part in each of its rounds."""

    def __init__(self) -> None:
        self.rounds: list[MatchingProblem] = []

    def match(self, problem: MatchingProblem) -> MatchingPlan:
        self.rounds.append(problem)
        return GlobalMatcher().match(problem)


def tick(context: Context, matcher: Watching | None = None) -> TickRecord:
    made = matching.tick(context, matcher or Watching(), "main", "one")
    assert made is not None
    return made


def test_a_tick_goes_by_the_policy_whose_turn_it_is_and_says_so(store: Store) -> None:
    context, clock = trial_context(store)
    versions: dict[Arm | None, set[str]] = {Arm.A: set(), Arm.B: set()}
    for hour in range(4):
        wait(store, f"c-{hour}", clock)
        made = tick(context)
        turn = TRIAL.turn("main", clock.now())
        assert (made.experiment, made.arm, made.block, made.propensity) == ("dearer-time", turn.arm, turn.block, 0.5)
        assert read(store, lambda uow, id=made.id: uow.ticks.find(id)) == made
        versions[made.arm].add(made.policy_version)
        clock.advance(3_600)
    in_force = GlobalMatcher().policy.version
    assert versions[Arm.A] == {in_force}
    assert len(versions[Arm.B]) == 1
    assert in_force not in versions[Arm.B]


@pytest.mark.parametrize("other", [None, replace(TRIAL, groups=frozenset({"east"})), replace(TRIAL, ends_at=NOON)])
def test_outside_its_time_and_its_groups_nobody_takes_turns(store: Store, other: Experiment | None) -> None:
    context, clock = trial_context(store, other)
    wait(store, "c", clock)
    made = tick(context)
    assert (made.experiment, made.arm, made.block, made.propensity) == (None, None, None, None)
    assert made.policy_version == GlobalMatcher().policy.version


def test_fraud_and_vulnerable_customers_go_first_by_the_policy_in_force_whoever_has_the_turn(store: Store) -> None:
    context, clock = trial_context(store)
    while TRIAL.turn("main", clock.now()).arm is Arm.A:
        clock.advance(3_600)
    wait(store, "fraud", clock, fraud=True)
    wait(store, "plain", clock)
    matcher = Watching()
    tick(context, matcher)
    assert [[c.id for c in each.conversations] for each in matcher.rounds] == [["fraud"], ["plain"]]
    plain, fraud = read(store, lambda uow: uow.ticks.newest(2))
    assert (fraud.arm, fraud.policy_version) == (None, GlobalMatcher().policy.version)
    assert plain.arm is Arm.B
    assert plain.policy_version != fraud.policy_version


def test_where_they_are_included_everybody_is_matched_at_once(store: Store) -> None:
    context, clock = trial_context(store, replace(TRIAL, spares_fast_lane=False))
    wait(store, "fraud", clock, fraud=True)
    wait(store, "plain", clock)
    matcher = Watching()
    assert tick(context, matcher).arm is not None
    assert [[c.id for c in each.conversations] for each in matcher.rounds] == [["fraud", "plain"]]


def test_a_greedy_arm_is_greedy_by_rule_and_not_for_want_of_a_solver(store: Store) -> None:
    greedy = ArmPolicy("greedy", Way.GREEDY)
    context, clock = trial_context(store, replace(TRIAL, arms={Arm.A: greedy, Arm.B: greedy}))
    wait(store, "c", clock)
    made = tick(context)
    assert (made.solver, made.fallback_reason) == ("greedy", None)


IDLE = ArmPolicy("longest_idle", Way.LONGEST_IDLE)


def test_what_most_products_do_can_take_its_turns(store: Store) -> None:
    """First come, first served, to whoever has had nothing to do for longest; the fast lane as ever."""
    context, clock = trial_context(store, replace(TRIAL, arms={Arm.A: IDLE, Arm.B: IDLE}))
    for number, expected in enumerate(("ada", "ben", "ada")):
        wait(store, f"c-{number}", clock)
        made = tick(context)
        assert (made.solver, made.fallback_reason) == ("longest_idle", None)
        [offer] = read(store, lambda uow: uow.offers.pending())
        assert offer.cop_id == expected
        clock.advance(10)
        offers.accept(context, offer.id)
        clock.advance(10)
    wait(store, "fraud", clock, fraud=True)
    assert tick(context).solver == "min_cost_flow"


def test_idle_times_are_read_only_for_the_rule_that_asks(store: Store) -> None:
    context, clock = trial_context(store)
    wait(store, "c", clock)
    assert matching.snapshot(context, "main").idle_since == {}
    context, clock = trial_context(store, replace(TRIAL, arms={Arm.A: IDLE, Arm.B: IDLE}))
    assert set(matching.snapshot(context, "main").idle_since) == {"ada", "ben"}


def test_the_turns_played_are_counted_by_block_and_what_decided(store: Store) -> None:
    def add(id: str, block: int, arm: Arm, **changes: Any) -> None:
        drawn = {"experiment": "t", "arm": arm, "block": block, "propensity": 0.5, "policy_version": "v"}
        committed(store, lambda uow: uow.ticks.add(make_tick(id, **{**drawn, **changes})))

    add("1", 8, Arm.B)
    add("2", 8, Arm.B, fallback_reason="late")
    add("3", 8, Arm.B, policy_version="w", unpriced_because="no arrivals")
    add("4", 7, Arm.A)
    add("5", 7, Arm.A, experiment="another")
    committed(store, lambda uow: uow.ticks.add(make_tick("6")))
    assert read(store, lambda uow: uow.ticks.played("t")) == [
        PlayedTurn("main", 7, Arm.A, 0.5, "v", "min_cost_flow", 1, 0, 0),
        PlayedTurn("main", 8, Arm.B, 0.5, "v", "min_cost_flow", 2, 1, 0),
        PlayedTurn("main", 8, Arm.B, 0.5, "w", "min_cost_flow", 1, 0, 1),
    ]
    assert read(store, lambda uow: uow.ticks.played("never")) == []
