"""The floor of this moment as a simulation begins with it, with a temporary change and without."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from statistics import median

from routing.domain.conversation import Conversation, ConversationId, ConversationState
from routing.domain.cop import Cop, CopId, CopStatus, Presence
from routing.domain.events import EventKind
from routing.domain.issue import Decision
from routing.domain.market import Markets
from routing.domain.outlook import Customer, Deciders, FloorNow, Worker
from routing.domain.override import Override, applied, automation_paused, raised
from routing.domain.pack import Pack
from routing.ports import ConversationFilter, UnitOfWork
from routing.services.context import Context

HOUR = timedelta(hours=1)
MOST_WAITING, MOST_ARRIVED, MOST_VERDICTS = 5_000, 5_000, 2_000
REVIEW = Decision.REVIEW
STATES = (ConversationState.WAITING, ConversationState.IN_REVIEW)


def floors_now(context: Context, asked: Override, within: Markets = None) -> tuple[FloorNow, FloorNow]:
    """The matching groups that a change touches, as they are and as they would be; figures are of `within` alone."""
    pack, at = context.packs.current(), context.clock.now()
    markets = sorted(_markets(pack, asked))
    with context.store.reading() as uow:
        overrides = list(uow.overrides.in_force(at))
        waiting = [c for state in STATES for c in uow.conversations.in_state(state, markets, MOST_WAITING)]
        came = [c for market in markets for c in _came(uow, market, at)]
        unsure = {id for id, each in uow.triages.latest_of([c.id for c in came]).items() if each.decision is REVIEW}
        statuses = {each.cop_id: each for each in uow.cops.statuses()}
        deciders = _deciders(uow, at, context.policy.review_deadline_seconds)

    def now(changes: Sequence[Override]) -> FloorNow:
        held = applied(pack, changes)
        return FloorNow(
            issue_types={k.key: (k.skill, k.handle_time_seconds) for k in pack.taxonomy.issue_types.values()},
            waiting=tuple(_customers(pack, waiting, changes, at)),
            arriving=tuple(_customers(pack, came, changes, None, unsure)),
            per_second=len(came) / HOUR.total_seconds(),
            workers=tuple(_workers(held, statuses, markets, at)),
            patience_seconds=_patience(came, at),
            deciders=deciders,
            told=tuple(market for market in markets if within is None or market in within),
        )

    return now(overrides), now([*overrides, asked])


def _markets(pack: Pack, asked: Override) -> set[str]:
    """Every market of the matching groups that it touches; all of them where it names none."""
    cop = pack.roster.get(asked.cop_id) if asked.cop_id else None
    named = {market for market in (asked.market, asked.backup) if market} | (cop.markets if cop else frozenset())
    groups = [set(keys) for keys in pack.matching_groups.values() if not named or named & set(keys)]
    return set().union(*groups)


def _came(uow: UnitOfWork, market: str, at: datetime) -> list[Conversation]:
    newest = uow.conversations.page(ConversationFilter(market=market), None, MOST_ARRIVED)
    return [each for each in newest if each.received_at >= at - HOUR]


def _customers(
    pack: Pack,
    found: Iterable[Conversation],
    changes: Sequence[Override],
    at: datetime | None,
    unsure: Set[ConversationId] = frozenset(),
) -> Iterable[Customer]:
    """Those whose issue type is known; waiting `at`, or the likes of whom may come."""
    for each in found:
        kind = pack.taxonomy.issue_types.get(each.issue_type or "")
        if kind is None:
            continue
        doubted = automation_paused(changes, each.market) or each.id in unsure
        asked = each.state is ConversationState.IN_REVIEW if at else doubted
        languages = pack.markets[each.market].languages
        yield Customer(
            issue_type=kind.key,
            market=each.market,
            language=each.language or languages[0],
            priority=raised(each, changes, pack.taxonomy).priority,
            target_seconds=each.target_seconds,
            waited_seconds=max(0.0, (at - each.waiting_since).total_seconds()) if at else 0.0,
            fast_lane=each.fast_lane,
            asked=asked and not each.fast_lane,
        )


def _workers(pack: Pack, statuses: Mapping[CopId, CopStatus], markets: Sequence[str], at: datetime) -> Iterable[Worker]:
    """Who takes new work now; their order does not hang on a change."""
    ours = set(markets)
    for id, cop in pack.roster.items():
        status, ends = statuses.get(id, CopStatus(id)), cop.shift.ends_at(at)
        if status.presence is Presence.AVAILABLE and ends is not None:
            yield Worker(
                skills={skill: level for skill, level in cop.skills.items() if level > 0},
                markets=tuple(sorted(_served(pack, cop) & ours)),
                languages=tuple(sorted(cop.languages)),
                slots=sum(cop.capacity.values()),
                held=status.total_load,
                leaves_in_seconds=(ends - at).total_seconds(),
                software=cop.software is not None,
            )


def _served(pack: Pack, cop: Cop) -> set[str]:
    """Their own markets, and those whose back-up is opened for one of theirs."""
    helped = {key for key, market in pack.markets.items() if market.opened & cop.markets}
    return set(cop.markets) | helped


def _patience(came: Sequence[Conversation], at: datetime) -> float | None:
    """The time waited by everybody for each one who left: what an exponential patience has as its mean."""
    left = sum(each.state is ConversationState.ABANDONED for each in came)
    ends = ((each.answered_at or each.ended_at or at) - each.received_at for each in came)
    waited = sum(max(0.0, end.total_seconds()) for end in ends)
    return max(1.0, waited / left) if left else None


def _deciders(uow: UnitOfWork, at: datetime, deadline_seconds: float) -> Deciders:
    """Who gave verdicts in the last hour, and their median time from claim to verdict."""
    verdicts = [e for e in uow.events.newest_of([EventKind.REVIEW_DECIDED], MOST_VERDICTS) if e.at >= at - HOUR]
    claims = {e.conversation_id: e.at for e in uow.events.newest_of([EventKind.REVIEW_CLAIMED], MOST_VERDICTS)}
    spent = [(e.at - claims[e.conversation_id]).total_seconds() for e in verdicts if e.conversation_id in claims]
    seconds = median(spent) if spent else None
    return Deciders(len({e.actor for e in verdicts}), seconds if seconds and seconds > 0 else None, deadline_seconds)
