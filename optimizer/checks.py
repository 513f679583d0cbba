"""The executable specification: does a plan keep every hard rule, and is it worth what it claims?

Written as loops over the snapshot itself. It shares the rules and the cost terms with the solver, by name, and
nothing else: no classes, no arcs, no network.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from optimizer import costs, rules
from optimizer.costs import Term
from optimizer.pair_facts import Pair, rule_facts
from optimizer.plan import Plan, PlannedAssignment, WaitReason
from optimizer.practice_checks import wrong_practice
from optimizer.side.limit import COUNTS_FROM, TOLERANCE, Limit
from optimizer.snapshot import Snapshot, WaitingConversation
from optimizer.term_checks import wrong_terms

MOST_HELD_NAMED = 10
"""One breach is enough to refuse a plan."""


def findings(snapshot: Snapshot, plan: Plan) -> list[str]:
    """Everything wrong with `plan` for `snapshot`, one sentence each; empty when it is sound."""
    found = list(_structure(snapshot, plan))
    if found:
        return found
    conversations = {each.id: each for each in snapshot.conversations}
    cops = {each.id: each for each in snapshot.cops}
    pairs = [(conversations[each.conversation_id], cops[each.cop_id]) for each in plan.assignments]
    return [
        *_broken_rules(snapshot, pairs),
        *_overfull(pairs),
        *_over_limits(snapshot, pairs),
        *wrong_terms(snapshot, plan.assignments, pairs),
        *_wrong_loads(snapshot, plan.assignments, pairs),
        *wrong_practice(snapshot, plan.assignments),
        *_wrongly_released(snapshot, plan, pairs),
        *_held_too_long(snapshot, plan),
        *_wrong_sums(plan),
    ]


def _structure(snapshot: Snapshot, plan: Plan) -> Iterator[str]:
    """Every conversation appears exactly once, and every name is known."""
    known = {each.id for each in snapshot.conversations}
    cops = {each.id for each in snapshot.cops}
    placed = Counter(each.conversation_id for each in plan.assignments)
    placed.update(each.conversation_id for each in plan.unassigned)
    for conversation_id, count in placed.items():
        if conversation_id not in known:
            yield f"conversation {conversation_id} is not in the snapshot"
        elif count > 1:
            yield f"conversation {conversation_id} appears {count} times"
    for conversation_id in sorted(known - placed.keys()):
        yield f"conversation {conversation_id} is missing"
    for each in plan.assignments:
        if each.cop_id not in cops:
            yield f"COp {each.cop_id} is not in the snapshot"


def _broken_rules(snapshot: Snapshot, pairs: Sequence[Pair]) -> Iterator[str]:
    verdicts = rules.verdicts(rule_facts(snapshot, pairs), snapshot.parameters)
    for rule, kept in verdicts.items():
        for at in np.flatnonzero(~kept):
            conversation, cop = pairs[int(at)]
            yield f"conversation {conversation.id} with COp {cop.id} breaks the rule {rule}"


def _overfull(pairs: Sequence[Pair]) -> Iterator[str]:
    given = Counter((cop.id, c.channel) for c, cop in pairs)
    free = {(cop.id, c.channel): cop.free.get(c.channel, 0) for c, cop in pairs}
    for (cop_id, channel), count in given.items():
        if count > free[cop_id, channel]:
            yield f"COp {cop_id} is given {count} on {channel} and has {free[cop_id, channel]} free"


def _over_limits(snapshot: Snapshot, pairs: Sequence[Pair]) -> Iterator[str]:
    for limit in snapshot.limits:
        given = sum(cop.id in limit.cop_ids and counts(limit, c) for c, cop in pairs)
        if given > limit.most:
            yield f"the limit {limit.name} allows {limit.most} and is given {given}"


def counts(limit: Limit, c: WaitingConversation) -> bool:
    """Whether a limit counts a conversation, for the COps it names."""
    if limit.spares_fast_lane and (c.fraud or c.vulnerable):
        return False
    if limit.issue_types is None:
        return True
    return c.likely(limit.issue_types) >= COUNTS_FROM - TOLERANCE


def _wrong_loads(snapshot: Snapshot, assignments: Sequence[PlannedAssignment], pairs: Sequence[Pair]) -> Iterator[str]:
    """The loads charged to a COp are those of one unit after another, in whatever order."""
    charged: dict[str, list[int]] = {}
    for assignment in assignments:
        loads = [term.value for term in assignment.terms if term.name == Term.LOAD]
        charged.setdefault(assignment.cop_id, []).extend(loads)
    given = Counter(cop.id for _, cop in pairs)
    for cop in {cop.id: cop for _, cop in pairs}.values():
        held = np.arange(cop.load, cop.load + given[cop.id])
        expected = sorted(costs.load(held, snapshot.parameters).tolist())
        if sorted(charged[cop.id]) != expected:
            yield f"COp {cop.id} is charged loads {sorted(charged[cop.id])}; they are {expected}"


def _wrongly_released(snapshot: Snapshot, plan: Plan, pairs: Sequence[Pair]) -> Iterator[str]:
    """Only those past the longest hold are given a COp at whatever cost, and such a pair is worth nothing."""
    late = _past_hold(snapshot, [c for c, _ in pairs])
    for each, is_late in zip(plan.assignments, late, strict=True):
        released = [term.value for term in each.terms if term.name == Term.RELEASE]
        waived = sum(released)
        if len(released) != 1:
            yield f"conversation {each.conversation_id} says {len(released)} times what is waived"
        elif waived and not (is_late and each.value == 0):
            yield f"conversation {each.conversation_id} has {waived} waived and is not held back too long"


def _held_too_long(snapshot: Snapshot, plan: Plan) -> Iterator[str]:
    """Nobody past the longest hold waits while a COp who could serve them has a slot left."""
    by_id = {each.id: each for each in snapshot.conversations}
    given = Counter((each.cop_id, by_id[each.conversation_id].channel) for each in plan.assignments)
    waiting = [by_id[each.conversation_id] for each in plan.unassigned if each.reason is WaitReason.HELD_BACK]
    late = [c for c, is_late in zip(waiting, _past_hold(snapshot, waiting), strict=True) if is_late]
    for c in late[:MOST_HELD_NAMED]:
        idle = [cop for cop in snapshot.cops if cop.free.get(c.channel, 0) > given[cop.id, c.channel]]
        kept = rules.verdicts(rule_facts(snapshot, [(c, cop) for cop in idle]), snapshot.parameters)
        if np.all(list(kept.values()), axis=0).any():
            yield f"conversation {c.id} is held back past the longest hold while a COp is free"


def _past_hold(snapshot: Snapshot, waiting: Sequence[WaitingConversation]) -> rules.Flags:
    return rules.is_past_hold(
        np.array([c.waiting_seconds for c in waiting], np.float64),
        np.array([c.vulnerable for c in waiting], np.bool_),
        np.array([c.fraud for c in waiting], np.bool_),
        snapshot.parameters,
    )


def _wrong_sums(plan: Plan) -> Iterator[str]:
    for each in plan.assignments:
        actual = sum(term.value for term in each.terms)
        if actual != each.value:
            yield f"conversation {each.conversation_id} claims a value of {each.value}; its terms sum to {actual}"
    actual = sum(each.value for each in plan.assignments)
    if actual != plan.objective:
        yield f"the plan claims an objective of {plan.objective}; it is {actual}"
