"""The tick: one snapshot, one plan, one transaction that the database itself guards."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing.domain.conversation import Conversation, ConversationState
from routing.domain.cop import Cop, CopId, CopStatus
from routing.domain.errors import LeadershipLost, StaleState
from routing.domain.events import EventKind
from routing.domain.experiment import Turn, Way
from routing.domain.override import Override, applied, raised
from routing.domain.pack import Pack
from routing.domain.tick import TickRecord
from routing.ports import Matcher, MatchingPlan, MatchingProblem, UnitOfWork
from routing.services.context import Context, Subject, record
from routing.services.erased_meanwhile import names_erased
from routing.services.offering import may_work, offer_all
from routing.services.trust import trusted_plan
from routing.services.work_limits import limits_left, practice_left

SERVICE = "pointsman"
IDLE_LOOKBACK = timedelta(hours=24)
"""Whoever did nothing for longer has been idle since they came to work."""


@dataclass(frozen=True, slots=True)
class Leader:
    """Who matches a group now: the process, and the epoch the database gave it."""

    group: str
    holder: str
    epoch: int


def lead(context: Context, group: str, holder: str) -> Leader | None:
    """Take or renew the lease on a matching group; None while another process holds it."""
    with context.store.transaction() as uow:
        epoch = uow.leases.acquire(f"matching:{group}", holder, context.clock.now(), context.policy.lease)
        uow.commit()
    return None if epoch is None else Leader(group, holder, epoch)


def tick(context: Context, matcher: Matcher, group: str, holder: str) -> TickRecord | None:
    """Match everyone waiting in a group once; None when there was nothing to match or another process leads."""
    leader = lead(context, group, holder)
    return None if leader is None else led_tick(context, matcher, leader)


def led_tick(context: Context, matcher: Matcher, leader: Leader) -> TickRecord | None:
    """Match everyone waiting in the leader's group once; None when there was nothing to match or the lead was lost."""
    try:
        return _match(context, matcher, leader)
    except LeadershipLost:
        return None


def _match(context: Context, matcher: Matcher, leader: Leader) -> TickRecord | None:
    """One round, or two where an experiment spares the fast lane: it goes ahead by the policy in force, by no draw."""
    started = time.perf_counter()
    problem = _read(context, leader.group)
    if problem.turn is None or problem.experiment is None or not problem.experiment.spares_fast_lane:
        return _round(context, matcher, leader, problem, started)
    ahead = _round(context, matcher, leader, replace(_lane(problem, fast=True), turn=None), started)
    if ahead is not None:
        # The slots that the first round took are gone: read anew.
        started = time.perf_counter()
        problem = _read(context, leader.group)
    return _round(context, matcher, leader, _lane(problem, fast=False), started) or ahead


def _lane(problem: MatchingProblem, *, fast: bool) -> MatchingProblem:
    return replace(problem, conversations=tuple(each for each in problem.conversations if each.fast_lane is fast))


def _read(context: Context, group: str) -> MatchingProblem:
    problem, retired = _snapshot(context, group, whole=False)
    _retriage(context, retired)
    return problem


def _round(
    context: Context, matcher: Matcher, leader: Leader, problem: MatchingProblem, started: float
) -> TickRecord | None:
    if not problem.conversations or not problem.cops:
        return None
    return _commit(context, leader, problem, trusted_plan(matcher, problem), started)


def snapshot(context: Context, group: str, also: Sequence[Override] = ()) -> MatchingProblem:
    """Everyone waiting and every COp at work in a group, as one consistent state of the store shows them.

    `also`: changes to be taken as in force, besides those that are.
    """
    return _snapshot(context, group, also)[0]


def _snapshot(
    context: Context, group: str, also: Sequence[Override] = (), *, whole: bool = True
) -> tuple[MatchingProblem, list[Conversation]]:
    """The problem, and those who wait by an issue type the live taxonomy no longer has.

    Not `whole`: while nobody is at work, those who wait are not read. There may be thousands, and nobody to offer
    them to.
    """
    pack = context.packs.current()
    markets = pack.matching_groups[group]
    now = context.clock.now()
    with context.store.reading() as uow:
        facts_seen = uow.events.last_seq()
        overrides = [*uow.overrides.in_force(now), *also]
        pack = applied(pack, overrides)
        most = context.policy.most_waiting_matched
        statuses = uow.cops.statuses() if uow.conversations.in_state(ConversationState.WAITING, markets, 1) else []
        cops = tuple(_at_work(pack, statuses, markets, now))
        wanted = whole or cops
        waiting = uow.conversations.in_state(ConversationState.WAITING, markets, most) if wanted else []
        handle_times = context.known_times.read(uow, now) if waiting else ()
        limits = limits_left(uow, pack, now) if waiting else ()
        practices = practice_left(uow, pack, now) if waiting else ()
        turn = pack.experiment.turn_now(group, now) if pack.experiment else None
        idle = _idle_since(uow, pack, turn, statuses, now)
    known: list[Conversation] = []
    retired: list[Conversation] = []
    for conversation in waiting:
        (known if _is_known(conversation, pack) else retired).append(raised(conversation, overrides, pack.taxonomy))
    problem = MatchingProblem(
        at=now,
        conversations=tuple(known),
        cops=cops,
        taxonomy=pack.taxonomy,
        handle_times=handle_times,
        markets=pack.markets,
        overflow=pack.overflow,
        limits=limits,
        practices=practices,
        conflicts=pack.limits.conflicts,
        software=pack.software,
        experiment=pack.experiment,
        turn=turn,
        idle_since=idle,
        facts_seen=facts_seen,
    )
    return problem, retired


def _idle_since(
    uow: UnitOfWork, pack: Pack, turn: Turn | None, statuses: list[CopStatus], at: datetime
) -> dict[CopId, datetime]:
    """Since when each COp was offered, took and finished nothing, and is at work; read only where the turn asks."""
    if not statuses or pack.experiment is None or pack.experiment.way_of(turn) is not Way.LONGEST_IDLE:
        return {}
    busy = uow.assignments.last_busy(at - IDLE_LOOKBACK)
    offered = {offer.cop_id: offer.made_at for offer in uow.offers.pending()}
    came = {status.cop_id: status.since for status in statuses if status.since is not None}
    return {id: max(since, busy.get(id, since), offered.get(id, since)) for id, since in came.items()}


def _retriage(context: Context, retired: list[Conversation]) -> None:
    """Send conversations back to triage; one that changed meanwhile is left for the next tick."""
    if not retired:
        return
    with context.store.transaction() as uow:
        for conversation in retired:
            with suppress(StaleState):
                uow.conversations.save(conversation.back_to_triage())
        uow.commit()


def _is_known(conversation: Conversation, pack: Pack) -> bool:
    return all(key in pack.taxonomy.keys for key, _ in conversation.candidates)


def _at_work(
    pack: Pack, statuses: list[CopStatus], markets: tuple[str, ...], now: datetime
) -> list[tuple[Cop, CopStatus]]:
    pairs = ((pack.roster[s.cop_id], s) for s in statuses if s.cop_id in pack.roster)
    return [(cop, status) for cop, status in pairs if may_work(cop, status, now) and cop.markets & set(markets)]


def _commit(
    context: Context, leader: Leader, problem: MatchingProblem, plan: MatchingPlan, started: float
) -> TickRecord:
    tick_id, turn = context.ids.new(), problem.turn
    now = context.clock.now()
    with context.store.transaction() as uow:
        uow.leases.require(f"matching:{leader.group}", leader.epoch)
        offered = offer_all(uow, context, problem, plan, (tick_id, now))
        result = TickRecord(
            id=tick_id,
            group=leader.group,
            epoch=leader.epoch,
            at=now,
            waiting=len(problem.conversations),
            free_slots=sum(status.free(channel) for _, status in problem.cops for channel in status.capacity),
            offered=offered,
            refused=len(plan.offers) - offered,
            solver=plan.solver,
            fallback_reason=plan.fallback_reason,
            solve_ms=plan.solve_ms,
            total_ms=(time.perf_counter() - started) * 1_000,
            policy_version=plan.policy_version,
            prices_at=plan.prices_at,
            unpriced_because=plan.unpriced_because,
            experiment=problem.experiment.name if problem.experiment and turn else None,
            arm=turn.arm if turn else None,
            block=turn.block if turn else None,
            propensity=turn.propensity if turn else None,
        )
        if plan.offers or plan.fallback_reason:
            uow.ticks.add(result)
            if plan.snapshot and not names_erased(uow, problem):
                uow.ticks.keep_snapshot(tick_id, now, plan.snapshot, plan.known_times)
        if plan.fallback_reason:
            data = {"tick_id": tick_id, "reason": plan.fallback_reason, "group": leader.group}
            record(uow, EventKind.MATCHING_FELL_BACK, now, SERVICE, Subject(), **data)
        uow.commit()
    return result
