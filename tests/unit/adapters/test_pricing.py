"""A matching group's prices: watched, worked out beside the ticks, and honest about what is missing."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

from builders import NOON, make_conversation, make_cop, make_issue_type, make_taxonomy

from optimizer.matching import match
from optimizer.policy import MatchingPolicy
from optimizer.pricing import PricingParameters
from routing.adapters.matcher import GuardedMatcher, snapshot_of, unpacked
from routing.adapters.pricing import Pricer
from routing.domain.conversation import ConversationState
from routing.domain.cop import CopStatus, Presence
from routing.ports import MatchingProblem

CARDS, LOANS = (make_issue_type(key, skill=key) for key in ("cards", "loans"))
EAGER = PricingParameters(
    fewest_arrivals=4, shortest_view_seconds=10, refresh_seconds=10, smallest_floor=0, full_floor=0
)
POLICY = MatchingPolicy(pricing=EAGER)


def at_once(work):
    work()


def a_problem(seconds, ids, n_cops=2):
    now = NOON + timedelta(seconds=seconds)
    waiting = tuple(
        make_conversation(
            id=each,
            state=ConversationState.WAITING,
            language="en",
            waiting_since=now,
            candidates=((key, 1.0),),
        )
        for each, key in ids
    )
    cops = [make_cop(f"cop{at}", skills={"cards": 0.9, **({"loans": 0.9} if at else {})}) for at in range(n_cops)]
    pairs = tuple((cop, CopStatus(cop.id, Presence.AVAILABLE, NOON, capacity=cop.capacity)) for cop in cops)
    return MatchingProblem(now, waiting, pairs, make_taxonomy((CARDS, LOANS)), ())


def watched(pricer, *rounds):
    for problem in rounds:
        pricer.observe(problem, snapshot_of(problem, POLICY.matching))
    return rounds[-1]


def rounds(n):
    return [a_problem(5 * at, [(f"c{at}", "cards"), (f"l{at}", "loans")]) for at in range(n)]


def test_a_group_that_has_seen_too_little_is_unpriced_and_says_so():
    pricer = Pricer(POLICY, at_once)
    last = watched(pricer, *rounds(2))
    assert pricer.steering(snapshot_of(last, POLICY.matching)) is None
    assert "arrivals seen, 4 are needed" in pricer.missing(last.at)


def test_after_enough_arrivals_every_cop_has_a_price_and_every_kind_a_cheapest():
    pricer = Pricer(POLICY, at_once)
    last = watched(pricer, *rounds(6))
    steering = pricer.steering(snapshot_of(last, POLICY.matching))
    assert pricer.missing(last.at) is None
    assert set(steering.cop_prices) == {"cop0", "cop1"}
    assert all(price > 0 for price in steering.cop_prices.values())
    assert {key for key, _, _ in steering.cheapest} == {"cards", "loans"}
    assert steering.occupancy == 0


def test_free_slots_are_kept_for_the_fast_lane_as_far_as_it_comes():
    """Vulnerable customers write about loans, which only the second COp knows."""
    pricer = Pricer(POLICY, at_once)
    told = []
    for problem in rounds(6):
        cards, loans = problem.conversations
        seen = replace(problem, conversations=(cards, replace(loans, vulnerable=True)))
        told.append(watched(pricer, seen))
    steering = pricer.steering(snapshot_of(told[-1], POLICY.matching))
    assert list(steering.cop_reserves) == ["cop1"]
    assert steering.cop_reserves["cop1"] > 0
    assert {key for key, _, _ in steering.seconds_between} == {"cards", "loans"}
    calm = Pricer(POLICY, at_once)
    last = watched(calm, *rounds(6))
    assert calm.steering(snapshot_of(last, POLICY.matching)).cop_reserves == {}


def test_a_conversation_that_comes_back_counts_as_one_arrival():
    pricer = Pricer(POLICY, at_once)
    watched(pricer, *(a_problem(5 * at, [("same", "cards")]) for at in range(6)))
    assert "0 arrivals seen" in pricer.missing(NOON)  # it waited before the first look


def test_prices_that_are_too_old_are_no_longer_used():
    pricer = Pricer(POLICY, at_once)
    last = watched(pricer, *rounds(6))
    later = replace(last, at=last.at + timedelta(hours=1))
    assert pricer.steering(snapshot_of(later, POLICY.matching)) is None
    assert "older than allowed" in pricer.missing(later.at)


def test_a_refresh_that_fails_leaves_ticks_unpriced_for_a_reason(monkeypatch):
    def broken(*_):
        raise RuntimeError("no solver")

    monkeypatch.setattr("optimizer.congestion.price_streams", broken)
    pricer = Pricer(POLICY, at_once)
    last = watched(pricer, *rounds(6))
    assert pricer.missing(last.at) == "prices could not be worked out: RuntimeError"


def test_while_one_refresh_runs_no_other_is_started():
    started = []
    pricer = Pricer(POLICY, started.append)
    watched(pricer, *rounds(20))
    assert len(started) == 1


def test_a_process_that_stops_waits_for_the_refresh_it_began(tmp_path):
    done = tmp_path / "done"
    begun = (
        "import pathlib, time; from routing.adapters.pricing import in_background\n"
        f"in_background(lambda: (time.sleep(0.3), pathlib.Path({str(done)!r}).touch()))"
    )
    assert subprocess.run([sys.executable, "-c", begun], check=False).returncode == 0
    assert done.exists()


def test_a_small_floor_is_matched_without_prices_and_says_so():
    policy = MatchingPolicy(pricing=replace(EAGER, smallest_floor=40, full_floor=120))
    pricer = Pricer(policy, at_once)
    last = watched(pricer, *rounds(6))
    assert pricer.missing(last.at) == "prices need more than 40 COps at work"


def test_a_tick_says_by_which_policy_and_prices_it_was_matched_and_can_be_told_again():
    matcher = GuardedMatcher(POLICY, Pricer(POLICY, at_once))
    try:
        plans = [matcher.match(problem) for problem in rounds(6)]
    finally:
        matcher.close()
    assert plans[0].prices_at is None
    assert plans[0].unpriced_because
    assert plans[-1].prices_at is not None
    assert plans[-1].unpriced_because is None
    assert plans[-1].policy_version == POLICY.version
    assert plans[-1].offers[0].why["priced"]
    again = unpacked(plans[-1].snapshot)
    assert again.steering.at == plans[-1].prices_at
    told = {(each.conversation_id, each.cop_id, each.value) for each in match(again).assignments}
    assert told == {(each.conversation_id, each.cop_id, each.why["value"]) for each in plans[-1].offers}
