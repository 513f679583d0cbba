"""Translates a matching problem to the optimizer's snapshot, and its plan back."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from routing.domain.conversation import Conversation, ConversationId
from routing.domain.cop import Channel, Cop, CopId, CopStatus
from routing.domain.issue import Taxonomy
from routing.domain.outcome import HandleTimeStatistics
from routing.domain.service_level import age_seconds
from routing.ports import MatchingPlan, MatchingProblem, PlannedOffer

if TYPE_CHECKING:
    from optimizer.matching import IsolatedMatcher
    from optimizer.parameters import MatchingParameters
    from optimizer.plan import Plan, PlannedAssignment
    from optimizer.snapshot import CopState, HandleTimeFact, IssueTypeFacts, Snapshot, WaitingConversation

log = logging.getLogger(__name__)
Candidates = tuple[tuple[str, float], ...]


def default_parameters() -> "MatchingParameters":
    """The optimizer's own weights."""
    from optimizer.parameters import MatchingParameters

    return MatchingParameters()


@dataclass(frozen=True, slots=True)
class GlobalMatcher:
    """ports.Matcher on the optimizer's min-cost flow, solved in this process."""

    parameters: "MatchingParameters" = field(default_factory=default_parameters)

    def match(self, problem: MatchingProblem) -> MatchingPlan:
        """Solve one tick; the optimizer checks its own plan and falls back to greedy when it must."""
        from optimizer.matching import match

        return _plan(match(snapshot_of(problem, self.parameters)))


class GuardedMatcher:
    """ports.Matcher with the solver in a process of its own, where a late solve is cut off at its time limit.

    For one thread: a matching group has its own. The process starts with the first tick and ends with `close`; until it
    is there, and should it never come, ticks are solved in this process.
    """

    def __init__(self, parameters: "MatchingParameters") -> None:
        self._parameters = parameters
        self._isolated: IsolatedMatcher | None = None
        self._closed = False

    def match(self, problem: MatchingProblem) -> MatchingPlan:
        """Solve one tick within the time limit, or take the greedy plan."""
        snapshot = snapshot_of(problem, self._parameters)
        return _plan(self._solver()(snapshot))

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


def snapshot_of(problem: MatchingProblem, parameters: "MatchingParameters") -> "Snapshot":
    """The problem in the optimizer's words."""
    from optimizer.snapshot import Snapshot

    reach = _Reach(problem, parameters)
    return Snapshot(
        at=problem.at,
        conversations=tuple(_waiting(c, reach, problem.at) for c in problem.conversations),
        cops=tuple(_cop(cop, status, problem.at) for cop, status in problem.cops),
        issue_types=tuple(_issue_types(problem.taxonomy)),
        handle_times=tuple(_fact(statistics) for statistics in problem.handle_times),
        parameters=parameters,
    )


class _Reach:
    """Which uncertain conversations somebody at work can take as they stand.

    Candidates spread over many skills may be more than any one COp covers, or any who is free; then the least probable
    ones are dropped until somebody can, so that uncertainty never strands a customer.
    """

    def __init__(self, problem: MatchingProblem, parameters: "MatchingParameters") -> None:
        self._at, self._taxonomy = problem.at, problem.taxonomy
        self._least = parameters.min_proficiency
        self._share = parameters.min_covered_probability
        self._cops = problem.cops
        self._known: dict[tuple[Candidates, str, str, Channel], Candidates] = {}
        self._languages: dict[tuple[str, str, str, Channel], str | None] = {}

    def spoken(self, conversation: Conversation) -> Conversation:
        """The conversation in its own language while somebody at work who could take it speaks that.

        Past its service target, and at once when it may be fraud or vulnerable, in the language most of them speak:
        a rare language, or one guessed wrongly from three words, strands nobody.
        """
        if not self._cannot_wait(conversation):
            return conversation
        top = conversation.candidates[0][0] if conversation.candidates else ""
        key = (top, conversation.market, conversation.language or "", conversation.channel)
        if key not in self._languages:
            self._languages[key] = self._language(conversation)
        return replace(conversation, language=self._languages[key])

    def _cannot_wait(self, conversation: Conversation) -> bool:
        age = age_seconds(conversation.waiting_since, self._at)
        return conversation.fraud or conversation.vulnerable or age >= conversation.target_seconds

    def _language(self, conversation: Conversation) -> str | None:
        top = conversation.candidates[:1]
        able = [cop for cop, _ in self._cops if _serves(cop, conversation) and self._covers(cop, top)]
        if not able or any(_speaks(cop, conversation.language or "") for cop in able):
            return conversation.language
        heard = Counter(code for cop in able for code in sorted(cop.languages) if _speaks(cop, code))
        return heard.most_common(1)[0][0] if heard else conversation.language

    def narrowed(self, conversation: Conversation) -> Candidates:
        """As many of its candidates, most probable first, as one COp covers: one who is free, if there is any."""
        if len(conversation.candidates) <= 1:
            return conversation.candidates
        key = (conversation.candidates, conversation.market, conversation.language or "", conversation.channel)
        if key not in self._known:
            able = [pair for pair in self._cops if _is_near(pair[0], conversation)]
            free = [cop for cop, status in able if status.free(conversation.channel) > 0]
            narrowed = self._narrow(conversation.candidates, free)
            self._known[key] = narrowed or self._narrow(conversation.candidates, [cop for cop, _ in able]) or key[0][:1]
        return self._known[key]

    def skipped(self, conversation: Conversation) -> frozenset[str]:
        """The COps it is not offered to again, as long as somebody else at work can take it.

        When everybody who could has declined or let it lapse, the earliest of them is asked again: being skipped is a
        courtesy, not a reason to wait for ever.
        """
        if not conversation.excluded:
            return frozenset()
        candidates = self.narrowed(conversation)
        able = {cop.id for cop, _ in self._cops if _is_near(cop, conversation) and self._covers(cop, candidates)}
        skipped = list(conversation.excluded)
        while skipped and able and able <= set(skipped):
            skipped.pop(0)
        return frozenset(skipped)

    def _narrow(self, candidates: Candidates, cops: Sequence[Cop]) -> Candidates:
        for count in range(len(candidates), 0, -1):
            if any(self._covers(cop, candidates[:count]) for cop in cops):
                return candidates[:count]
        return ()

    def _covers(self, cop: Cop, candidates: Candidates) -> bool:
        total = sum(probability for _, probability in candidates)
        able = sum(p for key, p in candidates if cop.skills.get(self._taxonomy.get(key).skill, 0.0) >= self._least)
        return able >= self._share * total


def _is_near(cop: Cop, conversation: Conversation) -> bool:
    return _serves(cop, conversation) and _speaks(cop, conversation.language or "")


def _serves(cop: Cop, conversation: Conversation) -> bool:
    return conversation.market in cop.markets and cop.capacity.get(conversation.channel, 0) > 0


def _speaks(cop: Cop, language: str) -> bool:
    return cop.languages.get(language, 0.0) > 0


def _waiting(waiting: Conversation, reach: _Reach, at: datetime) -> "WaitingConversation":
    from optimizer.snapshot import WaitingConversation

    conversation = reach.spoken(waiting)
    return WaitingConversation(
        id=conversation.id,
        candidates=reach.narrowed(conversation),
        market=conversation.market,
        language=conversation.language or "",
        channel=conversation.channel,
        priority=conversation.priority,
        waiting_seconds=age_seconds(conversation.waiting_since, at),
        target_seconds=conversation.target_seconds,
        vulnerable=conversation.vulnerable,
        fraud=conversation.fraud,
        last_cop_id=conversation.last_cop_id,
        excluded_cop_ids=reach.skipped(conversation),
    )


def _cop(cop: Cop, status: CopStatus, at: datetime) -> "CopState":
    from optimizer.snapshot import CopState

    ends = cop.shift.ends_at(at)
    return CopState(
        id=cop.id,
        skills=cop.skills,
        languages=cop.languages,
        markets=cop.markets,
        free={channel: status.free(channel) for channel in cop.capacity},
        load=status.total_load,
        available=True,
        seconds_to_shift_end=None if ends is None else (ends - at).total_seconds(),
    )


def _issue_types(taxonomy: Taxonomy) -> list["IssueTypeFacts"]:
    from optimizer.snapshot import IssueTypeFacts

    return [IssueTypeFacts(t.key, t.skill, t.handle_time_seconds) for t in taxonomy.issue_types.values()]


def _fact(statistics: HandleTimeStatistics) -> "HandleTimeFact":
    from optimizer.snapshot import HandleTimeFact

    return HandleTimeFact(
        statistics.issue_type,
        statistics.cop_id,
        statistics.count,
        statistics.mean_log_seconds,
        statistics.variance,
    )


def _plan(plan: "Plan") -> MatchingPlan:
    return MatchingPlan(
        offers=tuple(_offer(pair, plan) for pair in plan.assignments),
        unassigned={item.conversation_id: str(item.reason) for item in plan.unassigned},
        solver=str(plan.solver),
        fallback_reason=plan.fallback_reason,
        solve_ms=plan.stats.solve_ms,
    )


def _offer(pair: "PlannedAssignment", plan: "Plan") -> PlannedOffer:
    return PlannedOffer(ConversationId(pair.conversation_id), CopId(pair.cop_id), _why(pair, plan))


def _why(pair: "PlannedAssignment", plan: "Plan") -> Mapping[str, object]:
    runner_up = pair.runner_up
    terms: Sequence[Mapping[str, object]] = [
        {"name": term.name, "value": term.value, "unit": term.unit, "note": term.note} for term in pair.terms
    ]
    return {
        "solver": str(plan.solver),
        "fallback_reason": plan.fallback_reason,
        "value": pair.value,
        "terms": list(terms),
        "runner_up": None if runner_up is None else {"cop_id": runner_up[0], "value": runner_up[1]},
    }
