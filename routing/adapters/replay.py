"""Kept ticks solved again: is every plan the one that was recorded, and what would another policy have done?"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn

from routing.adapters.matcher import reasons_of, unpacked
from routing.domain.conversation import ConversationId

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from optimizer.decision import Solver
    from optimizer.parameters import MatchingParameters
    from optimizer.plan import Plan, SolverName
    from optimizer.snapshot import Snapshot
    from routing.domain.offer import Offer
    from routing.domain.tick import TickRecord
    from routing.ports import Store

PATIENCE_SECONDS = 60.0
"""A replay is not in a hurry: only what the service's own clock did to a tick is repeated, not this machine's."""
NO_RECORD = "the tick itself is not recorded"


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a replay is not what was recorded; empty `conversation_id`: the tick as a whole. None: no COp."""

    conversation_id: str
    recorded: str | None
    replayed: str | None
    what: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What plans come to, summed over ticks; `value` by term, in seconds of weighted wait by the plan's own weights."""

    served: int = 0
    waited_seconds: float = 0.0
    fraud: int = 0
    vulnerable: int = 0
    value: Mapping[str, float] = field(default_factory=dict)

    @property
    def mean_waited_seconds(self) -> float | None:
        """How long those served had waited; None where nobody was."""
        return self.waited_seconds / self.served if self.served else None

    def plus(self, other: Figures) -> Figures:
        """Both together."""
        names = {**self.value, **other.value}
        return Figures(
            self.served + other.served,
            self.waited_seconds + other.waited_seconds,
            self.fraud + other.fraud,
            self.vulnerable + other.vulnerable,
            {name: self.value.get(name, 0.0) + other.value.get(name, 0.0) for name in names},
        )


@dataclass(frozen=True, slots=True)
class OtherPolicy:
    """One tick by its own weights and by others; `changed`: conversations with another COp, or with none."""

    before: Figures
    after: Figures
    changed: int


@dataclass(frozen=True, slots=True)
class ReplayedTick:
    """One tick solved again; `skipped` says why that could not be."""

    tick_id: str
    differences: tuple[Difference, ...] = ()
    skipped: str | None = None
    other: OtherPolicy | None = None


def replayed(store: Store, ticks: Sequence[str], policy: MatchingParameters | None = None) -> Iterator[ReplayedTick]:
    """Each of these ticks solved again, and by `policy` too where one is given; a broken one is told, and passed by."""
    from optimizer.errors import OptimizerError

    for tick_id in ticks:
        try:
            yield _replayed(store, tick_id, policy)
        except (OptimizerError, ValueError, OverflowError, RecursionError, zlib.error) as error:
            yield ReplayedTick(tick_id, skipped=_reason(error))


def _reason(error: Exception) -> str:
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return f"cannot be read or solved: {line}"


def _replayed(store: Store, tick_id: str, policy: MatchingParameters | None) -> ReplayedTick:
    with store.reading() as uow:
        kept, tick = uow.ticks.snapshot(tick_id), uow.ticks.find(tick_id)
    if kept is None:
        return ReplayedTick(tick_id, skipped="its snapshot was deleted meanwhile")
    if tick is None:
        return ReplayedTick(tick_id, skipped=NO_RECORD)
    snapshot = unpacked(kept)
    with store.reading() as uow:
        offers = uow.offers.of_tick(tick_id, [ConversationId(each.id) for each in snapshot.conversations])
    plan = plan_again(snapshot, tick)
    other = None if policy is None else _other(snapshot, plan, tick, policy)
    return ReplayedTick(tick_id, tuple(differences(tick, offers, plan)), other=other)


def plan_again(snapshot: Snapshot, tick: TickRecord, *, by_its_rule: bool = True) -> Plan:
    """The plan of the production matcher; a tick whose solver was late or lost is greedy again, as it was.

    A tick of an experiment's arm that goes by a plain rule goes by it again, unless `by_its_rule` is false. Raises
    `SnapshotInvalid` and `PlanRejected` as the matcher does.
    """
    from optimizer.matching import match

    patient = replace(snapshot.parameters, time_limit_seconds=PATIENCE_SECONDS)
    from optimizer.plan import SolverName

    rule = rule_of(tick) if by_its_rule else SolverName.MIN_COST_FLOW
    return match(replace(snapshot, parameters=patient), solver=_solver_of(tick), rule=rule)


def rule_of(tick: TickRecord) -> SolverName:
    """How the tick was to decide: by a plain rule only where its arm asked for one, and it stood in for no other."""
    from optimizer.plan import SolverName

    plain = tick.fallback_reason is None and tick.solver in (SolverName.GREEDY, SolverName.LONGEST_IDLE)
    return SolverName(tick.solver) if plain else SolverName.MIN_COST_FLOW


def _solver_of(tick: TickRecord) -> Solver:
    """The solver, or one that fails as it did then where no snapshot could tell why it failed."""
    from optimizer.decision import solve_in_process
    from optimizer.errors import SolverError, SolverLate, WorkerLost
    from optimizer.plan import FallbackReason

    failures: dict[str, type[SolverError]] = {
        FallbackReason.SOLVER_LATE: SolverLate,
        FallbackReason.WORKER_LOST: WorkerLost,
        FallbackReason.SOLVER_ERROR: SolverError,
    }
    failure = failures.get(tick.fallback_reason or "")
    if failure is None:
        return solve_in_process

    def failing(*_: object, **__: object) -> NoReturn:
        raise failure(f"as recorded: {tick.fallback_reason}")

    return failing


def differences(tick: TickRecord, offers: Sequence[Offer], plan: Plan) -> Iterator[Difference]:
    """What is not as recorded: how it was solved, each offer with all that is kept of why, and how many there were.

    An offer refused at its commit leaves no row: as many planned pairs as the tick says were refused may have none.
    """
    if (tick.solver, tick.fallback_reason) != (str(plan.solver), plan.fallback_reason):
        recorded, again = _method(tick.solver, tick.fallback_reason), _method(plan.solver, plan.fallback_reason)
        yield Difference("", recorded, again, "solver")
    if len(offers) != tick.offered:
        yield Difference("", str(tick.offered), str(len(offers)), "offers the tick made, and offers found of it")
    pairs = {each.conversation_id: each for each in plan.assignments}
    for offer in offers:
        pair = pairs.pop(offer.conversation_id, None)
        if pair is None or pair.cop_id != offer.cop_id:
            yield Difference(offer.conversation_id, offer.cop_id, None if pair is None else pair.cop_id, "COp")
        elif found := _unlike(offer.why, reasons_of(pair, plan)):
            yield Difference(offer.conversation_id, offer.cop_id, pair.cop_id, found)
    if len(pairs) != tick.refused:
        what = f"not among the offers, of which {tick.refused} were refused"
        yield from (Difference(each.conversation_id, None, each.cop_id, what) for each in pairs.values())


def _method(solver: str, fallback_reason: str | None) -> str:
    return f"{solver} ({fallback_reason})" if fallback_reason else str(solver)


def _unlike(recorded: Mapping[str, object], again: Mapping[str, object]) -> str:
    """The names of what differs, byte by byte as JSON; empty where nothing does."""
    names = sorted({*recorded, *again})
    return ", ".join(name for name in names if _bytes(recorded, name) != _bytes(again, name))


def _bytes(values: Mapping[str, object], name: str) -> bytes | None:
    return json.dumps(values[name], sort_keys=True).encode() if name in values else None


def _other(snapshot: Snapshot, plan: Plan, tick: TickRecord, policy: MatchingParameters) -> OtherPolicy:
    other = plan_again(replace(snapshot, parameters=policy), tick, by_its_rule=False)
    before, after = ({each.conversation_id: each.cop_id for each in one.assignments} for one in (plan, other))
    changed = sum(before.get(id) != after.get(id) for id in {*before, *after})
    return OtherPolicy(figures(snapshot, plan), figures(snapshot, other), changed)


def figures(snapshot: Snapshot, plan: Plan) -> Figures:
    """What one plan comes to."""
    waiting = {each.id: each for each in snapshot.conversations}
    served = [waiting[each.conversation_id] for each in plan.assignments]
    value: Counter[str] = Counter()
    for term in (term for each in plan.assignments for term in each.terms):
        value[str(term.name)] += term.value
    from optimizer.costs import UNITS_PER_SECOND

    return Figures(
        served=len(served),
        waited_seconds=sum(each.waiting_seconds for each in served),
        fraud=sum(each.fraud for each in served),
        vulnerable=sum(each.vulnerable for each in served),
        value={name: units / UNITS_PER_SECOND for name, units in value.items()},
    )
