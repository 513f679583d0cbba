"""Limits, practice, relaxed skill and forbidden pairs: kept by every plan, exact against enumeration and CP-SAT."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer import array_checks, checks, decision
from optimizer.audit import audit
from optimizer.decision import baseline, optimum
from optimizer.encoding import encode
from optimizer.errors import AuditTooLarge, SnapshotInvalid
from optimizer.matching import match, match_arrays
from optimizer.parameters import MatchingParameters
from optimizer.plan import Plan, WaitReason
from optimizer.prepared import prepare
from optimizer.side.limit import Limit, LimitKind
from optimizer.side.nodes import Constrained, constrain
from optimizer.side.practice import Practice
from optimizer.snapshot import CopState, IssueTypeFacts, Snapshot, WaitingConversation

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TYPES = (
    IssueTypeFacts("card", "cards", 300.0),
    IssueTypeFacts("loan", "loans", 600.0),
    IssueTypeFacts("scam", "fraud", 900.0),
)
KEYS = [each.key for each in TYPES]
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


def waiting(id: str, key: str = "card", **changes: object) -> WaitingConversation:
    values = {"market": "GB", "language": "en", "channel": "chat", "priority": 3}
    return WaitingConversation(id, ((key, 1.0),), waiting_seconds=30.0, target_seconds=60.0, **{**values, **changes})


def a_cop(id: str, free: int = 2, **changes: object) -> CopState:
    values = {"skills": {each.skill: 1.0 for each in TYPES}, "languages": {"en": 1.0}, "markets": frozenset({"GB"})}
    return CopState(id, free={"chat": free}, load=0, available=True, **{**values, **changes})


def a_floor(conversations: list[WaitingConversation], cops: list[CopState], *limits: Limit) -> Snapshot:
    return Snapshot(NOON, tuple(conversations), tuple(cops), TYPES, limits=limits)


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
