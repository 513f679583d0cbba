"""The checker's terms: what each assignment's terms are worth, worked out pair by pair from the snapshot itself."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer import costs, handle_time
from optimizer.costs import Term
from optimizer.fact_table import columns_of
from optimizer.pair_facts import Pair, rule_facts
from optimizer.plan import PlannedAssignment
from optimizer.snapshot import CopState, IssueTypeFacts, Snapshot
from optimizer.steering import UNKNOWN_PRICE, Steering

_OF_THE_WHOLE = (Term.PRACTICE, Term.LOAD, Term.RELEASE)
"""Terms that depend on the rest of the plan, each checked by itself."""


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
    usual: float


def wrong_terms(snapshot: Snapshot, assignments: Sequence[PlannedAssignment], pairs: Sequence[Pair]) -> Iterator[str]:
    """Every term is worth what its own function says, but for those that depend on the rest of the plan."""
    actual = _terms(snapshot, pairs)
    for at, assignment in enumerate(assignments):
        claimed = {term.name: term.value for term in assignment.terms if term.name not in _OF_THE_WHOLE}
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
        Term.HANDLE_TIME: costs.handle_time(expected, typical, p, steering)
        + costs.brevity(typical, times[0].usual if times else 0.0, p, steering),
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
    usual = handle_time.usual_seconds(np.array(list(typical.values())))
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
        result.append(_Times(*[*times, usual]))
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
    facts = columns_of(snapshot.handle_times).arrays(type_at, cop_at)
    model = handle_time.fit(stated, len(cop_at), facts, snapshot.parameters)
    typical = dict(zip(type_at, handle_time.typical_seconds(model).tolist(), strict=True))
    wanted = sorted({(key, cop.id) for c, cop in pairs for key, _ in c.candidates})
    predicted = handle_time.predict(
        model,
        np.array([type_at[key] for key, _ in wanted], np.int64),
        np.array([cop_at[cop_id] for _, cop_id in wanted], np.int64),
    )
    return typical, dict(zip(wanted, predicted.mean_seconds.tolist(), strict=True))
