"""Every COp for one conversation: what they would be worth for it, and what stands in their way."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from optimizer import valuation
from optimizer.composition import term_rows
from optimizer.costs import Term
from optimizer.encoding import Codes, encode
from optimizer.pair_facts import rule_facts
from optimizer.plan import CostTerm, Plan
from optimizer.prepared import Prepared, prepare
from optimizer.problem import Indices
from optimizer.rules import Rule, verdicts
from optimizer.side.practised import Due
from optimizer.snapshot import Snapshot, WaitingConversation


@dataclass(frozen=True, slots=True)
class Rival:
    """A COp and what they would be worth for the conversation, given the rest of the plan.

    `broken` are the rules that bar them; `slots_left` their free slots on its channel once the plan is carried out;
    `given` the conversations that take the others.
    """

    cop_id: str
    value: int
    terms: tuple[CostTerm, ...]
    slots_left: int
    broken: tuple[Rule, ...]
    given: tuple[str, ...]


def rivals(snapshot: Snapshot, plan: Plan, conversation: WaitingConversation) -> tuple[Rival, ...]:
    """Every COp of the snapshot, best first; ties to the lower id."""
    problem, codes = encode(snapshot)
    row = next(at for at, each in enumerate(codes.conversations) if each.id == conversation.id)
    prepared = prepare(problem)
    terms = _terms(prepared, row, _held(plan, codes), Due(problem, _cop_of(plan, codes)))
    kept = verdicts(rule_facts(snapshot, [(conversation, cop) for cop in codes.cops]), snapshot.parameters)
    given = _given(snapshot, plan, conversation.channel)
    found = []
    for at, (cop, parts) in enumerate(zip(codes.cops, terms, strict=True)):
        broken = tuple(rule for rule, verdict in kept.items() if not verdict[at])
        taken = given.get(cop.id, ())
        left = cop.free.get(conversation.channel, 0) - len(taken)
        found.append(Rival(cop.id, sum(term.value for term in parts), parts, left, broken, taken))
    return tuple(sorted(found, key=lambda each: (-each.value, each.cop_id)))


def _held(plan: Plan, codes: Codes) -> Indices:
    planned = Counter(each.cop_id for each in plan.assignments)
    return np.array([cop.load + planned[cop.id] for cop in codes.cops], np.int64)


def _cop_of(plan: Plan, codes: Codes) -> Indices:
    cop_at = {cop.id: at for at, cop in enumerate(codes.cops)}
    given = {each.conversation_id: cop_at[each.cop_id] for each in plan.assignments}
    return np.array([given.get(each.id, -1) for each in codes.conversations], np.int64)


def _terms(prepared: Prepared, row: int, held: Indices, due: Due) -> list[tuple[CostTerm, ...]]:
    cops = np.arange(len(prepared.problem.cops))
    rows = np.full(cops.size, row, np.int64)
    quantities = valuation.pair_quantities(prepared.problem, prepared.tables, rows, cops)
    pairs = valuation.Pairs(rows, cops, held, np.zeros(cops.size, np.bool_), due.fills(row, cops))
    amounts = valuation.pair_terms(prepared.problem, quantities, pairs)
    return term_rows(prepared, quantities, pairs, [amounts[term] for term in Term])


def _given(snapshot: Snapshot, plan: Plan, channel: str) -> dict[str, tuple[str, ...]]:
    channel_of = {each.id: each.channel for each in snapshot.conversations}
    given: dict[str, tuple[str, ...]] = {}
    for each in plan.assignments:
        if channel_of[each.conversation_id] == channel:
            given[each.cop_id] = (*given.get(each.cop_id, ()), each.conversation_id)
    return given
