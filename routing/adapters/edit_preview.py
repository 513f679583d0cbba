"""What an edit would have changed: recorded rounds of matching solved again, as things are and with the edit."""

import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from routing.adapters.matcher import unpacked
from routing.adapters.pack.build import cop_of
from routing.adapters.pack.schema.roster import CopTable
from routing.adapters.replay import plan_again
from routing.domain.cop import Cop
from routing.domain.edit import EditSubject, Values
from routing.ports import Store
from routing.services.editing import Wanted

if TYPE_CHECKING:
    from optimizer.snapshot import CopState, Snapshot, WaitingConversation
    from routing.domain.tick import TickRecord

DAY = timedelta(days=1)
MOST_WAITING = 3_000
"""Solved twice while somebody looks at a page: a larger round is passed by."""
SECONDS_AT_MOST = 3.0
_GOLDEN = 0.6180339887498949
Variant = Callable[["Snapshot"], "Snapshot"]


@dataclass(frozen=True, slots=True)
class Moved:
    """One conversation that somebody else would have been offered; None: nobody, in that round."""

    conversation_id: str
    before: str | None
    after: str | None


@dataclass(slots=True)
class EditPreview:
    """Of the last day's recorded rounds: how many there are and how many were solved again before time was up.

    `waited` are the conversations of those; `moved` the ones that go elsewhere; `concerned` those whose likeliest issue
    type is edited. `steers` is False for an edit that no round of matching looks at. `unread` rounds were passed by.
    """

    recorded: int = 0
    solved: int = 0
    unread: int = 0
    steers: bool = True
    waited: set[str] = field(default_factory=set)
    concerned: set[str] = field(default_factory=set)
    moved: dict[str, Moved] = field(default_factory=dict)


def preview(store: Store, wanted: Wanted, at: datetime, seconds: float = SECONDS_AT_MOST) -> EditPreview:
    """Solve recorded rounds of the day before `at` again, spread over it, for at most so many seconds of real time."""
    found, (before, after) = EditPreview(), _variants(wanted)
    found.steers = before is not after
    with store.reading() as uow:
        ticks = uow.ticks.kept(at - DAY, None)
    found.recorded = len(ticks)
    end = time.monotonic() + seconds
    edited = frozenset(change.entry for change in wanted.changes)
    for tick_id in _spread(ticks):
        if time.monotonic() >= end:
            break
        _look(store, tick_id, (before, after), edited, found)
    return found


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
    found.concerned.update(each.id for each in snapshot.conversations if _likeliest(each) in edited)
    for id in sorted({*old, *new}):
        if old.get(id) != new.get(id):
            found.moved.setdefault(id, Moved(id, old.get(id), new.get(id)))


def _plan(snapshot: "Snapshot", tick: "TickRecord") -> dict[str, str]:
    return {each.conversation_id: each.cop_id for each in plan_again(snapshot, tick).assignments}


def _same(snapshot: "Snapshot") -> "Snapshot":
    return snapshot


def _variants(wanted: Wanted) -> tuple[Variant, Variant]:
    """How a recorded round would have looked as things are, and with the edit; the same where it looks alike."""
    if wanted.edit.subject is EditSubject.POLICY:
        return _weighed(wanted.before), _weighed(wanted.after)
    if wanted.edit.subject is EditSubject.ROSTER:
        return _same, _staffed(wanted)
    steering = {change.entry for change in wanted.changes if change.field in ("priority", "service_target")}
    return _same, _urged(wanted, steering) if steering else _same


def _weighed(values: Values) -> Variant:
    from optimizer.policy import policy_from

    parameters = policy_from(values).matching
    return lambda snapshot: replace(snapshot, parameters=parameters)


def _staffed(wanted: Wanted) -> Variant:
    touched = dict.fromkeys(change.entry for change in wanted.changes)
    pairs = {id: (_cop(id, wanted.before), _cop(id, wanted.after)) for id in touched}

    def staffed(snapshot: "Snapshot") -> "Snapshot":
        joined = {each.market for each in snapshot.conversations if "+" in each.market}
        states = (
            _changed(each, pairs[each.id], snapshot.at, joined) if each.id in pairs else each for each in snapshot.cops
        )
        return replace(snapshot, cops=tuple(each for each in states if each is not None))

    return staffed


def _cop(id: str, values: Values) -> Cop | None:
    return cop_of(CopTable.model_validate({"id": id, **values[id]})) if id in values else None


def _changed(
    state: "CopState", pair: tuple[Cop | None, Cop | None], at: datetime, joined: set[str]
) -> "CopState | None":
    """The COp as they would have stood then; None where they would not have been at work."""
    before, after = pair
    ends = after.shift.ends_at(at) if after else None
    if after is None or ends is None:
        return None
    had = before.capacity if before else {}
    room = {channel: most - had.get(channel, 0) for channel, most in after.capacity.items()}
    return replace(
        state,
        skills=dict(after.skills),
        languages=dict(after.languages),
        markets=after.markets | {name for name in joined if not after.markets.isdisjoint(name.split("+"))},
        free={str(channel): max(0, state.free.get(channel, 0) + more) for channel, more in room.items()},
        seconds_to_shift_end=(ends - at).total_seconds(),
    )


def _urged(wanted: Wanted, keys: set[str]) -> Variant:
    both = keys & set(wanted.before) & set(wanted.after)
    pairs = {key: (wanted.before[key], wanted.after[key]) for key in both}

    def urged(snapshot: "Snapshot") -> "Snapshot":
        conversations = tuple(_hurried(each, pairs) for each in snapshot.conversations)
        return replace(snapshot, conversations=conversations)

    return urged


def _hurried(
    waiting: "WaitingConversation", pairs: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> "WaitingConversation":
    """Understood with the edit; what an alert or a manager made more urgent stays as it was."""
    before, after = pairs.get(_likeliest(waiting), ({}, {}))
    if before and waiting.priority == before["priority"]:
        waiting = replace(waiting, priority=after["priority"])
    if before and waiting.target_seconds == before["service_target"]["seconds"]:
        waiting = replace(waiting, target_seconds=float(after["service_target"]["seconds"]))
    return waiting


def _likeliest(waiting: "WaitingConversation") -> str:
    return max(waiting.candidates, key=lambda pair: pair[1])[0] if waiting.candidates else ""
