"""Translates a matching problem to the optimizer's snapshot, and its plan back."""

import json
import logging
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from routing.adapters.arms import Arms, Weights
from routing.adapters.learnt import Learnt, LearntOnce, compressed, learnt
from routing.adapters.pricing import Pricer
from routing.adapters.reach import Searcher, joined
from routing.domain.conversation import Conversation, ConversationId
from routing.domain.cop import Cop, CopId, CopStatus
from routing.domain.issue import Taxonomy
from routing.domain.limits import WorkLimit, forbidden_for
from routing.domain.overflow import Reach
from routing.domain.practice import PracticeDue
from routing.ports import MatchingPlan, MatchingProblem, PlannedOffer

if TYPE_CHECKING:
    from optimizer.matching import IsolatedMatcher
    from optimizer.parameters import MatchingParameters
    from optimizer.plan import CostTerm, Plan, PlannedAssignment
    from optimizer.policy import MatchingPolicy
    from optimizer.side.limit import Limit
    from optimizer.side.practice import Practice
    from optimizer.snapshot import CopState, IssueTypeFacts, Snapshot, WaitingConversation

log = logging.getLogger(__name__)
OUTSIDE_HOURS = "outside_hours"
"""Why somebody waits whose market is closed; the optimizer never sees them."""


class GuardedMatcher:
    """ports.Matcher with the solver in a process of its own, where a late solve is cut off at its time limit.

    For one thread: a matching group has its own. The process starts with the first tick and ends with `close`; until it
    is there, and should it never come, ticks are solved in this process. Prices are worked out beside the ticks, and
    used once enough has been seen. Each arm of an experiment has its own, kept fresh while it is not its turn.
    """

    def __init__(self, policy: "MatchingPolicy", pricer: Pricer | None = None) -> None:
        self._arms = Arms(policy, pricer)
        self._learnt = LearntOnce()
        self._isolated: IsolatedMatcher | None = None
        self._closed = False

    def adopt(self, policy: "MatchingPolicy") -> None:
        """Match by this policy from the next tick on; the same one again changes nothing."""
        self._arms.adopt(policy)

    def match(self, problem: MatchingProblem) -> MatchingPlan:
        """Solve one tick within the time limit, or take the greedy plan."""
        from optimizer.matching import match

        weights = self._arms.of(problem)
        known = self._learnt.of(problem)
        snapshot = self._priced(problem, snapshot_of(problem, weights.policy.matching, known), weights)
        prices_at = None if snapshot.steering is None else snapshot.steering.at
        why = Pricing(weights.policy.version, prices_at, None if prices_at else weights.missing(problem.at))
        plan = match(snapshot, rule=weights.solver()) if weights.is_plain else self._solver()(snapshot)
        return plan_of(plan, problem, snapshot, why, known)

    def _priced(self, problem: MatchingProblem, snapshot: "Snapshot", weights: Weights) -> "Snapshot":
        try:
            for each in self._arms.all:
                each.observe(problem, snapshot)
            return replace(snapshot, steering=weights.steering(snapshot))
        except Exception as error:
            # Without prices customers are matched by the best rule that needs none; the tick says so.
            log.error("this tick is not priced: %s", type(error).__name__)
            return snapshot

    def close(self) -> None:
        """Stop the solver's process."""
        self._closed = True
        if self._isolated is not None:
            self._isolated.close()

    def _solver(self) -> "Callable[[Snapshot], Plan]":
        from optimizer.errors import WorkerLost
        from optimizer.matching import IsolatedMatcher, match

        if self._isolated is None and not self._closed:
            try:
                self._isolated = IsolatedMatcher()
            except (WorkerLost, OSError):
                log.exception("the solver's own process does not start; solving in this one")
        return match if self._isolated is None or self._closed else self._isolated.match


@dataclass(frozen=True, slots=True)
class Pricing:
    """By which policy a tick was matched, of when its prices are, or why it has none."""

    policy_version: str
    prices_at: datetime | None
    unpriced_because: str | None


def snapshot_of(problem: MatchingProblem, parameters: "MatchingParameters", known: Learnt | None = None) -> "Snapshot":
    """The problem in the optimizer's words, without those who wait for their market to open.

    `known`: what was made of its handle times already.
    """
    from optimizer.snapshot import Snapshot

    searcher = Searcher(problem, parameters.min_proficiency, parameters.min_covered_probability)
    pairs = [(c, searcher.asked(c)) for c in problem.conversations]
    wider = {asked.markets for _, asked in pairs if len(asked.markets) > 1}
    return Snapshot(
        at=problem.at,
        conversations=tuple(_waiting(c, asked, searcher, problem) for c, asked in pairs if asked.markets),
        cops=tuple(_cop(cop, status, problem, wider) for cop, status in problem.cops),
        issue_types=tuple(_issue_types(problem.taxonomy)),
        handle_times=(known or learnt(problem)).facts,
        parameters=parameters,
        limits=tuple(_limit(limit) for limit in problem.limits),
        practices=tuple(_practice(each) for each in problem.practices),
    )


def _limit(limit: WorkLimit) -> "Limit":
    from optimizer.side.limit import Limit, LimitKind

    kind = LimitKind(limit.kind.value)
    return Limit(limit.name, frozenset(limit.cop_ids), limit.most, limit.issue_types, kind)


def _practice(due: PracticeDue) -> "Practice":
    from optimizer.side.practice import Practice

    return Practice(due.name, due.cop_id, due.least, due.issue_types)


def _waiting(
    waiting: Conversation, asked: Reach, searcher: Searcher, problem: MatchingProblem
) -> "WaitingConversation":
    from optimizer.snapshot import WaitingConversation

    conversation = searcher.spoken(waiting, asked)
    candidates = searcher.narrowed(conversation, asked)
    return WaitingConversation(
        id=conversation.id,
        candidates=candidates,
        market=joined(asked.markets),
        language=conversation.language or "",
        channel=conversation.channel,
        priority=conversation.priority,
        waiting_seconds=asked.waited_seconds,
        target_seconds=conversation.target_seconds,
        vulnerable=conversation.vulnerable,
        fraud=conversation.fraud,
        last_cop_id=conversation.last_cop_id,
        excluded_cop_ids=searcher.skipped(conversation, asked),
        forbidden_cop_ids=forbidden_for(problem.conflicts, waiting.customer_id) | searcher.not_for_software(waiting),
        least_proficiency=searcher.least(asked) if asked.steps else None,
        all_candidates=() if candidates == conversation.candidates else conversation.candidates,
    )


def _cop(cop: Cop, status: CopStatus, problem: MatchingProblem, wider: set[tuple[str, ...]]) -> "CopState":
    from optimizer.snapshot import CopState

    at = problem.at
    ends = cop.shift.ends_at(at)
    return CopState(
        id=cop.id,
        skills=cop.skills,
        languages=cop.languages,
        markets=cop.markets | {joined(markets) for markets in wider if not cop.markets.isdisjoint(markets)},
        free={channel: status.free(channel) for channel in cop.capacity},
        load=status.total_load,
        available=True,
        seconds_to_shift_end=None if ends is None else (ends - at).total_seconds(),
        attempt_seconds=_attempts(cop, problem.taxonomy),
        idle_seconds=_idle_seconds(cop.id, problem),
    )


def _idle_seconds(cop_id: CopId, problem: MatchingProblem) -> float:
    since = problem.idle_since.get(cop_id)
    return 0.0 if since is None else max((problem.at - since).total_seconds(), 0.0)


def _attempts(cop: Cop, taxonomy: Taxonomy) -> dict[str, float]:
    """What software's attempts cost; their time is in there, so that the issue types' times stay those of people."""
    if cop.software is None:
        return {}
    known = [taxonomy.get(key) for key in sorted(taxonomy.keys & set(cop.software.success))]
    return {each.key: cop.software.attempt_seconds(each.key, each.handle_time_seconds) for each in known}


def _issue_types(taxonomy: Taxonomy) -> list["IssueTypeFacts"]:
    from optimizer.snapshot import IssueTypeFacts

    return [IssueTypeFacts(t.key, t.skill, t.handle_time_seconds) for t in taxonomy.issue_types.values()]


def plan_of(
    plan: "Plan", problem: MatchingProblem, snapshot: "Snapshot", pricing: Pricing, known: Learnt | None = None
) -> MatchingPlan:
    """The optimizer's plan in the service's words, with the snapshot it was made from."""
    asked = {each.id for each in snapshot.conversations}
    held = {str(each.id): OUTSIDE_HOURS for each in problem.conversations if each.id not in asked}
    return MatchingPlan(
        offers=tuple(_offer(pair, plan) for pair in plan.assignments),
        unassigned={**held, **{item.conversation_id: str(item.reason) for item in plan.unassigned}},
        solver=str(plan.solver),
        fallback_reason=plan.fallback_reason,
        solve_ms=plan.stats.solve_ms,
        policy_version=pricing.policy_version,
        prices_at=pricing.prices_at,
        unpriced_because=pricing.unpriced_because,
        snapshot=packed(snapshot),
        known_times=(known or learnt(problem)).kept,
    )


def _offer(pair: "PlannedAssignment", plan: "Plan") -> PlannedOffer:
    return PlannedOffer(ConversationId(pair.conversation_id), CopId(pair.cop_id), reasons_of(pair, plan))


def reasons_of(pair: "PlannedAssignment", plan: "Plan") -> Mapping[str, object]:
    """Why a pair was planned, as plain JSON data: what its offer keeps."""
    runner_up, ahead = pair.runner_up, pair.passed_over
    rival = None
    if runner_up is not None:
        rival = {"cop_id": runner_up[0], "value": runner_up[1], "terms": _terms(pair.runner_up_terms)}
    return {
        "solver": str(plan.solver),
        "fallback_reason": plan.fallback_reason,
        "priced": plan.priced,
        "value": pair.value,
        "terms": _terms(pair.terms),
        "runner_up": rival,
        "passed_over": None
        if ahead is None
        else {"cop_id": ahead.cop_id, "value": ahead.value, "obstacle": str(ahead.obstacle)},
    }


def _terms(terms: "Sequence[CostTerm]") -> list[Mapping[str, object]]:
    return [{"name": str(term.name), "value": term.value, "unit": term.unit, "note": term.note} for term in terms]


def packed(snapshot: "Snapshot") -> bytes:
    """A snapshot as it is kept with its tick: JSON, compressed, but for its handle times, which are kept once."""
    from optimizer.wire import document_of

    return compressed(document_of(replace(snapshot, handle_times=())))


def unpacked(kept: bytes) -> "Snapshot":
    """The snapshot that was kept, with the handle times that lie behind it; older ones hold their own."""
    from optimizer.wire import snapshot_from_document

    stream = zlib.decompressobj()
    document = json.loads(stream.decompress(kept))
    if stream.unused_data:
        document["handle_times"] = json.loads(zlib.decompress(stream.unused_data))
    return snapshot_from_document(document)
