"""What would have changed a decision: a term, one more slot, a rule waived, a longer wait; each tried out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from optimizer import costs
from optimizer.arcs import eligible_arcs, find_arcs
from optimizer.classes import Classes
from optimizer.costs import UNITS_PER_SECOND, Term
from optimizer.decision import optimum
from optimizer.encoding import encode
from optimizer.errors import SolverError
from optimizer.prepared import Prepared, prepare
from optimizer.problem import LONGEST_SECONDS
from optimizer.rules import Rule
from optimizer.snapshot import CopState, Snapshot, WaitingConversation

FINEST_SECONDS = 0.1
"""How exactly a longer wait is worked out."""


class ChangeKind(StrEnum):
    """What is changed."""

    TERM = "term"
    SLOT = "slot"
    RULE = "rule"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Change:
    """One change to a snapshot after which the conversation goes elsewhere: to COp `then`, or to nobody.

    TERM: the value of `term` with COp `cop_id` is `units` higher (lower where negative); SLOT: `cop_id` has one more
    slot on its channel; RULE: `rule` no longer bars `cop_id`; WAIT: it has waited `seconds` longer.
    """

    kind: ChangeKind
    cop_id: str | None = None
    term: Term | None = None
    units: int = 0
    rule: Rule | None = None
    seconds: float = 0.0
    then: str | None = None

    @property
    def sentence(self) -> str:
        """The change and its consequence in words."""
        return f"{_CONDITIONS[self.kind](self)}, {f'COp {self.then} would take it' if self.then else 'it would wait'}."


_CONDITIONS: Mapping[ChangeKind, Callable[[Change], str]] = {
    ChangeKind.TERM: lambda c: (
        f"Were its {c.term} with {c.cop_id} worth {abs(c.units) / UNITS_PER_SECOND:.2f} s "
        f"{'more' if c.units > 0 else 'less'}"
    ),
    ChangeKind.SLOT: lambda c: f"Had {c.cop_id} one more slot",
    ChangeKind.RULE: lambda c: f"Did the rule {c.rule} not bar {c.cop_id}",
    ChangeKind.WAIT: lambda c: f"Had it waited {c.seconds:.1f} s longer",
}


def decide(snapshot: Snapshot, conversation_id: str, change: Change | None = None) -> str | None:
    """Who gets the conversation once `change` is made and everyone is matched again; None where nobody does.

    Raises `SolverError` where the changed problem cannot be solved, `KeyError` for an unknown conversation or COp.
    """
    changed = snapshot if change is None else _changed(snapshot, conversation_id, change)
    problem, codes = encode(changed)
    row = next((at for at, each in enumerate(codes.conversations) if each.id == conversation_id), None)
    if row is None:
        raise KeyError(conversation_id)
    prepared = prepare(problem)
    if change is not None and change.kind is ChangeKind.TERM:
        cop = next(at for at, each in enumerate(codes.cops) if each.id == change.cop_id)
        prepared = _revalued(isolated(prepared, row), row, cop, change.units)
    chosen = int(optimum(prepared).cop_of[row])
    return codes.cops[chosen].id if chosen >= 0 else None


def tried(snapshot: Snapshot, conversation_id: str, now: str | None, change: Change) -> Change | None:
    """`change` with what follows from it, or None where it leaves the conversation with `now`."""
    try:
        then = decide(snapshot, conversation_id, change)
    except SolverError:
        return None  # the question can be too large for exact arithmetic where the tick itself was not
    return None if then == now else replace(change, then=then)


def longer_wait(snapshot: Snapshot, conversation: WaitingConversation, units: int, held_back: bool) -> float | None:
    """The least further wait after which it is worth `units` more, or is no longer held back; None where none is."""
    problem, _ = encode(replace(snapshot, conversations=(conversation,)))
    c, p = problem.conversations, problem.parameters
    weight = costs.weight(c.priority, c.vulnerable, c.fraud, p)

    def worth(extra: float) -> int:
        age = (c.waiting_seconds + extra) / c.target_seconds
        return int(costs.urgency(weight, age, p, problem.steering)[0])

    found = _least(lambda extra: worth(extra) >= worth(0.0) + units, LONGEST_SECONDS - conversation.waiting_seconds)
    to_release = p.longest_hold_seconds - conversation.waiting_seconds
    ways = [each for each in (found, to_release if held_back else None) if each is not None and each > 0]
    return min(ways, default=None)


def _least(holds: Callable[[float], bool], most: float) -> float | None:
    """The least value at which a condition that stays true holds, a little above it; None where it never does."""
    if not holds(most):
        return None
    low, high = 0.0, most
    while high - low > FINEST_SECONDS / 2:
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _changed(snapshot: Snapshot, conversation_id: str, change: Change) -> Snapshot:
    conversation = next(each for each in snapshot.conversations if each.id == conversation_id)
    if change.kind is ChangeKind.TERM:
        return snapshot
    if change.kind is ChangeKind.WAIT:
        longer = replace(conversation, waiting_seconds=conversation.waiting_seconds + change.seconds)
        return _with(snapshot, longer)
    rule = Rule.FREE_SLOT if change.kind is ChangeKind.SLOT else change.rule
    if rule is Rule.EXCLUDED:
        asked_again = conversation.excluded_cop_ids - {str(change.cop_id)}
        return _with(snapshot, replace(conversation, excluded_cop_ids=asked_again))
    cops = tuple(
        _WAIVED[rule](cop, conversation, snapshot) if rule and cop.id == change.cop_id else cop for cop in snapshot.cops
    )
    return replace(snapshot, cops=cops)


def _with(snapshot: Snapshot, conversation: WaitingConversation) -> Snapshot:
    others = tuple(conversation if each.id == conversation.id else each for each in snapshot.conversations)
    return replace(snapshot, conversations=others)


def _skilled(cop: CopState, conversation: WaitingConversation, snapshot: Snapshot) -> CopState:
    skill = {each.key: each.skill for each in snapshot.issue_types}
    return replace(cop, skills={**cop.skills, **{skill[key]: 1.0 for key, _ in conversation.candidates}})


def _roomier(cop: CopState, conversation: WaitingConversation, _: Snapshot) -> CopState:
    return replace(cop, free={**cop.free, conversation.channel: cop.free.get(conversation.channel, 0) + 1})


_WAIVED: Mapping[Rule, Callable[[CopState, WaitingConversation, Snapshot], CopState]] = {
    Rule.AVAILABLE: lambda cop, _c, _s: replace(cop, available=True),
    Rule.SHIFT: lambda cop, _c, _s: replace(cop, seconds_to_shift_end=None),
    Rule.MARKET: lambda cop, c, _s: replace(cop, markets=cop.markets | {c.market}),
    Rule.LANGUAGE: lambda cop, c, _s: replace(cop, languages={**cop.languages, c.language: 1.0}),
    Rule.SKILL: _skilled,
    Rule.FREE_SLOT: _roomier,
}

WAIVABLE = frozenset({*_WAIVED, Rule.EXCLUDED})
"""Rules whose waiving can be tried out; the others are never to be broken."""


def isolated(prepared: Prepared, row: int) -> Prepared:
    """The same problem with the conversation at `row` in a class of its own, which changes no plan's value."""
    classes = prepared.classes
    old = int(classes.of[row])
    others = np.flatnonzero(classes.of == old)
    others = others[others != row]
    if not others.size:
        return prepared
    of, first = classes.of.copy(), np.append(classes.first, row)
    of[row], first[old] = len(classes), others[0]
    alone = Classes(
        of,
        first,
        np.append(classes.width, classes.width[old]),
        np.vstack([classes.candidate_type, classes.candidate_type[old]]),
        np.vstack([classes.candidate_probability, classes.candidate_probability[old]]),
    )
    return replace(prepared, classes=alone, arcs=eligible_arcs(prepared.problem, alone, prepared.tables))


def _revalued(prepared: Prepared, row: int, cop: int, units: int) -> Prepared:
    arcs, cls = prepared.arcs, prepared.classes.of[[row]]
    at, found = find_arcs(arcs, len(prepared.problem.cops), cls, np.array([cop]))
    worth = arcs.worth.copy()
    worth[at[found]] += units
    return replace(prepared, arcs=replace(arcs, worth=worth))
