"""What the floor's own page shows: cells of market and family, what managers changed, and the last day's hours."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlencode

from api.console import wording
from api.console.names import cop_name, family_name, market_name
from api.console.speech import _
from routing.domain.override import Override, OverrideKind
from routing.domain.pack import Pack
from routing.services.floor_views import UNKNOWN_FAMILY, family_of
from routing.services.floor_watch import CellView, FloorWatch

HEATS = 6
STANDINGS = ("free", "busy", "away", "offline")
ROWS = "/console/floor/rows"
ACT = "/console/floor/act"


@dataclass(frozen=True, slots=True)
class Count:
    """A number and where its rows are."""

    text: str
    rows: str


@dataclass(frozen=True, slots=True)
class CellRow:
    """One family of one market. `red` says that somebody must act; then `act` leads to what can be done."""

    market: str
    family: str
    waiting: Count
    oldest: str
    slack: str
    late: Count
    predicted: Count
    able: tuple[Count, ...]
    arrived: Count
    red: bool
    quiet: bool
    act: str


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """One temporary change."""

    id: str
    what: str
    by: str
    reason: str
    since: str
    until: str
    state: str


@dataclass(frozen=True, slots=True)
class Heat:
    """One hour of one family; `level` 0 is nobody."""

    count: int
    level: int
    rows: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One family over the last day."""

    family: str
    hours: tuple[Heat, ...]


@dataclass(frozen=True, slots=True)
class WatchPage:
    """The floor by market and family, ready to be shown."""

    at: str
    time: str
    cells: tuple[CellRow, ...]
    quiet: tuple[CellRow, ...]
    predicted: int
    occupancy: str
    at_work: int
    overrides: tuple[OverrideRow, ...]
    hours: tuple[str, ...]
    heat: tuple[HeatRow, ...]


def watch_page(found: FloorWatch, pack: Pack) -> WatchPage:
    """The floor as its page shows it: those who must be helped first, the rest in the order of the pack."""
    rows = [_cell(cell, pack) for cell in found.cells]
    shown = sorted((row for row in rows if not row.quiet), key=lambda row: not row.red)
    last = [(found.at - timedelta(hours=back)).hour for back in range(23, -1, -1)]
    return WatchPage(
        at=found.at.isoformat(),
        time=wording.time_of_day(found.at),
        cells=tuple(shown),
        quiet=tuple(row for row in rows if row.quiet),
        predicted=sum(cell.predicted or 0 for cell in found.cells),
        occupancy=wording.percent(found.occupied / found.at_work) if found.at_work else "–",
        at_work=found.at_work,
        overrides=tuple(override_row(each, pack, found.at) for each in found.overrides),
        hours=tuple(f"{hour:02d}" for hour in last),
        heat=_heat(found, pack, last),
    )


def family_said(pack: Pack, key: str) -> str:
    """What people call a family, or that it is not known yet."""
    return wording.plain(UNKNOWN_FAMILY) if key == UNKNOWN_FAMILY else family_name(pack.taxonomy, key)


def _cell(cell: CellView, pack: Pack) -> CellRow:
    place = {"market": cell.market, "family": cell.family}
    slack = cell.least_slack_seconds
    able = tuple(_count(cell.able.get(name, 0), "cops", place | {"standing": name}) for name in STANDINGS)
    return CellRow(
        market=market_name(pack, cell.market),
        family=family_said(pack, cell.family),
        waiting=_count(cell.waiting, "waiting", place),
        oldest=wording.clock(cell.oldest_seconds) if cell.waiting else "–",
        slack="–" if slack is None else ("−" if slack < 0 else "") + wording.clock(abs(slack)),
        late=_count(cell.past_target, "late", place),
        predicted=Count("–", "") if cell.predicted is None else _count(cell.predicted, "waiting", place),
        able=able,
        arrived=_count(cell.arrived, "arrived", place),
        red=cell.acts,
        quiet=not (cell.waiting or cell.arrived),
        act=f"{ACT}?{urlencode(place)}",
    )


def _count(number: int, what: str, place: dict[str, str]) -> Count:
    return Count(str(number), _rows(what, *place.items()) if number else "")


@lru_cache(maxsize=20_000)
def _rows(what: str, *place: tuple[str, str]) -> str:
    """Where the rows of a number are; the same at every look."""
    return f"{ROWS}?{urlencode([('what', what), *place])}"


def _heat(found: FloorWatch, pack: Pack, last: Sequence[int]) -> tuple[HeatRow, ...]:
    counts: Counter[tuple[str, int]] = Counter()
    for each in found.hours:
        counts[family_of(pack, each.issue_type), each.hour] += each.count
    most = max(counts.values(), default=0)
    keys = [*pack.taxonomy.families, *([UNKNOWN_FAMILY] if any(key == UNKNOWN_FAMILY for key, _ in counts) else [])]
    return tuple(
        HeatRow(family_said(pack, key), tuple(_hour(counts[key, hour], most, key, hour) for hour in last))
        for key in keys
    )


def _hour(count: int, most: int, family: str, hour: int) -> Heat:
    level = -(-count * HEATS // most) if most else 0
    rows = _rows("arrived", ("family", family), ("hour", str(hour))) if count else ""
    return Heat(count, level, rows)


def override_row(each: Override, pack: Pack, at: datetime) -> OverrideRow:
    """One temporary change in words."""
    state = _state(each, at)
    since, until = wording.time_of_day(each.starts_at), wording.time_of_day(each.ends_at)
    return OverrideRow(each.id, override_said(each, pack), each.by, each.reason, since, until, state)


def _state(each: Override, at: datetime) -> str:
    if each.in_force(at):
        return _("in force")
    return _("undone by {name}").format(name=each.undone_by) if each.undone_at else _("over")


def override_said(each: Override, pack: Pack) -> str:
    """What an override changes, as a sentence's beginning."""
    everywhere = market_name(pack, each.market) if each.market else _("every market")
    match each.kind:
        case OverrideKind.PAUSE_AUTOMATION:
            return _("Automation is paused: people decide everything in {place}").format(place=everywhere)
        case OverrideKind.PAUSE_AGENTS:
            return _("Agents are paused: software is offered nothing in {place}").format(place=everywhere)
        case OverrideKind.RAISE_PRIORITY:
            about = family_said(pack, each.family) if each.family else _("Everything")
            said = _("{family} has at least priority {priority} in {place}")
            return said.format(family=about, priority=each.priority, place=everywhere)
        case OverrideKind.OPEN_BACKUP:
            said = _("{market} helps {place} at once")
            return said.format(market=market_name(pack, each.backup or ""), place=everywhere)
        case OverrideKind.MOVE_COP:
            return _moved(each, cop_name(pack, each.cop_id or ""), everywhere)


def _moved(each: Override, cop: str, place: str) -> str:
    if each.market and each.skill:
        said = _("{cop} serves {place} alone and works on {skill} alone")
    else:
        said = _("{cop} serves {place} alone") if each.market else _("{cop} works on {skill} alone")
    return said.format(cop=cop, place=place, skill=each.skill)
