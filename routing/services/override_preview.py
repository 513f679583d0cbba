"""What a temporary change would do now, counted before it is begun."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from routing.domain.conversation import ConversationState
from routing.domain.market import Markets
from routing.domain.override import Override, OverrideKind
from routing.domain.pack import Pack
from routing.domain.review import ReviewState
from routing.ports import Matcher, MatchingProblem
from routing.services import matching
from routing.services.context import Context
from routing.services.trust import trusted_plan

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class FamilyShift:
    """How many of one family would be offered to somebody now, without the change and with it."""

    family: str
    waiting: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class MatchingPreview:
    """The round of matching that would run now, without the change and with it."""

    waiting: int
    before: int
    after: int
    families: tuple[FamilyShift, ...]


@dataclass(frozen=True, slots=True)
class PausePreview:
    """What the last hour's decisions mean for people, had nothing been decided without them."""

    automatic: int
    asked: int
    verdicts_open: int
    waiting_to_be_understood: int


def preview(context: Context, matcher: Matcher, asked: Override) -> MatchingPreview | PausePreview:
    """What would change now; nothing is stored and nobody is offered anything."""
    if asked.kind is OverrideKind.PAUSE_AUTOMATION:
        return _pause(context, None if asked.market is None else frozenset({asked.market}))
    return _matching(context, matcher, asked)


def _pause(context: Context, within: Markets) -> PausePreview:
    with context.store.reading() as uow:
        decided = uow.triages.decisions_since(context.clock.now() - HOUR, within)
        reviews, states = uow.reviews.count_by_state(within), uow.conversations.count_by_state(within)
    open_now = reviews.get(ReviewState.OPEN, 0) + reviews.get(ReviewState.CLAIMED, 0)
    received = states.get(ConversationState.RECEIVED, 0)
    return PausePreview(decided.get("auto", 0), decided.get("review", 0), open_now, received)


def _matching(context: Context, matcher: Matcher, asked: Override) -> MatchingPreview:
    pack = context.packs.current()
    groups = _groups(pack, asked)
    before, after, waiting = Counter[str](), Counter[str](), Counter[str]()
    for group in groups:
        problem = matching.snapshot(context, group)
        waiting += _families(pack, problem, [each.id for each in problem.conversations])
        before += _offered(pack, matcher, problem)
        after += _offered(pack, matcher, matching.snapshot(context, group, (asked,)))
    names = [*pack.taxonomy.families, *sorted(set(waiting) - set(pack.taxonomy.families))]
    shifts = [FamilyShift(key, waiting[key], before[key], after[key]) for key in names if waiting[key]]
    return MatchingPreview(waiting.total(), before.total(), after.total(), tuple(shifts))


def _groups(pack: Pack, asked: Override) -> Sequence[str]:
    """The matching groups that it touches; all of them where it names no market."""
    cop = pack.roster.get(asked.cop_id) if asked.cop_id else None
    named = {market for market in (asked.market, asked.backup) if market} | (cop.markets if cop else frozenset())
    return [key for key, markets in pack.matching_groups.items() if not named or named & set(markets)]


def _offered(pack: Pack, matcher: Matcher, problem: MatchingProblem) -> Counter[str]:
    if not problem.conversations or not problem.cops:
        return Counter()
    plan = trusted_plan(matcher, problem)
    return _families(pack, problem, [each.conversation_id for each in plan.offers])


def _families(pack: Pack, problem: MatchingProblem, ids: Sequence[str]) -> Counter[str]:
    kinds = {str(each.id): pack.taxonomy.issue_types.get(each.issue_type or "") for each in problem.conversations}
    found = [kinds.get(str(id)) for id in ids]
    return Counter(kind.family if kind else "" for kind in found)
