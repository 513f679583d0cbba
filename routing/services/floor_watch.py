"""The floor by market and family: who waits, who will wait too long, who can take them, and the last day's hours."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from routing.domain.cop import Cop, CopId, Presence
from routing.domain.forecast import Cell, Crew, Line, predicted_breaches, shared
from routing.domain.lineup import Group
from routing.domain.market import Markets
from routing.domain.outcome import HandleTimeStatistics
from routing.domain.overflow import waited_seconds
from routing.domain.override import Override, applied
from routing.domain.pack import Pack
from routing.domain.queue import Waits
from routing.domain.service_level import age_seconds
from routing.ports import UnitOfWork
from routing.ports.arrivals import Arrived
from routing.services.context import Context
from routing.services.floor_memory import CopView, FloorMemory
from routing.services.floor_views import UNKNOWN_FAMILY, family_of
from routing.services.overrides import concerns

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
ENOUGH_HANDLED = 5
"""Wrap-ups of an issue type from which its own handle times count; before, the taxonomy's."""


@dataclass(frozen=True, slots=True)
class CellView:
    """One family of one market. `least_slack_seconds` is the shortest time anybody has left, negative past the target.

    `predicted` are those who will pass their target within 15 minutes; None where nothing can be said. `able` counts
    COps who serve it by standing; `arrived` are the customers of the last hour.
    """

    market: str
    family: str
    waiting: int
    oldest_seconds: float
    least_slack_seconds: float | None
    past_target: int
    predicted: int | None
    able: Mapping[str, int]
    arrived: int

    @property
    def acts(self) -> bool:
        """Whether somebody must act."""
        return self.past_target > 0 or bool(self.predicted)


@dataclass(frozen=True, slots=True)
class FloorWatch:
    """The floor at one moment. `occupied` of `at_work` COps hold work; `hours` are the customers of the last day."""

    at: datetime
    cells: tuple[CellView, ...]
    occupied: int
    at_work: int
    hours: tuple[Arrived, ...]
    overrides: tuple[Override, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """What one look at the store brought. `kept`: the memory, and by what it knows the pack in force."""

    at: datetime
    pack: Pack
    waiting: Mapping[Cell, Sequence[Group]]
    cops: Sequence[CopView]
    statistics: Sequence[HandleTimeStatistics]
    last_hour: Sequence[Arrived]
    kept: tuple[FloorMemory, tuple[str, ...]]


def watch(context: Context, within: Markets = None, memory: FloorMemory | None = None) -> FloorWatch:
    """How the floor stands now; a fixed number of queries, however many wait and work.

    With a `memory` only what changed since its last look is read of those who wait and work.
    """
    now, pack = context.clock.now(), context.packs.current()
    with context.store.reading() as uow:
        overrides, memory = uow.overrides.in_force(now), memory or FloorMemory()
        changed = (pack.version, *(each.id for each in overrides))
        in_force = memory.kept("pack", changed, lambda: applied(pack, overrides))
        read = _read(uow, in_force, (within, now), (memory, changed))
        hours = memory.figures_of("day", (within, now), lambda: uow.arrivals.since(now - DAY, within))
    at_work = [view for view in read.cops if view.standing in ("free", "busy")]
    return FloorWatch(
        at=now,
        cells=tuple(_cells(read, within)),
        occupied=sum(view.status.total_load > 0 for view in at_work),
        at_work=len(at_work),
        hours=tuple(hours),
        overrides=tuple(each for each in overrides if concerns(each, pack, within)),
    )


def _read(
    uow: UnitOfWork, pack: Pack, asked: tuple[Markets, datetime], kept: tuple[FloorMemory, tuple[str, ...]]
) -> _Read:
    (within, at), memory = asked, kept[0]
    rows, waiting = memory.look(uow, pack, at, within), defaultdict[Cell, list[Group]](list)
    for group in rows.groups:
        waiting[group.market, family_of(pack, group.issue_type)].append(group)
    last_hour = memory.figures_of("hour", asked, lambda: uow.arrivals.since(at - HOUR, within))
    return _Read(at, pack, waiting, rows.cops, uow.handle_times.all(), last_hour, kept)


def _cells(read: _Read, within: Markets) -> Iterable[CellView]:
    arrived: Counter[Cell] = Counter()
    for each in read.last_hour:
        arrived[each.market, family_of(read.pack, each.issue_type)] += each.count
    slacks = {
        cell: tuple(slack for group in groups for slack in group.slacks(read.at))
        for cell, groups in read.waiting.items()
    }
    lines = _lines(read, slacks, arrived)
    served = _served(read, frozenset(lines))
    hands, able = shared(lines, _crews(served)), _able(served)
    for cell in _places(read.pack, within):
        if cell in slacks or arrived[cell] or able.get(cell):
            line = lines.get(cell)
            predicted = predicted_breaches(line, hands[cell]) if line else None
            yield _cell(read, cell, (slacks.get(cell, ()), predicted, able.get(cell, {}), arrived[cell]))


def _places(pack: Pack, within: Markets) -> Iterable[Cell]:
    for market in pack.markets:
        if within is None or market in within:
            yield from ((market, family) for family in (*pack.taxonomy.families, UNKNOWN_FAMILY))


def _cell(read: _Read, cell: Cell, known: tuple[Sequence[float], int | None, Mapping[str, int], int]) -> CellView:
    slacks, predicted, able, arrived = known
    return CellView(
        market=cell[0],
        family=cell[1],
        waiting=len(slacks),
        oldest_seconds=max((age_seconds(each.since, read.at) for each in read.waiting.get(cell, ())), default=0.0),
        least_slack_seconds=min(slacks, default=None),
        past_target=sum(slack < 0 for slack in slacks),
        predicted=predicted,
        able=able,
        arrived=arrived,
    )


def slack_seconds(pack: Pack, conversation: Waits, at: datetime) -> float:
    """Seconds left to the target, negative past it; a closed market's clock stands still where the pack says so."""
    home = pack.markets.get(conversation.market)
    return conversation.target_seconds - waited_seconds(pack.overflow, home, conversation, at)


def _lines(read: _Read, slacks: Mapping[Cell, tuple[float, ...]], arrived: Mapping[Cell, int]) -> dict[Cell, Line]:
    times, targets = _handle_seconds(read), _targets(read.pack)
    return {
        (market, family): Line(
            slacks.get((market, family), ()),
            arrived.get((market, family), 0) / HOUR.total_seconds(),
            targets[family],
            times[family],
        )
        for market in read.pack.markets
        for family in read.pack.taxonomy.families
        if family in times
    }


def _handle_seconds(read: _Read) -> dict[str, float]:
    """Mean handle time a family: of its issue types, each by its own wrap-ups once there are enough."""
    pooled: dict[str, HandleTimeStatistics] = {}
    for each in read.statistics:
        before = pooled.get(each.issue_type, HandleTimeStatistics(each.issue_type, ""))
        pooled[each.issue_type] = before.merged(each)
    found: dict[str, list[float]] = defaultdict(list)
    for kind in read.pack.taxonomy.issue_types.values():
        known = pooled.get(kind.key)
        learned = known is not None and known.count >= ENOUGH_HANDLED
        seconds = math.exp(known.mean_log_seconds + known.variance / 2) if known and learned else None
        found[kind.family].append(seconds or kind.handle_time_seconds)
    return {family: sum(seconds) / len(seconds) for family, seconds in found.items()}


def _targets(pack: Pack) -> dict[str, float]:
    """The shortest service target a family."""
    found: dict[str, float] = {}
    for kind in pack.taxonomy.issue_types.values():
        found[kind.family] = min(found.get(kind.family, math.inf), kind.service_target.seconds)
    return found


Served = Sequence[tuple[CopView, frozenset[Cell]]]


def _crews(served: Served) -> list[Crew]:
    """COps who take new work now, those who serve the same cells together."""
    cops, free = Counter[frozenset[Cell]](), Counter[frozenset[Cell]]()
    for view, cells in served:
        if view.on_shift and view.status.presence is Presence.AVAILABLE:
            cops[cells] += 1
            free[cells] += view.free_slots
    return [Crew(cells, count, free[cells]) for cells, count in cops.items()]


def _able(served: Served) -> dict[Cell, Counter[str]]:
    alike = Counter((cells, view.standing) for view, cells in served)
    found: dict[Cell, Counter[str]] = defaultdict(Counter)
    for (cells, standing), count in alike.items():
        for cell in cells:
            found[cell][standing] += count
    return found


def _served(read: _Read, cells: frozenset[Cell]) -> Served:
    """Each COp with the cells they serve; worked out anew only for another roster or other cells."""
    memory, pack_key = read.kept
    by_cop = memory.kept("served", (pack_key, cells), lambda: _cells_of(read.pack, cells))
    return [(view, by_cop[view.cop.id]) for view in read.cops]


def _cells_of(pack: Pack, cells: frozenset[Cell]) -> dict[CopId, frozenset[Cell]]:
    families = {kind.skill: set[str]() for kind in pack.taxonomy.issue_types.values()}
    for kind in pack.taxonomy.issue_types.values():
        families[kind.skill].add(kind.family)

    @cache
    def served(markets: frozenset[str], skills: frozenset[str]) -> frozenset[Cell]:
        known = {family for skill in skills for family in families.get(skill, ())}
        return frozenset((m, f) for m in markets for f in known if (m, f) in cells)

    def able(cop: Cop) -> frozenset[str]:
        return frozenset(skill for skill, level in cop.skills.items() if level > 0)

    return {id: served(cop.markets, able(cop)) for id, cop in pack.roster.items()}
