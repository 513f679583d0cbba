"""Random snapshots against solvers that share nothing with the network: enumeration, scipy's LP and assignment."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog

from optimizer import array_checks, checks, decision, min_cost_flow, network
from optimizer.costs import load as load_cost
from optimizer.counterfactual import ChangeKind, decide
from optimizer.decision import baseline, optimum
from optimizer.encoding import encode
from optimizer.errors import SolverError
from optimizer.explain import explain
from optimizer.matching import match, match_arrays
from optimizer.pair_facts import rule_facts
from optimizer.parameters import MatchingParameters
from optimizer.plan import SolverName, WaitReason
from optimizer.prepared import prepare
from optimizer.prices import certify, skill_prices
from optimizer.rules import Rule, verdicts
from optimizer.snapshot import (
    CopState,
    HandleTimeFact,
    IssueTypeFacts,
    Snapshot,
    SteeringFacts,
    WaitingConversation,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TYPES = tuple(IssueTypeFacts(f"type{at}", f"skill{at % 3}", 100.0 + 150 * at) for at in range(4))
COP_IDS = [f"cop{at}" for at in range(6)]
SHARES = st.sampled_from([1.0, 0.7, 0.5, 0.25, 0.2, 1.0, 0.1, 0.0])
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def candidates(draw):
    keys = draw(st.lists(st.sampled_from([each.key for each in TYPES]), min_size=1, max_size=3, unique=True))
    weights = draw(st.lists(st.sampled_from([0.1, 0.25, 0.3, 0.5]), min_size=len(keys), max_size=len(keys)))
    return tuple(zip(keys, weights, strict=True))


@st.composite
def conversations(draw, at):
    return WaitingConversation(
        id=f"c{at:02d}",
        candidates=draw(st.one_of(st.sampled_from([((each.key, 1.0),) for each in TYPES]), candidates())),
        market=draw(st.sampled_from(["GB", "GB", "FR"])),
        language=draw(st.sampled_from(["en", "en", "fr"])),
        channel=draw(st.sampled_from(["chat", "chat", "email"])),
        priority=draw(st.integers(1, 5)),
        waiting_seconds=draw(st.sampled_from([0.0, 1.0, 29.99, 60.0, 400.0, 9000.0])),
        target_seconds=draw(st.sampled_from([30.0, 60.0, 900.0])),
        vulnerable=draw(st.booleans()),
        fraud=draw(st.booleans()),
        last_cop_id=draw(st.sampled_from(["cop0", "cop1", "cop2", "cop5", None])),
        excluded_cop_ids=frozenset(draw(st.sampled_from([(), (), ("cop0",), ("cop1", "cop2")]))),
    )


@st.composite
def cops(draw, at, channels):
    return CopState(
        id=COP_IDS[at],
        skills={f"skill{each}": draw(SHARES) for each in range(3)},
        languages={"en": draw(SHARES), "fr": draw(SHARES)},
        markets=frozenset(draw(st.sampled_from([("GB", "FR"), ("GB",), ("GB", "FR"), ("FR",)]))),
        free={each: draw(st.integers(0, 2)) for each in draw(st.sampled_from(channels))},
        load=draw(st.integers(0, 3)),
        available=draw(st.sampled_from([True, True, True, False])),
        seconds_to_shift_end=draw(st.sampled_from([None, 30.0, 60.0, 200.0, 5000.0])),
    )


@st.composite
def parameters(draw):
    return MatchingParameters(
        time_limit_seconds=60,
        answer_value_seconds=draw(st.sampled_from([600.0, 100.0, 0.0])),
        load_weight_seconds=draw(st.sampled_from([0.0, 30.0, 333.333, 5000.0])),
        affinity_bonus_seconds=draw(st.sampled_from([700.0, 90.0, 0.0])),
        longest_hold_seconds=draw(st.sampled_from([0.0, 50.0, 120.0, 86_400.0])),
        transfer_cost_seconds=draw(st.sampled_from([0.0, 120.0, 333.333])),
        chance_weight_seconds=draw(st.sampled_from([0.0, 1000.0, 20_000.0])),
        reserve_weight=draw(st.sampled_from([0.0, 1.0, 3.3])),
        proficiency_weight=draw(st.sampled_from([0.0, 1.0, 10.0])),
        min_covered_probability=draw(st.sampled_from([0.3, 0.5, 1.0])),
    )


@st.composite
def steerings(draw):
    places = [(each.key, market, language) for each in TYPES for market in ("GB", "FR") for language in ("en", "fr")]
    known = draw(st.lists(st.sampled_from(places), max_size=len(places), unique=True))
    return SteeringFacts(
        at=NOON,
        version="a",
        occupancy=draw(st.sampled_from([0.0, 0.6, 0.9, 1.0])),
        trust=draw(st.sampled_from([1.0, 1.0, 0.3, 0.0])),
        cop_prices={each: draw(st.sampled_from([0.0, 1.0, 1.6, 5.0, 12.3])) for each in COP_IDS[:4]},
        cheapest={place: draw(st.floats(0, 2000)) for place in known},
        cop_reserves={each: draw(st.sampled_from([0.0, 12.345, 900.0])) for each in COP_IDS[1:4]},
        seconds_between={place: draw(st.floats(0, 2000)) for place in known[:3]},
    )


@st.composite
def snapshots(draw, most_waiting=12, most_cops=5, one_channel=False):
    channels = [("chat",), ("email",)] if one_channel else [("chat",), ("chat", "email"), ("email", "chat")]
    n_waiting, n_cops = draw(st.integers(0, most_waiting)), draw(st.integers(0, most_cops))
    facts = [
        HandleTimeFact(each.key, cop_id, draw(st.integers(0, 50)), draw(st.floats(3, 8)), draw(st.floats(0, 1)))
        for each, cop_id in draw(st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from(COP_IDS)), max_size=4))
    ]
    return Snapshot(
        at=NOON,
        conversations=tuple(draw(conversations(at)) for at in range(n_waiting)),
        cops=tuple(draw(cops(at, channels)) for at in range(n_cops)),
        issue_types=TYPES,
        handle_times=tuple(facts),
        parameters=draw(parameters()),
        steering=draw(st.one_of(st.none(), steerings())),
    )


def pair_values(snapshot):
    """Value before load of every pair no rule bars, pair by pair, from the checker alone."""
    problem, _ = encode(snapshot)
    values = {}
    for row in range(len(problem.conversations)):
        for cop in range(len(problem.cops)):
            cop_of = np.full(len(problem.conversations), -1, np.int64)
            cop_of[row] = cop
            value = array_checks.objective_of(problem, np.array([row]), np.array([cop]))
            if not array_checks.findings(problem, cop_of, value):
                values[row, cop] = value - int(load_cost(problem.cops.load[[cop]], problem.parameters)[0])
    return problem, values


def best_by_enumeration(snapshot, more=()):
    """The best objective; `more` are (row, cop, units) by which pairs are worth more than they are."""
    problem, values = pair_values(snapshot)
    for row, cop, units in more:
        values[row, cop] += units
    channel, n = problem.conversations.channel, len(problem.conversations)

    def best(row, free, held):
        if row == n:
            return 0
        result = best(row + 1, free, held)
        for cop in range(len(problem.cops)):
            slot = (cop, int(channel[row]))
            if (row, cop) in values and free[slot] > 0:
                loaded = int(load_cost(np.array([held[cop]]), problem.parameters)[0])
                rest = best(
                    row + 1,
                    {**free, slot: free[slot] - 1},
                    {**held, cop: held[cop] + 1},
                )
                result = max(result, values[row, cop] + loaded + rest)
        return result

    free = {(cop, ch): int(slots) for (cop, ch), slots in np.ndenumerate(problem.cops.free)}
    return best(0, free, dict(enumerate(problem.cops.load.tolist())))


def best_by_linear_programme(snapshot):
    """One variable a pair and one a unit of load: an integral polytope, so the relaxation is exact."""
    problem, values = pair_values(snapshot)
    units = [
        (cop, int(load_cost(problem.cops.load[[cop]] + extra, problem.parameters)[0]))
        for cop in range(len(problem.cops))
        for extra in range(int(problem.cops.free[cop].sum()))
    ]
    pairs = list(values)
    if not pairs:
        return 0
    columns = len(pairs) + len(units)
    rows, limits = [], []
    for row in range(len(problem.conversations)):
        rows.append([float(at < len(pairs) and pairs[at][0] == row) for at in range(columns)])
        limits.append(1)
    for (cop, ch), slots in np.ndenumerate(problem.cops.free):
        uses = [pair[1] == cop and problem.conversations.channel[pair[0]] == ch for pair in pairs]
        rows.append([*map(float, uses), *[0.0] * len(units)])
        limits.append(int(slots))
    for cop in range(len(problem.cops)):
        rows.append([float(pair[1] == cop) for pair in pairs] + [-float(unit[0] == cop) for unit in units])
        limits.append(0)
    gain = [values[pair] for pair in pairs] + [cost for _, cost in units]
    solved = linprog(-np.array(gain, float), np.array(rows), limits, bounds=(0, 1), method="highs")
    assert solved.success
    return round(-solved.fun)


def best_by_assignment(snapshot):
    """Every slot a column: exact where each COp has slots on one channel only."""
    problem, values = pair_values(snapshot)
    slots = [(cop, extra) for cop, row in enumerate(problem.cops.free) for extra in range(int(row.sum()))]
    gain = np.zeros((len(problem.conversations), len(slots)))
    for (row, cop), value in values.items():
        for at, (holder, extra) in enumerate(slots):
            if holder == cop:
                loaded = int(load_cost(problem.cops.load[[cop]] + extra, problem.parameters)[0])
                gain[row, at] = max(value + loaded, 0)
    return int(gain[linear_sum_assignment(gain, maximize=True)].sum()) if gain.size else 0


@SLOW
@given(snapshots(most_waiting=5, most_cops=3))
def test_no_assignment_at_all_is_worth_more_than_the_plan(snapshot):
    assert match(snapshot).objective == best_by_enumeration(snapshot)


@SLOW
@given(snapshots())
def test_aggregated_classes_reach_the_optimum_of_a_linear_programme_without_classes(snapshot):
    assert match(snapshot).objective == best_by_linear_programme(snapshot)


@SLOW
@given(snapshots(one_channel=True))
def test_the_plan_is_worth_as_much_as_scipys_assignment_on_slots(snapshot):
    assert match(snapshot).objective == best_by_assignment(snapshot)


@SLOW
@given(snapshots(most_waiting=20, most_cops=6))
def test_every_plan_is_optimal_by_choice_and_passes_the_check(snapshot):
    plan = match(snapshot)
    assert (plan.solver, plan.fallback_reason) == (SolverName.MIN_COST_FLOW, None)
    assert checks.findings(snapshot, plan) == []


@SLOW
@given(snapshots(most_waiting=20, most_cops=6))
def test_the_greedy_plan_is_sound_and_never_worth_more(snapshot):
    problem, _ = encode(snapshot)
    prepared = prepare(problem)
    greedy = baseline(prepared)
    assert array_checks.findings(problem, greedy.cop_of, greedy.objective, greedy.released) == []
    assert optimum(prepared).objective >= greedy.objective >= 0


@SLOW
@given(snapshots(most_waiting=20, most_cops=6))
def test_nobody_past_the_longest_hold_waits_while_somebody_who_could_serve_them_is_free(snapshot):
    for solver in (decision.solve_in_process, broken):
        plan = match(snapshot, solver=solver)
        by_id = {each.id: each for each in snapshot.conversations}
        left = {(cop.id, channel): slots for cop in snapshot.cops for channel, slots in cop.free.items()}
        for each in plan.assignments:
            left[each.cop_id, by_id[each.conversation_id].channel] -= 1
        for each in (by_id[each.conversation_id] for each in plan.unassigned):
            if each.fraud or each.vulnerable or each.waiting_seconds >= snapshot.parameters.longest_hold_seconds:
                able = [cop.id for cop in snapshot.cops if may_serve(snapshot, each, cop)]
                assert not any(left.get((cop_id, each.channel), 0) for cop_id in able)


def broken(network, time_limit_seconds):
    raise SolverError("broken")


@SLOW
@given(snapshots())
def test_arrays_and_snapshot_agree(snapshot):
    problem, _ = encode(snapshot)
    assert match_arrays(problem).decision.objective == match(snapshot).objective


@SLOW
@given(snapshots(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(snapshot, random):
    def shuffled(rows):
        return tuple(random.sample(rows, len(rows)))

    mixed = replace(
        snapshot,
        conversations=shuffled(snapshot.conversations),
        cops=shuffled(snapshot.cops),
        issue_types=shuffled(snapshot.issue_types),
    )
    assert match(mixed).assignments == match(snapshot).assignments


@SLOW
@given(snapshots(most_waiting=20, most_cops=6))
def test_the_residual_network_proves_the_flow_optimal(snapshot):
    tick = network.build(prepare(encode(snapshot)[0]))
    certify(tick.network, min_cost_flow.solve(tick.network))


@SLOW
@given(snapshots(most_waiting=20, most_cops=6))
def test_leaving_everybody_waiting_is_certified_only_where_it_is_optimal(snapshot):
    tick = network.build(prepare(encode(snapshot)[0]))
    idle = np.where(tick.network.head == tick.network.supply.size - 1, tick.network.capacity, 0)
    n_opt_out = tick.plain.size + tick.returning.size
    idle[tick.pair_arc.size + 2 * tick.returning.size + n_opt_out :] = 0
    if match(snapshot).objective > 0:
        with pytest.raises(SolverError, match="not the cheapest"):
            certify(tick.network, idle)
    else:
        certify(tick.network, idle)


@SLOW
@given(snapshots(), st.sampled_from(["skill0", "skill1", "skill2"]))
def test_the_price_of_a_skill_is_what_one_more_slot_of_it_saves(snapshot, skill):
    price = next(each for each in skill_prices(snapshot) if each.skill == skill)
    best = max(
        match(replace(snapshot, cops=(*snapshot.cops, newcomer(skill, channel)))).objective
        for channel in ("chat", "email")
    )
    assert price.price == best - match(snapshot).objective


def newcomer(skill, channel):
    """Somebody of typical pace with one free slot. Nobody's last COp, nothing known about them."""
    return CopState(
        id="newcomer",
        skills={skill: 1.0},
        languages={"en": 1.0, "fr": 1.0},
        markets=frozenset({"GB", "FR"}),
        free={channel: 1},
        load=0,
        available=True,
    )


@SLOW
@given(snapshots())
def test_the_reason_somebody_waits_is_true(snapshot):
    plan = match(snapshot)
    cops_by_id = {cop.id: cop for cop in snapshot.cops}
    by_id = {each.id: each for each in snapshot.conversations}
    left = {(cop.id, channel): slots for cop in snapshot.cops for channel, slots in cop.free.items()}
    for each in plan.assignments:
        left[each.cop_id, by_id[each.conversation_id].channel] -= 1
    for each in plan.unassigned:
        conversation = by_id[each.conversation_id]
        able = [cop_id for cop_id in cops_by_id if may_serve(snapshot, conversation, cops_by_id[cop_id])]
        before = [cops_by_id[cop_id].free.get(conversation.channel, 0) for cop_id in able]
        after = [left.get((cop_id, conversation.channel), 0) for cop_id in able]
        assert each.reason == expected_reason(able, before, after)


def may_serve(snapshot, conversation, cop):
    roomy = replace(cop, free={**cop.free, conversation.channel: 1})
    facts = rule_facts(snapshot, [(conversation, roomy)])
    return all(verdict[0] for verdict in verdicts(facts, snapshot.parameters).values())


def expected_reason(able, before, after):
    if not able:
        return WaitReason.NO_ELIGIBLE_COP
    if not any(before):
        return WaitReason.ALL_ELIGIBLE_FULL
    return WaitReason.HELD_BACK if any(after) else WaitReason.OUTRANKED


@SLOW
@given(snapshots(most_waiting=5, most_cops=3))
def test_the_runner_up_is_the_best_other_cop(snapshot):
    plan = match(snapshot)
    for each in plan.assignments:
        alternatives = explain(snapshot, plan, each.conversation_id).alternatives
        assert each.runner_up == ((alternatives[0].cop_id, alternatives[0].value) if alternatives else None)


@SLOW
@given(snapshots(most_waiting=4, most_cops=3))
def test_what_would_flip_an_assignment_is_the_loss_of_the_best_plan_without_it(snapshot):
    plan = match(snapshot)
    for each in plan.assignments:
        flip = explain(snapshot, plan, each.conversation_id).flip
        without = tuple(
            replace(c, excluded_cop_ids=c.excluded_cop_ids | {each.cop_id}) if c.id == each.conversation_id else c
            for c in snapshot.conversations
        )
        assert flip.loss == plan.objective - best_by_enumeration(replace(snapshot, conversations=without))


@SLOW
@given(snapshots(most_waiting=4, most_cops=3))
def test_what_would_serve_a_waiting_conversation_is_exactly_its_shortfall(snapshot):
    plan = match(snapshot)
    for each in plan.unassigned:
        flip = explain(snapshot, plan, each.conversation_id).flip
        if each.reason in (WaitReason.NO_ELIGIBLE_COP, WaitReason.ALL_ELIGIBLE_FULL):
            assert flip is None
        else:
            assert flip.loss == plan.objective - best_serving(snapshot, each.conversation_id) >= 0


def best_serving(snapshot, conversation_id):
    """The best plan in which the conversation is served, by trying each COp and enumerating the rest."""
    problem, values = pair_values(snapshot)
    ids = sorted(each.id for each in snapshot.conversations)
    row = ids.index(conversation_id)
    rest = tuple(each for each in snapshot.conversations if each.id != conversation_id)
    channel = next(each.channel for each in snapshot.conversations if each.id == conversation_id)
    results = []
    for (at, index), value in values.items():
        if at == row:
            ordered = sorted(snapshot.cops, key=lambda cop: cop.id)
            chosen = ordered[index]
            loaded = int(load_cost(np.array([chosen.load]), problem.parameters)[0])
            taken = replace(chosen, load=chosen.load + 1, free={**chosen.free, channel: chosen.free[channel] - 1})
            others = tuple(taken if cop is chosen else cop for cop in ordered)
            remaining = best_by_enumeration(replace(snapshot, conversations=rest, cops=others))
            results.append(value + loaded + remaining)
    return max(results)


@SLOW
@given(snapshots(most_waiting=5, most_cops=3))
def test_every_change_that_is_named_moves_the_conversation_when_it_is_made(snapshot):
    plan = match(snapshot)
    got = {each.conversation_id: each.cop_id for each in plan.assignments}
    for conversation in snapshot.conversations:
        explanation = explain(snapshot, plan, conversation.id)
        assert decide(snapshot, conversation.id) == got.get(conversation.id)
        for change in explanation.changes:
            assert change.then != got.get(conversation.id)
            if change.kind is ChangeKind.TERM:
                assert_worth_flips(snapshot, plan, conversation.id, change)
            else:
                again = match(changed(snapshot, conversation, change))
                now = {each.conversation_id: each.cop_id for each in again.assignments}
                assert now.get(conversation.id) == change.then


def assert_worth_flips(snapshot, plan, conversation_id, change):
    """With the term changed the best plan decides the other way, and with one unit less it need not."""
    row = sorted(each.id for each in snapshot.conversations).index(conversation_id)
    cop = sorted(each.id for each in snapshot.cops).index(change.cop_id)
    step = 1 if change.units > 0 else -1
    enough, not_enough = (
        best_by_enumeration(snapshot, [(row, cop, units)]) for units in (change.units, change.units - step)
    )
    if change.units > 0:
        assert (enough, not_enough) == (plan.objective + 1, plan.objective)
    else:
        # The best plan without the pair is worth `units - 1` less than the plan, and from now on more than with it.
        assert enough == not_enough == plan.objective + change.units + 1


def changed(snapshot, conversation, change):
    """What the change says, made by hand."""
    if change.kind is ChangeKind.WAIT:
        longer = replace(conversation, waiting_seconds=conversation.waiting_seconds + change.seconds)
        rows = tuple(longer if each.id == longer.id else each for each in snapshot.conversations)
        return replace(snapshot, conversations=rows)
    if change.rule is Rule.EXCLUDED:
        free = replace(conversation, excluded_cop_ids=conversation.excluded_cop_ids - {change.cop_id})
        rows = tuple(free if each.id == free.id else each for each in snapshot.conversations)
        return replace(snapshot, conversations=rows)
    cop = next(each for each in snapshot.cops if each.id == change.cop_id)
    able = {
        None: lambda: {"free": {**cop.free, conversation.channel: cop.free.get(conversation.channel, 0) + 1}},
        Rule.AVAILABLE: lambda: {"available": True},
        Rule.SHIFT: lambda: {"seconds_to_shift_end": None},
        Rule.MARKET: lambda: {"markets": cop.markets | {conversation.market}},
        Rule.LANGUAGE: lambda: {"languages": {**cop.languages, conversation.language: 1.0}},
        Rule.SKILL: lambda: {"skills": {**cop.skills, **{skill_of(key): 1.0 for key, _ in conversation.candidates}}},
    }[change.rule]()
    cops = tuple(replace(cop, **able) if each is cop else each for each in snapshot.cops)
    return replace(snapshot, cops=cops)


def skill_of(key):
    return next(each.skill for each in TYPES if each.key == key)
