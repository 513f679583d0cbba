"""What the records say about an experiment: whose turn it was, and what that did to customers."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.domain.conversation import Conversation, ConversationState
from routing.domain.experiment import Arm, Experiment
from routing.domain.offer import Assignment
from routing.domain.pack import Pack
from routing.domain.switchback import FEWEST_PAIRS, Effect, Seen, effect
from routing.domain.tick import PlayedTurn
from routing.ports import ConversationFilter, Store, UnitOfWork

_PAGE = 1_000
Block = tuple[str, int]
"""(matching group, number of the block)"""


@dataclass(frozen=True, slots=True)
class _Customer:
    """What the analysis reads of a conversation; see `Conversation`."""

    id: str
    group: str
    waiting_since: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    state: ConversationState
    target_seconds: float


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of the floor and what policy B adds to it. `refusal`: why it has no interval, None where it has."""

    name: str
    unit: str
    effect: Effect | None
    refusal: str | None


@dataclass(frozen=True, slots=True)
class ArmRecord:
    """What an arm's recorded ticks went by."""

    arm: Arm
    policy: str
    versions: tuple[str, ...]
    solvers: tuple[str, ...]
    ticks: int
    fallbacks: int
    unpriced: int


@dataclass(frozen=True, slots=True)
class Played:
    """Blocks that are over. kept: as drawn; silent: without a recorded tick; astray: by another policy than drawn."""

    kept: frozenset[Block]
    silent: int
    astray: int


@dataclass(frozen=True, slots=True)
class ExperimentReport:
    """What came of an experiment up to `until`; `crossed`: the share answered in a block of the other policy."""

    experiment: Experiment
    until: datetime
    blocks: Played
    customers: int
    crossed: float | None
    arms: tuple[ArmRecord, ...]
    measures: tuple[Measure, ...]
    notes: tuple[str, ...]


def analysis(store: Store, pack: Pack, experiment: Experiment, at: datetime) -> ExperimentReport:
    """The effect of policy B, from the blocks that are over at `at` and whose ticks were recorded as drawn."""
    with store.reading() as uow:
        turns = uow.ticks.played(experiment.name)
        customers = list(_customers(uow, pack, experiment, at))
        since = experiment.starts_at or min((each.waiting_since for each in customers), default=at)
        work = _work(uow.assignments.since(since))
    blocks = _blocks(experiment, turns, since, at, pack.matching_groups)
    arms = tuple(_arm(experiment, arm, turns) for arm in Arm)
    return ExperimentReport(
        experiment=experiment,
        until=at if experiment.ends_at is None else min(at, experiment.ends_at),
        blocks=blocks,
        customers=len(customers),
        crossed=_crossed(experiment, customers),
        arms=arms,
        measures=tuple(_measures(experiment, customers, work, blocks.kept, at)),
        notes=tuple(_notes(arms)),
    )


def _blocks(
    experiment: Experiment, turns: Sequence[PlayedTurn], since: datetime, at: datetime, groups: Iterable[str]
) -> Played:
    over = [turn for turn in experiment.schedule(groups, since, at) if experiment.begin_of(turn.block + 1) <= at]
    recorded: dict[Block, set[tuple[Arm, float]]] = defaultdict(set)
    for each in turns:
        recorded[each.group, each.block].add((each.arm, each.propensity))
    drawn = {(turn.group, turn.block): {(turn.arm, turn.propensity)} for turn in over}
    silent = sum(block not in recorded for block in drawn)
    kept = frozenset(block for block, turn in drawn.items() if recorded.get(block) == turn)
    return Played(kept, silent, len(drawn) - silent - len(kept))


def _customers(uow: UnitOfWork, pack: Pack, experiment: Experiment, at: datetime) -> Iterator[_Customer]:
    """Everybody who began to wait in a turn."""
    for each in _newest_first(uow, experiment.starts_at):
        market = pack.markets.get(each.market)
        spared = experiment.spares_fast_lane and each.fast_lane
        if market is None or spared or each.waiting_since > at:
            continue
        if experiment.turn_now(market.matching_group, each.waiting_since) is not None:
            yield _customer(market.matching_group, each)


def _customer(group: str, c: Conversation) -> _Customer:
    return _Customer(c.id, group, c.waiting_since, c.answered_at, c.ended_at, c.state, c.target_seconds)


def _newest_first(uow: UnitOfWork, since: datetime | None) -> Iterator[Conversation]:
    last: str | None = None
    while page := uow.conversations.page(ConversationFilter(), last, _PAGE):
        for each in page:
            if since is not None and each.received_at < since:
                return
            yield each
        last = page[-1].id


def _work(assignments: Iterable[Assignment]) -> Mapping[str, list[tuple[datetime, float]]]:
    """Conversation -> when work on it began, and the seconds its COp reported."""
    found: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
    for each in assignments:
        if each.handle_time_seconds is not None:
            found[each.conversation_id].append((each.started_at, each.handle_time_seconds))
    return found


def _measures(
    experiment: Experiment,
    customers: Sequence[_Customer],
    work: Mapping[str, list[tuple[datetime, float]]],
    kept: frozenset[Block],
    at: datetime,
) -> Iterator[Measure]:
    def measured(name: str, unit: str, value_of: Callable[[_Customer], float | None]) -> Measure:
        pairs = ((each, value_of(each)) for each in customers)
        seen = (Seen(each.group, each.waiting_since, value) for each, value in pairs if value is not None)
        found = effect(experiment, seen, kept)
        return Measure(name, unit, found, _refusal(found))

    yield measured("mean wait", "s", lambda each: _wait(each, at))
    yield measured("answered in time", "share", lambda each: _in_time(each, at))
    if any(each.state is ConversationState.ABANDONED for each in customers):
        yield measured("abandonment", "share", _left)
    else:
        yield Measure("abandonment", "share", None, "nobody is recorded as having left before an answer")
    yield measured("handle time", "s", lambda each: _handled(each, work.get(each.id, ())))


def _refusal(found: Effect | None) -> str | None:
    if found is None:
        return "no pair of blocks that were kept has customers in both"
    if found.low is None:
        return f"{found.pairs} pairs of blocks are too few for an interval; it takes {FEWEST_PAIRS}"
    return None


def _wait(customer: _Customer, at: datetime) -> float:
    """Seconds until the first answer, until the customer left, or until now."""
    until = customer.answered_at or customer.ended_at or at
    return max((until - customer.waiting_since).total_seconds(), 0.0)


def _in_time(customer: _Customer, at: datetime) -> float | None:
    """1 or 0; None where the target may still be met. Who left was not answered."""
    if customer.answered_at is not None:
        return float(_wait(customer, at) <= customer.target_seconds)
    ended = customer.state is ConversationState.ABANDONED
    return 0.0 if ended or _wait(customer, at) > customer.target_seconds else None


def _left(customer: _Customer) -> float | None:
    """1 or 0; None where nobody knows yet."""
    left = customer.state is ConversationState.ABANDONED
    return float(left) if left or customer.answered_at is not None else None


def _handled(customer: _Customer, work: Iterable[tuple[datetime, float]]) -> float | None:
    """Seconds of work since this wait began, of whoever worked on it; None where nothing is wrapped up."""
    seconds = [worked for began, worked in work if began >= customer.waiting_since]
    return sum(seconds) if seconds and customer.state is ConversationState.CLOSED else None


def _crossed(experiment: Experiment, customers: Sequence[_Customer]) -> float | None:
    answered = [(c.group, c.waiting_since, c.answered_at) for c in customers if c.answered_at is not None]
    if not answered:
        return None
    turn = experiment.turn
    return sum(turn(g, since).arm is not turn(g, until).arm for g, since, until in answered) / len(answered)


def _arm(experiment: Experiment, arm: Arm, turns: Sequence[PlayedTurn]) -> ArmRecord:
    mine = [each for each in turns if each.arm is arm]
    return ArmRecord(
        arm=arm,
        policy=experiment.arms[arm].name,
        versions=tuple(sorted({each.policy_version for each in mine})),
        solvers=tuple(sorted({each.solver for each in mine})),
        ticks=sum(each.ticks for each in mine),
        fallbacks=sum(each.fallbacks for each in mine),
        unpriced=sum(each.unpriced for each in mine),
    )


def _notes(arms: Sequence[ArmRecord]) -> Iterator[str]:
    for each in arms:
        if len(each.versions) > 1:
            said = ", ".join(each.versions)
            yield f"policy {each.arm} was changed on the way ({said}): the effect is of both together"
    one, other = (each.versions for each in arms)
    if one and one == other and arms[0].policy == arms[1].policy:
        yield "both arms went by the same policy: an effect would be chance, or a fault"
