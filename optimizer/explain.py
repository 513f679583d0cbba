"""Why this COp: the terms, the alternatives, who was barred by which rule, and what would change the answer."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimizer import costs
from optimizer.costs import UNITS_PER_SECOND, Term
from optimizer.counterfactual import WAIVABLE, Change, ChangeKind, longer_wait, tried
from optimizer.decision import optimum
from optimizer.encoding import Codes, encode
from optimizer.errors import SolverError
from optimizer.plan import CostTerm, Obstacle, Plan, PlannedAssignment, SolverName, WaitReason
from optimizer.prepared import Prepared, prepare
from optimizer.rivals import Rival, rivals
from optimizer.rules import Rule
from optimizer.snapshot import Snapshot, WaitingConversation

SHOWN = 5
"""How many alternatives, and how many who would have been better, an explanation names."""

TRIED = 3
"""How many COps' slots, and how many barred COps' rules, are tried out."""


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
class Better:
    """A COp worth `value` for the conversation, more than what it got, and what stood in the way.

    `rules` that bar them, or, where they are full or their slots went elsewhere, `given`: to whom.
    """

    cop_id: str
    value: int
    obstacle: Obstacle
    rules: tuple[Rule, ...]
    given: tuple[str, ...]


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

    `decided_by` is the term that speaks most for the chosen COp against the next best. `better` are those who would
    have been worth more, best first. `flip` is None where no other answer exists or could be worked out, and for a
    greedy plan, which weighs no alternatives; `changes` are single changes each of which, tried out, moves it.
    """

    conversation_id: str
    chosen: PlannedAssignment | None
    reason: WaitReason | None
    alternatives: tuple[Alternative, ...]
    barred: tuple[Barred, ...]
    flip: Flip | None
    sentence: str
    decided_by: Term | None = None
    better: tuple[Better, ...] = ()
    changes: tuple[Change, ...] = ()


def explain(snapshot: Snapshot, plan: Plan, conversation_id: str) -> Explanation:
    """Explain one conversation of `plan`; raises `KeyError` where the plan does not know it.

    Solves several times more to try out what would change it, so it takes some ticks' time.
    """
    chosen = next((each for each in plan.assignments if each.conversation_id == conversation_id), None)
    waiting = next((each for each in plan.unassigned if each.conversation_id == conversation_id), None)
    if chosen is None and waiting is None:
        raise KeyError(conversation_id)
    if waiting is not None and waiting.reason is WaitReason.UNREADABLE:
        return Explanation(conversation_id, None, waiting.reason, (), (), None, waiting.detail)
    conversation = next(each for each in snapshot.conversations if each.id == conversation_id)
    everyone = [each for each in rivals(snapshot, plan, conversation) if chosen is None or each.cop_id != chosen.cop_id]
    alternatives = tuple(Alternative(r.cop_id, r.value, r.terms, r.slots_left) for r in everyone if not r.broken)
    barred = tuple(Barred(r.cop_id, r.broken) for r in sorted(everyone, key=lambda r: r.cop_id) if r.broken)
    is_optimal = plan.solver is SolverName.MIN_COST_FLOW
    flip = _flip(snapshot, plan, conversation, chosen) if is_optimal else None
    reason = waiting.reason if waiting else None
    return Explanation(
        *(conversation_id, chosen, reason, alternatives[:SHOWN], barred, flip),
        _sentence(plan.solver, chosen, reason, alternatives, flip),
        _decided_by(chosen),
        tuple(_better(everyone, chosen.value if chosen else 0))[:SHOWN],
        tuple(_changes(snapshot, conversation, (chosen, reason), everyone, flip)) if is_optimal else (),
    )


def _decided_by(chosen: PlannedAssignment | None) -> Term | None:
    if chosen is None or not chosen.runner_up_terms:
        return None
    gains = {mine.name: mine.value - theirs.value for mine, theirs in zip(*_both(chosen), strict=True)}
    best = max(gains, key=lambda term: gains[term])
    return best if gains[best] > 0 else None


def _both(chosen: PlannedAssignment) -> tuple[tuple[CostTerm, ...], tuple[CostTerm, ...]]:
    return chosen.terms, chosen.runner_up_terms


def _better(everyone: list[Rival], than: int) -> Iterator[Better]:
    for r in everyone:
        if r.value > than and (r.broken or r.slots_left <= 0):
            yield Better(r.cop_id, r.value, _obstacle(r), r.broken, r.given)


def _obstacle(rival: Rival) -> Obstacle:
    if rival.broken:
        return Obstacle.FULL if rival.broken == (Rule.FREE_SLOT,) else Obstacle.RULE
    return Obstacle.ELSEWHERE


def _changes(
    snapshot: Snapshot,
    conversation: WaitingConversation,
    answer: tuple[PlannedAssignment | None, WaitReason | None],
    everyone: list[Rival],
    flip: Flip | None,
) -> Iterator[Change]:
    """Those of the changes worth trying that do move the conversation."""
    chosen, reason = answer
    now = chosen.cop_id if chosen else None
    wanted = [
        *_term_changes(chosen, everyone, flip),
        *_wait_changes(snapshot, conversation, reason, flip),
        *_room_changes(everyone, chosen.value if chosen else None),
    ]
    for each in wanted:
        found = tried(snapshot, conversation.id, now, each)
        if found is not None:
            yield found


def _term_changes(chosen: PlannedAssignment | None, everyone: list[Rival], flip: Flip | None) -> Iterator[Change]:
    """The term that decides, by one unit more than the loss of the best plan that decides the other way."""
    if flip is None:
        return
    if chosen is not None:
        name = _decided_by(chosen) or max(chosen.terms, key=lambda term: term.value).name
        yield Change(ChangeKind.TERM, chosen.cop_id, name, -flip.loss - 1)
        return
    rival = next((each for each in everyone if each.cop_id == flip.cop_id), None)
    if rival is not None:
        yield Change(ChangeKind.TERM, rival.cop_id, min(rival.terms, key=lambda term: term.value).name, flip.loss + 1)


def _wait_changes(
    snapshot: Snapshot, conversation: WaitingConversation, reason: WaitReason | None, flip: Flip | None
) -> Iterator[Change]:
    if reason is None or flip is None:
        return
    seconds = longer_wait(snapshot, conversation, flip.loss + 1, reason is WaitReason.HELD_BACK)
    if seconds is not None:
        yield Change(ChangeKind.WAIT, seconds=seconds)


def _room_changes(everyone: list[Rival], than: int | None) -> Iterator[Change]:
    """One more slot for those who lack only that; one rule waived for those only that rule bars."""
    worthy = [r for r in everyone if than is None or r.value > than]
    full = [r for r in worthy if r.broken == (Rule.FREE_SLOT,) or (not r.broken and r.slots_left <= 0)]
    yield from (Change(ChangeKind.SLOT, r.cop_id) for r in full[:TRIED])
    barred = [r for r in worthy if len(r.broken) == 1 and r.broken[0] in WAIVABLE - {Rule.FREE_SLOT}]
    yield from (Change(ChangeKind.RULE, r.cop_id, rule=r.broken[0]) for r in barred[:TRIED])


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
    if solver is not SolverName.MIN_COST_FLOW:
        return f"COp {chosen.cop_id} gets it.{rival} {_RULES[solver]}"
    return f"COp {chosen.cop_id} gets it.{rival}{_price_of_losing(chosen, flip)}"


_RULES = {
    SolverName.GREEDY: "The plan is greedy: the most urgent first, the best COp left.",
    SolverName.LONGEST_IDLE: "By rule the longest wait is served first, by the COp who has been idle longest.",
}


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
