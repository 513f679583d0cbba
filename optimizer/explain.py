"""Why this COp: the terms, the alternatives, who was barred by which rule, and what would change the answer."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from optimizer import costs, valuation
from optimizer.checks import rule_facts
from optimizer.composition import term_rows
from optimizer.costs import UNITS_PER_SECOND, Term
from optimizer.decision import optimum
from optimizer.encoding import Codes, encode
from optimizer.errors import SolverError
from optimizer.plan import CostTerm, Plan, PlannedAssignment, SolverName, WaitReason
from optimizer.prepared import Prepared, prepare
from optimizer.rules import Rule, verdicts
from optimizer.snapshot import Snapshot, WaitingConversation

SHOWN = 5
"""How many alternatives an explanation names."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A COp no rule bars, and what they would be worth for the conversation, given the rest of the plan.

    `slots_left` are their free slots on the channel once the plan is carried out.
    """

    cop_id: str
    value: int
    terms: tuple[CostTerm, ...]
    slots_left: int


@dataclass(frozen=True, slots=True)
class Barred:
    """A COp the rules keep from the conversation, and every rule that does."""

    cop_id: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Flip:
    """The best plan with the opposite answer, and what it costs, in units of 10 ms.

    For an assigned conversation: the best plan in which this COp does not get it (`cop_id` does, or nobody
    where it is None). For a waiting one: the best plan in which `cop_id` serves it.
    """

    cop_id: str | None
    loss: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a conversation went where it went; exactly one of `chosen` and `reason` is set.

    `flip` is None where no other answer exists or could be worked out, and for a greedy plan, which weighs
    no alternatives.
    """

    conversation_id: str
    chosen: PlannedAssignment | None
    reason: WaitReason | None
    alternatives: tuple[Alternative, ...]
    barred: tuple[Barred, ...]
    flip: Flip | None
    sentence: str


def explain(snapshot: Snapshot, plan: Plan, conversation_id: str) -> Explanation:
    """Explain one conversation of `plan`; raises `KeyError` where the plan does not know it.

    Solves once or twice more for `flip`, so it takes a few ticks' time.
    """
    chosen = next((each for each in plan.assignments if each.conversation_id == conversation_id), None)
    waiting = next((each for each in plan.unassigned if each.conversation_id == conversation_id), None)
    if chosen is None and waiting is None:
        raise KeyError(conversation_id)
    if waiting is not None and waiting.reason is WaitReason.UNREADABLE:
        return Explanation(conversation_id, None, waiting.reason, (), (), None, waiting.detail)
    conversation = next(each for each in snapshot.conversations if each.id == conversation_id)
    alternatives, barred = _everyone(snapshot, plan, conversation, chosen)
    flip = _flip(snapshot, plan, conversation, chosen) if plan.solver is SolverName.MIN_COST_FLOW else None
    reason = waiting.reason if waiting else None
    sentence = _sentence(plan.solver, chosen, reason, alternatives, flip)
    return Explanation(conversation_id, chosen, reason, alternatives[:SHOWN], barred, flip, sentence)


def _everyone(
    snapshot: Snapshot, plan: Plan, conversation: WaitingConversation, chosen: PlannedAssignment | None
) -> tuple[tuple[Alternative, ...], tuple[Barred, ...]]:
    """Every other COp: those who could take it, best first, and those who may not."""
    cops = sorted(snapshot.cops, key=lambda cop: cop.id)
    kept = verdicts(rule_facts(snapshot, [(conversation, cop) for cop in cops]), snapshot.parameters)
    barred, able = [], []
    for at, cop in enumerate(cops):
        broken = tuple(rule for rule, verdict in kept.items() if not verdict[at])
        if broken:
            barred.append(Barred(cop.id, broken))
        elif chosen is None or cop.id != chosen.cop_id:
            able.append(at)
    return _alternatives(snapshot, plan, conversation, able), tuple(barred)


def _alternatives(
    snapshot: Snapshot, plan: Plan, conversation: WaitingConversation, able: list[int]
) -> tuple[Alternative, ...]:
    prepared, codes, row = _prepared(snapshot, conversation)
    planned = Counter(each.cop_id for each in plan.assignments)
    channel_of = {each.id: each.channel for each in snapshot.conversations}
    taken = Counter(
        each.cop_id for each in plan.assignments if channel_of[each.conversation_id] == conversation.channel
    )
    cops = np.array(able, np.int64)
    rows = np.full(cops.size, row, np.int64)
    held = np.array([codes.cops[at].load + planned[codes.cops[at].id] for at in able], np.int64)
    quantities = valuation.pair_quantities(prepared.problem, prepared.tables, rows, cops)
    pairs = valuation.Pairs(rows, cops, held, np.zeros(cops.size, np.bool_))
    amounts = valuation.pair_terms(prepared.problem, quantities, pairs)
    terms = term_rows(prepared, quantities, pairs, [amounts[term] for term in Term])
    found = [
        Alternative(cop.id, sum(t.value for t in parts), parts, cop.free[conversation.channel] - taken[cop.id])
        for cop, parts in zip((codes.cops[at] for at in able), terms, strict=True)
    ]
    return tuple(sorted(found, key=lambda each: (-each.value, each.cop_id)))


def _prepared(snapshot: Snapshot, conversation: WaitingConversation) -> tuple[Prepared, Codes, int]:
    problem, codes = encode(snapshot)
    row = next(at for at, each in enumerate(codes.conversations) if each.id == conversation.id)
    return prepare(problem), codes, row


def _flip(
    snapshot: Snapshot, plan: Plan, conversation: WaitingConversation, chosen: PlannedAssignment | None
) -> Flip | None:
    try:
        if chosen is None:
            return _if_served(snapshot, plan, conversation)
        return _if_barred(snapshot, plan, conversation, chosen.cop_id)
    except SolverError:
        return None  # the question can be too large for exact arithmetic where the tick itself was not


def _if_barred(snapshot: Snapshot, plan: Plan, conversation: WaitingConversation, cop_id: str) -> Flip:
    barred = replace(conversation, excluded_cop_ids=conversation.excluded_cop_ids | {cop_id})
    others = tuple(barred if each.id == conversation.id else each for each in snapshot.conversations)
    prepared, codes, row = _prepared(replace(snapshot, conversations=others), conversation)
    decision = optimum(prepared)
    cop = int(decision.cop_of[row])
    return Flip(codes.cops[cop].id if cop >= 0 else None, plan.objective - decision.objective)


def _if_served(snapshot: Snapshot, plan: Plan, conversation: WaitingConversation) -> Flip | None:
    prepared, codes, row = _prepared(snapshot, conversation)
    # Made worth more than everything else together it is served in every optimum, if it can be at all; the
    # objective is still counted with its true urgency.
    urgent = prepared.urgency.copy()
    cops = prepared.problem.cops
    heaviest = np.array([cops.load.max(initial=0) + cops.free.sum()])
    most_load = -int(costs.load(heaviest, snapshot.parameters)[0]) * (1 + int(cops.free.sum()))
    urgent[row] = 1 + 2 * (np.abs(urgent).sum() + np.abs(prepared.arcs.worth).sum() + most_load)
    decision = optimum(replace(prepared, urgency=urgent))
    cop = int(decision.cop_of[row])
    return Flip(codes.cops[cop].id, plan.objective - decision.objective) if cop >= 0 else None


def _sentence(
    solver: SolverName,
    chosen: PlannedAssignment | None,
    reason: WaitReason | None,
    alternatives: tuple[Alternative, ...],
    flip: Flip | None,
) -> str:
    if chosen is None:
        return f"It waits: {reason.sentence if reason else ''}.{_price_of_serving(flip)}"
    rival = _rival(chosen, alternatives)
    if solver is SolverName.GREEDY:
        return f"COp {chosen.cop_id} gets it.{rival} The plan is greedy: the most urgent first, the best COp left."
    return f"COp {chosen.cop_id} gets it.{rival}{_price_of_losing(chosen, flip)}"


def _rival(chosen: PlannedAssignment, alternatives: tuple[Alternative, ...]) -> str:
    if not alternatives:
        return " No other COp can take it."
    best = alternatives[0]
    gap = (chosen.value - best.value) / UNITS_PER_SECOND
    if gap >= 0:
        return f" The next best for it, {best.cop_id}, would be worth {gap:.1f} s less."
    return f" {best.cop_id} would be worth {-gap:.1f} s more for it, but does more for others in this plan."


def _price_of_losing(chosen: PlannedAssignment, flip: Flip | None) -> str:
    if flip is None:
        return ""
    instead = f"COp {flip.cop_id} would take it" if flip.cop_id else "it would wait"
    seconds = flip.loss / UNITS_PER_SECOND
    return f" Were {chosen.cop_id} worth {seconds:.1f} s less for it, {instead}."


def _price_of_serving(flip: Flip | None) -> str:
    if flip is None:
        return ""
    seconds = flip.loss / UNITS_PER_SECOND
    return f" Were it worth {seconds:.1f} s more, COp {flip.cop_id} would take it."
