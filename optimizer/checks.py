"""The executable specification: does a plan keep every hard rule, and is it worth what it claims?

Written as loops over the snapshot itself. It shares the rules and the cost terms with the solver, by name, and
nothing else: no classes, no arcs, no network.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer import costs, handle_time, rules
from optimizer.costs import Term
from optimizer.plan import Plan, PlannedAssignment, WaitReason
from optimizer.problem import HandleTimeArrays
from optimizer.rules import RuleFacts
from optimizer.side.limit import COUNTS_FROM, TOLERANCE, Limit
from optimizer.snapshot import CopState, IssueTypeFacts, Snapshot, WaitingConversation
from optimizer.steering import UNKNOWN_PRICE, Steering

MOST_HELD_NAMED = 10
"""One breach is enough to refuse a plan."""

Pair = tuple[WaitingConversation, CopState]


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
        *_wrong_terms(snapshot, plan.assignments, pairs),
        *_wrong_loads(snapshot, plan.assignments, pairs),
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


def rule_facts(snapshot: Snapshot, pairs: Sequence[Pair]) -> RuleFacts:
    """What the rules ask of each (conversation, COp) pair, read straight from the snapshot."""
    skill = {each.key: each.skill for each in snapshot.issue_types}
    usual = snapshot.parameters.min_proficiency
    ends = [np.inf if cop.seconds_to_shift_end is None else cop.seconds_to_shift_end for _, cop in pairs]
    return RuleFacts(
        available=np.array([cop.available for _, cop in pairs], np.bool_),
        seconds_to_shift_end=np.array(ends, np.float64),
        serves_market=np.array([c.market in cop.markets for c, cop in pairs], np.bool_),
        language_proficiency=np.array([cop.languages.get(c.language, 0.0) for c, cop in pairs], np.float64),
        covered_probability=np.array([_covered(c, cop, skill, usual) for c, cop in pairs], np.float64),
        reached_probability=np.array([_covered(c, cop, skill, _least(c, usual)) for c, cop in pairs], np.float64),
        excluded=np.array([cop.id in c.excluded_cop_ids for c, cop in pairs], np.bool_),
        forbidden=np.array([cop.id in c.forbidden_cop_ids for c, cop in pairs], np.bool_),
        free=np.array([cop.free.get(c.channel, 0) for c, cop in pairs], np.int64),
    )


def _least(c: WaitingConversation, usual: float) -> float:
    return usual if c.least_proficiency is None else c.least_proficiency


def _covered(c: WaitingConversation, cop: CopState, skill: dict[str, str], least: float) -> float:
    able = 0.0
    for key, probability in c.candidates:
        if cop.skills.get(skill[key], 0.0) >= least:
            able += probability
    return able / math.fsum(probability for _, probability in c.candidates)


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
    likely = math.fsum(probability for key, probability in c.candidates if key in limit.issue_types)
    return likely / math.fsum(probability for _, probability in c.candidates) >= COUNTS_FROM - TOLERANCE


@dataclass(frozen=True, slots=True)
class _Times:
    """Seconds, of one pair."""

    expected: float
    typical: float
    priced: float
    cheapest: float
    lost: float
    repeated: float
    attempt: float


def _wrong_terms(snapshot: Snapshot, assignments: Sequence[PlannedAssignment], pairs: Sequence[Pair]) -> Iterator[str]:
    """Every term is worth what its own function says, but for those that depend on the rest of the plan."""
    actual = _terms(snapshot, pairs)
    for at, assignment in enumerate(assignments):
        claimed = {term.name: term.value for term in assignment.terms if term.name not in (Term.LOAD, Term.RELEASE)}
        expected = {term: int(values[at]) for term, values in actual.items()}
        if claimed != expected:
            yield f"conversation {assignment.conversation_id} claims {claimed}; it is {expected}"


def _terms(snapshot: Snapshot, pairs: Sequence[Pair]) -> dict[Term, costs.Indices]:
    p, times, steering = snapshot.parameters, _pair_times(snapshot, pairs), _steering(snapshot)
    conversations = [c for c, _ in pairs]
    expected = np.array([t.expected for t in times], np.float64)
    typical = np.array([t.typical for t in times], np.float64)
    facts = rule_facts(snapshot, pairs)
    return {
        Term.URGENCY: costs.urgency(
            costs.weight(
                np.array([c.priority for c in conversations], np.int64),
                np.array([c.vulnerable for c in conversations], np.bool_),
                np.array([c.fraud for c in conversations], np.bool_),
                p,
            ),
            np.array([c.waiting_seconds / c.target_seconds for c in conversations], np.float64),
            p,
            steering,
        ),
        Term.HANDLE_TIME: costs.handle_time(expected, typical, p, steering),
        Term.PRICE: costs.price(
            np.array([t.priced for t in times], np.float64),
            np.array([t.cheapest for t in times], np.float64),
            p,
            steering,
        ),
        Term.RESERVE: costs.reserve(_reserves(snapshot, [cop.id for _, cop in pairs]), p, steering),
        Term.CHANCE: costs.chance(np.array([t.lost for t in times], np.float64), p, steering),
        Term.PROFICIENCY: costs.proficiency(np.array([t.repeated for t in times], np.float64), p),
        Term.TRANSFER: costs.transfer(facts.covered_probability, p),
        Term.ATTEMPT: costs.attempt(np.array([t.attempt for t in times], np.float64)),
        Term.LANGUAGE: costs.language(facts.language_proficiency, p),
        Term.SHIFT: costs.shift(expected, facts.seconds_to_shift_end, p),
        Term.AFFINITY: costs.affinity(np.array([c.last_cop_id == cop.id for c, cop in pairs], np.bool_), p),
    }


def _pair_times(snapshot: Snapshot, pairs: Sequence[Pair]) -> list[_Times]:
    types = {each.key: each for each in snapshot.issue_types}
    typical, expected = _handle_times(snapshot, pairs)
    result = []
    for c, cop in pairs:
        total = math.fsum(probability for _, probability in c.candidates)
        times = [0.0] * 7
        for key, probability in sorted(c.candidates):
            share = probability / total if len(c.candidates) > 1 else 1.0
            lacking = 1 - cop.skills.get(types[key].skill, 0.0)
            times[0] += share * expected[key, cop.id]
            times[1] += share * typical[key]
            times[2] += share * _priced(snapshot, cop, expected[key, cop.id])
            times[3] += share * _cheapest(snapshot, (key, c.market, c.language), typical[key])
            times[4] += share * _lost(snapshot, (key, c.market, c.language))
            times[5] += share * (lacking * typical[key])
            times[6] += share * cop.attempt_seconds.get(key, 0.0)
        result.append(_Times(*times))
    return result


def _steering(snapshot: Snapshot) -> Steering | None:
    """What every pair's terms need of the prices, without the prices themselves."""
    facts = snapshot.steering
    if facts is None:
        return None
    return Steering(np.zeros(0), np.zeros((0, 0, 0)), facts.occupancy, facts.trust, facts.version)


def _priced(snapshot: Snapshot, cop: CopState, expected: float) -> float:
    facts = snapshot.steering
    return 0.0 if facts is None else facts.cop_prices.get(cop.id, UNKNOWN_PRICE) * expected


def _cheapest(snapshot: Snapshot, place: tuple[str, str, str], typical: float) -> float:
    facts = snapshot.steering
    return 0.0 if facts is None else facts.cheapest.get(place, UNKNOWN_PRICE * typical)


def _lost(snapshot: Snapshot, place: tuple[str, str, str]) -> float:
    between = 0.0 if snapshot.steering is None else snapshot.steering.seconds_between.get(place, 0.0)
    return float(costs.lost_by_waiting(np.array(between), snapshot.parameters))


def _reserves(snapshot: Snapshot, cop_ids: Sequence[str]) -> costs.Floats:
    facts = snapshot.steering
    return np.array([facts.cop_reserves.get(each, 0.0) if facts else 0.0 for each in cop_ids], np.float64)


def _handle_times(snapshot: Snapshot, pairs: Sequence[Pair]) -> tuple[dict[str, float], dict[tuple[str, str], float]]:
    """Typical seconds by issue type, expected seconds by (issue type, COp), for the pairs at hand."""
    types: list[IssueTypeFacts] = sorted(snapshot.issue_types, key=lambda each: each.key)
    type_at = {each.key: at for at, each in enumerate(types)}
    cop_at = {each: at for at, each in enumerate(sorted(cop.id for cop in snapshot.cops))}
    stated = np.array([each.handle_time_seconds for each in types], np.float64)
    facts = _facts(snapshot, type_at, cop_at)
    model = handle_time.fit(stated, len(cop_at), facts, snapshot.parameters)
    typical = dict(zip(type_at, handle_time.typical_seconds(model).tolist(), strict=True))
    wanted = sorted({(key, cop.id) for c, cop in pairs for key, _ in c.candidates})
    predicted = handle_time.predict(
        model,
        np.array([type_at[key] for key, _ in wanted], np.int64),
        np.array([cop_at[cop_id] for _, cop_id in wanted], np.int64),
    )
    return typical, dict(zip(wanted, predicted.mean_seconds.tolist(), strict=True))


def _facts(snapshot: Snapshot, type_at: dict[str, int], cop_at: dict[str, int]) -> HandleTimeArrays:
    facts = [fact for fact in snapshot.handle_times if fact.issue_type in type_at]
    facts.sort(key=lambda fact: (fact.issue_type, fact.cop_id))
    return HandleTimeArrays(
        issue_type=np.array([type_at[fact.issue_type] for fact in facts], np.int64),
        cop=np.array([cop_at.get(fact.cop_id, -1) for fact in facts], np.int64),
        count=np.array([fact.count for fact in facts], np.float64),
        mean_log=np.array([fact.mean_log_seconds for fact in facts], np.float64),
        var_log=np.array([fact.var_log_seconds for fact in facts], np.float64),
    )


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
