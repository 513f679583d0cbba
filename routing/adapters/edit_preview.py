"""What an edit would have changed: recorded rounds of matching solved again, as things are and with the edit."""

import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from routing.adapters.edit_variants import Variant, likeliest, market_in, variants
from routing.adapters.matcher import unpacked
from routing.adapters.replay import plan_again
from routing.domain.conversation import Conversation
from routing.domain.edit import EditSubject
from routing.domain.pack import Pack
from routing.ports import ConversationFilter, Store, UnitOfWork
from routing.services.editing import Wanted

if TYPE_CHECKING:
    from optimizer.snapshot import Snapshot
    from routing.domain.tick import TickRecord

DAY = timedelta(days=1)
MOST_WAITING = 3_000
"""Solved twice while somebody looks at a page: a larger round is passed by."""
SECONDS_AT_MOST = 3.0
MOST_ARRIVED = 20_000
_PAGE = 1_000
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Moved:
    """One conversation that somebody else would have been offered; None: nobody, in that round."""

    conversation_id: str
    before: str | None
    after: str | None


@dataclass(slots=True)
class Arrivals:
    """The last day's conversations of the markets that are edited: how many, and whom the edit is about.

    `opened` came while their market was closed and would be open with the edit, `closed` the other way round;
    `unspoken` are in a language that their market would no longer have. At most 20,000 a market, the newest.
    """

    came: int = 0
    opened: int = 0
    closed: int = 0
    unspoken: int = 0


@dataclass(slots=True)
class EditPreview:
    """Of the last day's recorded rounds: how many there are and how many were solved again before time was up.

    `waited` are the conversations of those; `moved` the ones that go elsewhere; `concerned` those whose likeliest issue
    type is edited. `steers` is False for an edit that no round of matching looks at. `unread` rounds were passed by.
    `arrivals` are those of edited markets.
    """

    recorded: int = 0
    solved: int = 0
    unread: int = 0
    steers: bool = True
    waited: set[str] = field(default_factory=set)
    concerned: set[str] = field(default_factory=set)
    moved: dict[str, Moved] = field(default_factory=dict)
    arrivals: Arrivals = field(default_factory=Arrivals)


def preview(store: Store, pack: Pack, wanted: Wanted, at: datetime, seconds: float = SECONDS_AT_MOST) -> EditPreview:
    """Solve recorded rounds of the day before `at` again, spread over it, for at most so many seconds of real time."""
    found, (before, after) = EditPreview(), variants(store, pack, wanted)
    found.steers = before is not after
    with store.reading() as uow:
        ticks = uow.ticks.kept(at - DAY, None)
        if wanted.edit.subject is EditSubject.MARKETS:
            found.arrivals = _arrivals(uow, wanted, at)
    found.recorded = len(ticks)
    end = time.monotonic() + seconds
    edited = frozenset(change.entry for change in wanted.changes)
    for tick_id in _spread(ticks):
        if time.monotonic() >= end:
            break
        _look(store, tick_id, (before, after), edited, found)
    return found


def _arrivals(uow: UnitOfWork, wanted: Wanted, at: datetime) -> Arrivals:
    found = Arrivals()
    for key in dict.fromkeys(change.entry for change in wanted.changes):
        before, after = market_in(key, wanted.before), market_in(key, wanted.after)
        gone = {*before.languages} - {*after.languages}
        for each in _came(uow, key, at):
            was, would_be = before.is_open(each.received_at), after.is_open(each.received_at)
            found.came += 1
            found.opened += would_be and not was
            found.closed += was and not would_be
            found.unspoken += each.language in gone
    return found


def _came(uow: UnitOfWork, market: str, at: datetime) -> Iterator[Conversation]:
    """Those of the day before `at`, the newest first."""
    before: str | None = None
    for _ in range(MOST_ARRIVED // _PAGE):
        page = uow.conversations.page(ConversationFilter(market=market), before, _PAGE)
        yield from (each for each in page if at - DAY <= each.received_at <= at)
        if len(page) < _PAGE or page[-1].received_at < at - DAY:
            return
        before = page[-1].id


def _spread(ticks: Sequence[str]) -> Iterator[str]:
    """Every tick once, in an order of which any beginning covers the whole span evenly."""
    order = sorted(range(len(ticks)), key=lambda place: ((place + 1) * _GOLDEN) % 1.0)
    return (ticks[place] for place in order)


def _look(
    store: Store, tick_id: str, variants: tuple[Variant, Variant], edited: frozenset[str], found: EditPreview
) -> None:
    """One round, counted in `found`."""
    from optimizer.errors import OptimizerError

    with store.reading() as uow:
        kept, tick = uow.ticks.snapshot(tick_id), uow.ticks.find(tick_id)
    if kept is None or tick is None or tick.waiting > MOST_WAITING:
        found.unread += 1
        return
    try:
        snapshot = unpacked(kept)
        old, new = (_plan(variant(snapshot), tick) if found.steers else {} for variant in variants)
    except (OptimizerError, ValueError, OverflowError, RecursionError, zlib.error):
        found.unread += 1
        return
    found.solved += 1
    found.waited.update(each.id for each in snapshot.conversations)
    found.concerned.update(each.id for each in snapshot.conversations if likeliest(each) in edited)
    for id in sorted({*old, *new}):
        if old.get(id) != new.get(id):
            found.moved.setdefault(id, Moved(id, old.get(id), new.get(id)))


def _plan(snapshot: "Snapshot", tick: "TickRecord") -> dict[str, str]:
    return {each.conversation_id: each.cop_id for each in plan_again(snapshot, tick).assignments}
