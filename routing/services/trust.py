"""The solver is never trusted: every plan is checked once more, and a plain one stands in for a wrong one."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from routing.domain.conversation import Conversation
from routing.domain.cop import Channel, Cop, CopId
from routing.domain.hard_rules import Breach, HardRules, Room
from routing.ports import Matcher, MatchingPlan, MatchingProblem, PlannedOffer
from routing.services.failures import told

MATCHER_FAILED = "matcher_failed"
PLAN_REFUSED = "plan_refused"
PLAIN = "plain"

log = logging.getLogger(__name__)


def trusted_plan(matcher: Matcher, problem: MatchingProblem) -> MatchingPlan:
    """The matcher's plan, or the plain one where it fails or breaks a hard rule; then `fallback_reason` says so."""
    try:
        plan = matcher.match(problem)
    except Exception as error:
        # Whatever it is, customers go on being matched.
        log.error("the matcher failed: %s", told(error))
        return plain_plan(problem, MATCHER_FAILED)
    wrong = breaches(problem, plan.offers)
    if wrong:
        log.error("a plan was refused: %s", ", ".join(f"{kind} {count} times" for kind, count in sorted(wrong.items())))
        return plain_plan(problem, PLAN_REFUSED)
    return plan


def rules_of(problem: MatchingProblem) -> HardRules:
    """The hard rules as they stood when the problem was taken down."""
    language_at = problem.overflow.language_at
    return HardRules(problem.taxonomy, problem.markets, language_at, problem.conflicts, problem.software)


def breaches(problem: MatchingProblem, offers: Iterable[PlannedOffer]) -> Counter[Breach]:
    """How often a plan breaks which rule; empty for a sound one."""
    floor = _Floor(problem)
    found = (floor.give(each.conversation_id, each.cop_id) for each in offers)
    return Counter(breach for breach in found if breach is not None)


class _Floor:
    """Who is left to be given, and what room is left, as a plan is gone through pair by pair."""

    def __init__(self, problem: MatchingProblem) -> None:
        self._rules, self._at = rules_of(problem), problem.at
        self._left = {str(each.id): each for each in problem.conversations}
        self._known = frozenset(self._left)
        self._cops = {cop.id: cop for cop, _ in problem.cops}
        self._free = {(cop.id, channel): status.free(channel) for cop, status in problem.cops for channel in Channel}
        self._room = Room(problem.limits)

    def give(self, conversation_id: str, cop_id: CopId) -> Breach | None:
        conversation, cop = self._left.pop(str(conversation_id), None), self._cops.get(cop_id)
        if conversation is None:
            return Breach.TWICE if str(conversation_id) in self._known else Breach.UNKNOWN_CONVERSATION
        if cop is None:
            return Breach.UNKNOWN_COP
        return self._rules.breach(conversation, cop, self._at) or self._room_for(conversation, cop)

    def _room_for(self, conversation: Conversation, cop: Cop) -> Breach | None:
        slot = (cop.id, conversation.channel)
        if self._free[slot] < 1:
            return Breach.OVERFULL
        self._free[slot] -= 1
        return None if self._room.take(conversation, cop.id) else Breach.LIMIT


def plain_plan(problem: MatchingProblem, reason: str) -> MatchingPlan:
    """Who may not wait first, then the oldest; each to the first COp who may take them and has a slot.

    Shares nothing with the solver, and is as good as that: nobody who can be served waits, and nobody is weighed.
    """
    bench = _Bench(problem)
    waiting = sorted(problem.conversations, key=lambda each: (not each.fast_lane, each.waiting_since, each.id))
    found = ((each, bench.place(each)) for each in waiting)
    why = _why(reason)
    offers = tuple(PlannedOffer(each.id, cop_id, why) for each, cop_id in found if cop_id is not None)
    return MatchingPlan(offers, {}, PLAIN, reason, solve_ms=0.0)


def _why(reason: str) -> Mapping[str, object]:
    return {
        "solver": PLAIN,
        "fallback_reason": reason,
        "priced": False,
        "value": 0,
        "terms": [],
        "runner_up": None,
        "passed_over": None,
    }


@dataclass(frozen=True, slots=True)
class _Kind:
    """What two conversations share who may be given to the same COps, conflicts and software aside."""

    market: str
    channel: Channel
    language: str | None
    keys: frozenset[str]
    fast_lane: bool
    is_patient: bool


class _Bench:
    """The COps with slots left. Those who can take a kind of conversation are found once a kind."""

    def __init__(self, problem: MatchingProblem) -> None:
        self._problem, self._rules = problem, rules_of(problem)
        self._room = Room(problem.limits)
        self._free = {(cop.id, channel): status.free(channel) for cop, status in problem.cops for channel in Channel}
        self._able: dict[_Kind, list[Cop]] = {}

    def place(self, conversation: Conversation) -> CopId | None:
        """Take a slot of the first who can; those it skips are asked when there is nobody else at work."""
        able = self._able_for(conversation)
        skipped = frozenset(conversation.excluded)
        willing = [cop for cop in able if cop.id not in skipped] or able
        for cop in willing:
            slot = (cop.id, conversation.channel)
            barred = self._rules.breach(conversation, cop, self._problem.at) is not None
            if self._free[slot] > 0 and not barred and self._room.take(conversation, cop.id):
                self._free[slot] -= 1
                return cop.id
        return None

    def _able_for(self, conversation: Conversation) -> list[Cop]:
        kind = self._kind(conversation)
        if kind not in self._able:
            self._able[kind] = [cop for cop, _ in self._problem.cops if self._may_ever(conversation, cop)]
        able = self._able[kind] = [cop for cop in self._able[kind] if self._free[cop.id, conversation.channel] > 0]
        return able

    def _may_ever(self, conversation: Conversation, cop: Cop) -> bool:
        found = self._rules.breach(conversation, cop, self._problem.at)
        return found in (None, Breach.CONFLICT, Breach.SOFTWARE)

    def _kind(self, c: Conversation) -> _Kind:
        waited = (self._problem.at - c.waiting_since).total_seconds()
        is_patient = waited < self._rules.language_at * c.target_seconds
        keys = frozenset(key for key, _ in c.candidates)
        return _Kind(c.market, c.channel, c.language, keys, c.fast_lane, is_patient)
