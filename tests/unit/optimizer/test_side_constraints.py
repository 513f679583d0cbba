"""Limits, practice, relaxed skill and forbidden pairs: kept by every plan, exact against enumeration and CP-SAT."""

from dataclasses import replace
from itertools import product

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_floor import KEYS, NOON, TYPES

from optimizer import array_checks, checks, decision
from optimizer.audit import audit
from optimizer.decision import baseline, optimum
from optimizer.encoding import encode
from optimizer.matching import match, match_arrays
from optimizer.parameters import MatchingParameters
from optimizer.prepared import prepare
from optimizer.side.limit import Limit, LimitKind
from optimizer.side.nodes import Constrained, constrain
from optimizer.side.practice import Practice
from optimizer.snapshot import CopState, Snapshot, WaitingConversation

COP_IDS = [f"cop{at}" for at in range(4)]
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def conversations(draw, at):
    certain = [((key, 1.0),) for key in KEYS]
    return WaitingConversation(
        id=f"c{at}",
        candidates=draw(st.sampled_from([*certain, (("card", 0.5), ("scam", 0.5)), (("loan", 0.7), ("scam", 0.3))])),
        market="GB",
        language="en",
        channel=draw(st.sampled_from(["chat", "email"])),
        priority=draw(st.integers(1, 5)),
        waiting_seconds=draw(st.sampled_from([0.0, 50.0, 400.0])),
        target_seconds=60.0,
        fraud=draw(st.sampled_from([False, False, False, True])),
        last_cop_id=draw(st.sampled_from(["cop0", "cop1", None, None])),
        forbidden_cop_ids=frozenset(draw(st.sampled_from([(), (), (), ("cop0",), ("cop1", "cop2")]))),
        least_proficiency=draw(st.sampled_from([None, None, 0.1, 0.05])),
    )


@st.composite
def cops(draw, at, channels):
    shares = st.sampled_from([1.0, 0.7, 0.3, 0.15, 0.05])
    return CopState(
        id=COP_IDS[at],
        skills={each.skill: draw(shares) for each in TYPES},
        languages={"en": 1.0},
        markets=frozenset({"GB"}),
        free={channel: draw(st.sampled_from([0, 1, 2, 2])) for channel in channels},
        load=draw(st.integers(0, 2)),
        available=True,
        attempt_seconds=draw(st.sampled_from([{}, {}, {"card": 90.5, "loan": -200.0}, {"scam": 1500.0}])),
    )


@st.composite
def limits(draw, at):
    return Limit(
        name=f"limit{at}",
        cop_ids=frozenset(draw(st.lists(st.sampled_from(COP_IDS), min_size=1, max_size=4))),
        most=draw(st.integers(0, 3)),
        issue_types=draw(st.none() | st.frozensets(st.sampled_from(KEYS), min_size=1, max_size=2)),
        kind=draw(st.sampled_from(LimitKind)),
    )


@st.composite
def practices(draw, at):
    return Practice(
        name=f"practice{at}",
        cop_id=draw(st.sampled_from(COP_IDS)),
        least=draw(st.integers(0, 3)),
        issue_types=draw(st.frozensets(st.sampled_from(KEYS), min_size=1, max_size=2)),
    )


@st.composite
def snapshots(draw, most_waiting=6, most_limits=4, crowded=False):
    channels = draw(st.sampled_from([("chat",), ("chat", "email")]))
    n_waiting = draw(st.integers(most_waiting // 2 if crowded else 0, most_waiting))
    n_cops = draw(st.integers(3 if crowded else 1, 4 if crowded else 3))
    return Snapshot(
        at=NOON,
        conversations=tuple(draw(conversations(at)) for at in range(n_waiting)),
        cops=tuple(draw(cops(at, channels)) for at in range(n_cops)),
        issue_types=TYPES,
        parameters=MatchingParameters(
            time_limit_seconds=60,
            load_weight_seconds=draw(st.sampled_from([0.0, 30.0, 400.0])),
            practice_weight_seconds=draw(st.sampled_from([0.0, 45.5, 600.0, 5000.0])),
        ),
        practices=tuple(draw(practices(at)) for at in range(draw(st.integers(0, 3)))),
        limits=tuple(draw(limits(at)) for at in range(draw(st.integers(3 if crowded else 0, most_limits)))),
    )


def best_by_enumeration(snapshot: Snapshot) -> int:
    """Every assignment there is, judged by the array checker."""
    problem, _ = encode(snapshot)
    best = 0
    for choice in product(range(-1, len(problem.cops)), repeat=len(problem.conversations)):
        cop_of = np.array(choice, np.int64)
        rows = np.flatnonzero(cop_of >= 0)
        value = array_checks.objective_of(problem, rows, cop_of[rows])
        if value > best and not array_checks.findings(problem, cop_of, value):
            best = value
    return best


@SLOW
@given(snapshots(most_waiting=4))
def test_a_plan_is_the_best_there_is_within_the_gap_it_reports(snapshot: Snapshot) -> None:
    problem, _ = encode(snapshot)
    found = optimum(prepare(problem))
    assert found.gap is not None
    best = best_by_enumeration(snapshot)
    assert found.objective <= best <= found.objective + found.gap


def outside(found: Constrained) -> int:
    return found.crossing.size + found.priced_practice.size


@SLOW
@given(snapshots())
def test_where_limits_nest_the_gap_is_nothing_and_cp_sat_agrees(snapshot: Snapshot) -> None:
    problem, _ = encode(snapshot)
    prepared = prepare(problem)
    tick = decision.network.build(prepared)
    crossing = problem.side is not None and outside(constrain(tick, prepared, problem.side))
    found = audit(snapshot)
    assert found.proven
    assert found.holds
    if not crossing:
        assert found.claimed_gap == 0
        assert found.missing == 0


@SLOW
@given(snapshots(most_waiting=14, most_limits=6, crowded=True))
def test_where_limits_cross_what_is_missing_is_within_the_gap_that_is_reported(snapshot: Snapshot) -> None:
    found = audit(snapshot)
    assert found.proven
    assert found.holds


@SLOW
@given(snapshots(most_waiting=10))
def test_every_plan_keeps_every_limit_and_both_checkers_see_it(snapshot: Snapshot) -> None:
    problem, _ = encode(snapshot)
    for plan in (optimum(prepare(problem)), baseline(prepare(problem))):
        assert array_checks.findings(problem, plan.cop_of, plan.objective, plan.released) == []
    assert match(snapshot).fallback_reason is None
    assert match_arrays(problem).fallback is None


@SLOW
@given(snapshots())
def test_both_checkers_count_a_limit_alike(snapshot: Snapshot) -> None:
    """A plan made without the limits breaks, for each checker, exactly those that an independent count says."""
    free = match(replace(snapshot, limits=()))
    by_id = {each.id: each for each in snapshot.conversations}
    over = {
        limit.name
        for limit in snapshot.limits
        if sum(
            each.cop_id in limit.cop_ids and checks.counts(limit, by_id[each.conversation_id])
            for each in free.assignments
        )
        > limit.most
    }
    assert {
        name for name in over if any(f"the limit {name} " in each for each in checks.findings(snapshot, free))
    } == over
    problem, codes = encode(snapshot)
    cop_at = {cop.id: at for at, cop in enumerate(codes.cops)}
    given_to = {each.conversation_id: cop_at[each.cop_id] for each in free.assignments}
    cop_of = np.array([given_to.get(each.id, -1) for each in codes.conversations], np.int64)
    found = array_checks.findings(problem, cop_of, free.objective)
    assert {
        limit.name for limit in snapshot.limits if any(f"the limit {limit.name} " in each for each in found)
    } == over


@SLOW
@given(snapshots(most_limits=3))
def test_the_fast_lane_is_exempt_from_every_limit_that_is_a_trade_off(snapshot: Snapshot) -> None:
    """With everybody in the fast lane, limits of hard cases and of learning change nothing at all."""
    urgent = tuple(replace(each, fraud=True) for each in snapshot.conversations)
    soft = tuple(replace(each, kind=kind, most=0) for each in snapshot.limits for kind in (LimitKind.HARD_CASES,))
    with_limits = match(replace(snapshot, conversations=urgent, limits=soft))
    without = match(replace(snapshot, conversations=urgent, limits=()))
    assert with_limits.objective == without.objective
    assert len(with_limits.assignments) == len(without.assignments)


@SLOW
@given(snapshots())
def test_nobody_meets_a_customer_whom_they_must_not_serve(snapshot: Snapshot) -> None:
    forbidden = {each.id: each.forbidden_cop_ids for each in snapshot.conversations}
    assert all(each.cop_id not in forbidden[each.conversation_id] for each in match(snapshot).assignments)
