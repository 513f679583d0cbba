"""From a decision's indices to a plan in names, every assignment with its terms in words."""

from collections.abc import Sequence

import numpy as np

from optimizer.costs import UNIT, Term
from optimizer.decision import WAIT_REASONS, Decision
from optimizer.encoding import Codes
from optimizer.plan import (
    CostTerm,
    FallbackReason,
    Obstacle,
    PassedOver,
    Plan,
    PlannedAssignment,
    PlanStats,
    Unassigned,
    WaitReason,
)
from optimizer.prepared import Prepared
from optimizer.problem import Indices, Problem
from optimizer.side.practised import Due, practice_notes, practice_of
from optimizer.valuation import PairQuantities, Pairs, pair_quantities, pair_terms


def compose(
    prepared: Prepared, codes: Codes, decision: Decision, fallback: tuple[FallbackReason, str] | None = None
) -> Plan:
    """The plan of `decision`; `fallback` says why it is the greedy one."""
    return Plan(
        assignments=_assignments(prepared, codes, decision),
        unassigned=_unassigned(codes, decision),
        solver=decision.solver,
        fallback_reason=fallback[0] if fallback else None,
        objective=decision.objective,
        stats=_stats(prepared, decision),
        fallback_detail=fallback[1] if fallback else "",
        priced=prepared.problem.steering is not None,
        gap=decision.gap,
    )


def term_rows(
    prepared: Prepared,
    quantities: PairQuantities,
    pairs: Pairs,
    decided: Sequence[Indices],
) -> list[tuple[CostTerm, ...]]:
    """One row of terms a pair; `decided` are the terms in `Term` order. Practice is one only where somebody learns."""
    notes = _notes(prepared.problem, quantities, pairs)
    learns = practice_of(prepared.problem) is not None
    columns = [
        [CostTerm(term, value, UNIT, note) for value, note in zip(values.tolist(), texts, strict=True)]
        for term, values, texts in zip(Term, decided, notes, strict=True)
        if learns or term is not Term.PRACTICE
    ]
    return list(zip(*columns, strict=True))


def _assignments(prepared: Prepared, codes: Codes, d: Decision) -> tuple[PlannedAssignment, ...]:
    quantities = pair_quantities(prepared.problem, prepared.tables, d.rows, d.cops)
    pairs = Pairs(d.rows, d.cops, d.held, d.released, d.practice)
    terms = term_rows(prepared, quantities, pairs, [d.terms[term] for term in Term])
    columns = zip(
        *(d.rows.tolist(), d.cops.tolist(), terms, d.value.tolist()),
        *(_runners_up(prepared, codes, d), _passed_over(codes, d)),
        strict=True,
    )
    return tuple(
        PlannedAssignment(codes.conversations[row].id, codes.cops[cop].id, parts, value, rival[0], rival[1], ahead)
        for row, cop, parts, value, rival, ahead in columns
    )


def _runners_up(
    prepared: Prepared, codes: Codes, d: Decision
) -> list[tuple[tuple[str, int] | None, tuple[CostTerm, ...]]]:
    """For each assignment, the next best COp with their worth, and the terms of it."""
    second, found = d.runners_up, np.flatnonzero(d.runners_up.cop >= 0)
    rows, cops, held = d.rows[found], second.cop[found], second.held[found]
    quantities = pair_quantities(prepared.problem, prepared.tables, rows, cops)
    due = Due(prepared.problem, d.cop_of).fills_of_pairs(rows, cops)
    pairs = Pairs(rows, cops, held, np.zeros(found.size, np.bool_), due)
    amounts = pair_terms(prepared.problem, quantities, pairs)
    terms = term_rows(prepared, quantities, pairs, [amounts[term] for term in Term])
    result: list[tuple[tuple[str, int] | None, tuple[CostTerm, ...]]] = [(None, ())] * d.rows.size
    for at, cop, value, parts in zip(found.tolist(), cops.tolist(), second.value[found].tolist(), terms, strict=True):
        result[at] = ((codes.cops[cop].id, value), parts)
    return result


def _passed_over(codes: Codes, d: Decision) -> list[PassedOver | None]:
    second = d.runners_up
    columns = zip(second.ahead.tolist(), second.ahead_value.tolist(), second.ahead_full.tolist(), strict=True)
    return [
        PassedOver(codes.cops[cop].id, value, Obstacle.FULL if full else Obstacle.ELSEWHERE) if cop >= 0 else None
        for cop, value, full in columns
    ]


def _unassigned(codes: Codes, decision: Decision) -> tuple[Unassigned, ...]:
    waiting = [
        Unassigned(conversation.id, WAIT_REASONS[reason])
        for conversation, reason in zip(codes.conversations, decision.reason.tolist(), strict=True)
        if reason >= 0
    ]
    unreadable = [Unassigned(each.conversation_id, WaitReason.UNREADABLE, str(each.fault)) for each in codes.unreadable]
    return tuple(waiting + unreadable)


def _stats(prepared: Prepared, d: Decision) -> PlanStats:
    problem = prepared.problem
    return PlanStats(
        n_conversations=len(problem.conversations),
        n_cops=len(problem.cops),
        n_classes=d.n_classes,
        n_arcs=d.n_arcs,
        build_ms=d.build_ms,
        solve_ms=d.solve_ms,
        check_ms=0.0,
    )


def _notes(problem: Problem, q: PairQuantities, pairs: Pairs) -> list[list[str]]:
    """For each term, in `Term` order, one sentence a pair."""
    c, rows, cops = problem.conversations, pairs.rows, pairs.cops
    waited, target = c.waiting_seconds[rows].tolist(), c.target_seconds[rows].tolist()
    expected, typical = q.expected_seconds.tolist(), q.typical_seconds.tolist()
    is_last = (c.last_cop[rows] == cops).tolist()
    return [
        [
            f"priority {p}, waited {w:.0f} s of a {t:.0f} s target"
            for p, w, t in zip(c.priority[rows].tolist(), waited, target, strict=True)
        ],
        [
            f"expected {e:.0f} s, typical {t:.0f} s, usual {q.usual_seconds:.0f} s"
            for e, t in zip(expected, typical, strict=True)
        ],
        _price_notes(problem, q, cops),
        _reserve_notes(problem, cops),
        [f"{share:.1%} would leave before the next chance" for share in q.lost_share.tolist()],
        [f"{seconds:.0f} s at risk of being done again" for seconds in q.repeated_seconds.tolist()],
        [f"able with probability {covered:.2f}" for covered in q.covered_probability.tolist()],
        [
            f"software, expected to cost {seconds:.0f} s more than a COp's usual work" if seconds else "a person"
            for seconds in q.attempt_seconds.tolist()
        ],
        [f"language proficiency {value:.2f}" for value in q.language_proficiency.tolist()],
        [
            f"shift ends in {end:.0f} s" if end < float("inf") else "no end of shift known"
            for end in q.seconds_to_shift_end.tolist()
        ],
        ["helped this customer last time" if known else "new to this conversation" for known in is_last],
        practice_notes(problem, rows, cops, pairs.practice),
        [f"holds {units} already" for units in pairs.held.tolist()],
        [f"may be held back {problem.parameters.longest_hold_seconds:.0f} s" for _ in is_last],
    ]


def _price_notes(problem: Problem, q: PairQuantities, cops: Indices) -> list[str]:
    if problem.steering is None:
        return ["no prices known"] * cops.size
    rows = zip(
        problem.steering.cop_price[cops].tolist(),
        q.priced_seconds.tolist(),
        q.cheapest_seconds.tolist(),
        strict=True,
    )
    return [f"a second is worth {z:.2f}, in all {all_:.0f} s; {least:.0f} s are let off" for z, all_, least in rows]


def _reserve_notes(problem: Problem, cops: Indices) -> list[str]:
    if problem.steering is None:
        return ["no prices known"] * cops.size
    kept = problem.steering.reserve_of(cops).tolist()
    return [f"the fast lane may lose {seconds:.0f} s by a slot of theirs being taken" for seconds in kept]
