"""On random snapshots: prices, reasons, runners-up and named changes say what solving it the other way shows."""

from dataclasses import replace

import numpy as np
from drawn_snapshots import SLOW, TYPES, snapshots
from hypothesis import given
from hypothesis import strategies as st
from plain_solvers import best_by_enumeration, may_serve, pair_values

from optimizer.costs import load as load_cost
from optimizer.counterfactual import ChangeKind, decide
from optimizer.explain import explain
from optimizer.matching import match
from optimizer.plan import WaitReason
from optimizer.prices import skill_prices
from optimizer.rules import Rule
from optimizer.snapshot import CopState


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
