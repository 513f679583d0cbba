"""A recorded round of matching as it would have looked with an edit."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from routing.adapters.pack.build import agent_of, cop_of, market_of
from routing.adapters.pack.schema.markets import MarketTable
from routing.adapters.pack.schema.roster import AgentTable, CopTable
from routing.adapters.reach import joined
from routing.domain.conversation import Conversation, ConversationId
from routing.domain.cop import Cop, CopId
from routing.domain.edit import EditSubject, Values
from routing.domain.market import Market
from routing.domain.overflow import OutsideHours, Overflow, reach
from routing.domain.pack import Pack
from routing.ports import Store
from routing.services.editing import Wanted

if TYPE_CHECKING:
    from optimizer.snapshot import CopState, Snapshot, WaitingConversation

Variant = Callable[["Snapshot"], "Snapshot"]
Pairs = Mapping[str, tuple[Cop | None, Cop | None]]
Known = Callable[["Snapshot"], Mapping[ConversationId, Conversation]]
"""The conversations of a round as they are stored now."""
_HOURS = frozenset({"opening", "holidays", "time_zone"})


def variants(store: Store, pack: Pack, wanted: Wanted) -> tuple[Variant, Variant]:
    """How a recorded round would have looked as things are, and with the edit; the same where it looks alike."""
    subject, changed = wanted.edit.subject, {change.field for change in wanted.changes}
    if subject is EditSubject.POLICY:
        return _weighed(wanted.before), _weighed(wanted.after)
    if subject is EditSubject.ROSTER:
        return _same, _staffed(_pairs(wanted, _person))
    if subject is EditSubject.AGENTS:
        skills = {kind.key: kind.skill for kind in pack.taxonomy.issue_types.values()}
        pairs = _pairs(wanted, lambda id, fields: agent_of(AgentTable.model_validate({"id": id, **fields}), skills))
        return _same, _automated(pairs, _known(store), pack.software)
    if subject is EditSubject.MARKETS:
        held = _HOURS if pack.overflow.outside_hours is OutsideHours.WAIT else frozenset()
        return _same, _moved(wanted, pack.overflow, _known(store)) if changed & {"backups", *held} else _same
    steering = {change.entry for change in wanted.changes if change.field in ("priority", "service_target")}
    return _same, _urged(wanted, steering) if steering else _same


def market_in(key: str, values: Values) -> Market:
    """A market as these values say it."""
    fields = {"matching_group": "any", **values[key]}
    return market_of(MarketTable.model_validate({"key": key, **fields}))


def likeliest(waiting: "WaitingConversation") -> str:
    """The issue type that it most probably is; nothing where nobody knows."""
    return max(waiting.candidates, key=lambda pair: pair[1])[0] if waiting.candidates else ""


def _known(store: Store) -> Known:
    def known(snapshot: "Snapshot") -> Mapping[ConversationId, Conversation]:
        with store.reading() as uow:
            return uow.conversations.get_many([ConversationId(each.id) for each in snapshot.conversations])

    return known


def _same(snapshot: "Snapshot") -> "Snapshot":
    return snapshot


def _weighed(values: Values) -> Variant:
    from optimizer.policy import policy_from

    parameters = policy_from(values).matching
    return lambda snapshot: replace(snapshot, parameters=parameters)


def _pairs(wanted: Wanted, made: Callable[[str, Mapping[str, Any]], Cop]) -> Pairs:
    """Who is edited, without the edit and with it; None where they are not on the roster."""
    touched = dict.fromkeys(change.entry for change in wanted.changes)
    sides = (wanted.before, wanted.after)
    before, after = ({id: made(id, side[id]) for id in touched if id in side} for side in sides)
    return {id: (before.get(id), after.get(id)) for id in touched}


def _person(id: str, fields: Mapping[str, Any]) -> Cop:
    return cop_of(CopTable.model_validate({"id": id, **fields}))


def _staffed(pairs: Pairs) -> Variant:
    def staffed(snapshot: "Snapshot") -> "Snapshot":
        asked = {each.market for each in snapshot.conversations if "+" in each.market}
        states = (
            _changed(each, pairs[each.id], snapshot, asked) if each.id in pairs else each for each in snapshot.cops
        )
        return replace(snapshot, cops=tuple(each for each in states if each is not None))

    return staffed


def _changed(
    state: "CopState", pair: tuple[Cop | None, Cop | None], snapshot: "Snapshot", asked: set[str]
) -> "CopState | None":
    """The COp as they would have stood then; None where they would not have been at work."""
    before, after = pair
    ends = after.shift.ends_at(snapshot.at) if after else None
    if after is None or ends is None:
        return None
    had = before.capacity if before else {}
    room = {channel: most - had.get(channel, 0) for channel, most in after.capacity.items()}
    return replace(
        state,
        skills=dict(after.skills),
        languages=dict(after.languages),
        markets=_serving(after.markets, asked),
        free={str(channel): max(0, state.free.get(channel, 0) + more) for channel, more in room.items()},
        seconds_to_shift_end=(ends - snapshot.at).total_seconds(),
        attempt_seconds=_attempts(after, snapshot),
    )


def _serving(markets: frozenset[str], asked: Iterable[str]) -> frozenset[str]:
    """A COp's markets, with the names of joined ones that hold one of theirs."""
    return markets | {name for name in asked if not markets.isdisjoint(name.split("+"))}


def _attempts(cop: Cop, snapshot: "Snapshot") -> dict[str, float]:
    if cop.software is None:
        return {}
    known = (each for each in snapshot.issue_types if each.key in cop.software.success)
    return {each.key: cop.software.attempt_seconds(each.key, each.handle_time_seconds) for each in known}


def _automated(pairs: Pairs, known: Known, software: Iterable[str]) -> Variant:
    staffed, everything = _staffed(pairs), frozenset(software) | pairs.keys()

    def automated(snapshot: "Snapshot") -> "Snapshot":
        stored = known(snapshot)
        conversations = tuple(_allowed(each, stored, pairs, everything) for each in snapshot.conversations)
        return replace(staffed(snapshot), conversations=conversations)

    return automated


def _allowed(
    waiting: "WaitingConversation",
    stored: Mapping[ConversationId, Conversation],
    pairs: Pairs,
    software: Iterable[str],
) -> "WaitingConversation":
    """With whom policy keeps it from, where the edit says otherwise than what was in force."""
    found = stored.get(ConversationId(waiting.id))
    if found is None:
        return waiting
    then, forbidden = _as_then(found, waiting), set(waiting.forbidden_cop_ids)
    for id, pair in pairs.items():
        was, would_be = (
            cop is not None and cop.software is not None and cop.software.may_attempt(then, software) for cop in pair
        )
        if was != would_be:
            (forbidden.discard if would_be else forbidden.add)(id)
    return replace(waiting, forbidden_cop_ids=frozenset(forbidden))


def _as_then(found: Conversation, waiting: "WaitingConversation") -> Conversation:
    """A stored conversation as it stood in that round."""
    last = None if waiting.last_cop_id is None else CopId(waiting.last_cop_id)
    return replace(
        found,
        candidates=waiting.all_candidates or waiting.candidates,
        priority=waiting.priority,
        target_seconds=waiting.target_seconds,
        vulnerable=waiting.vulnerable,
        fraud=waiting.fraud,
        last_cop_id=last,
        excluded=tuple(CopId(id) for id in sorted(waiting.excluded_cop_ids)),
    )


@dataclass(frozen=True, slots=True)
class _Search:
    """How far a search goes without the edit of markets and with it."""

    rules: Overflow
    before: Mapping[str, Market]
    after: Mapping[str, Market]
    usual: float
    at: datetime


def _moved(wanted: Wanted, rules: Overflow, known: Known) -> Variant:
    before, after = ({key: market_in(key, values) for key in values} for values in (wanted.before, wanted.after))

    def moved(snapshot: "Snapshot") -> "Snapshot":
        stored = known(snapshot)
        search = _Search(rules, before, after, snapshot.parameters.min_proficiency, snapshot.at)
        reached = (_reached(each, stored.get(ConversationId(each.id)), search) for each in snapshot.conversations)
        conversations = tuple(each for each in reached if each is not None)
        asked = {each.market for each in conversations if "+" in each.market}
        cops = tuple(replace(each, markets=_serving(each.markets, asked)) for each in snapshot.cops)
        return replace(snapshot, conversations=conversations, cops=cops)

    return moved


def _reached(
    waiting: "WaitingConversation", found: Conversation | None, search: _Search
) -> "WaitingConversation | None":
    """Whose COps it would have asked; None where it would have waited for its market to open."""
    if found is None:
        return waiting
    then = _as_then(found, waiting)
    if then.waiting_since > search.at:
        # It waited once more since: by then its age had begun anew.
        return waiting
    was, would_be = (reach(search.rules, markets, then, search.at) for markets in (search.before, search.after))
    if was == would_be:
        return waiting
    if not would_be.markets:
        return None
    least = would_be.least_proficiency(search.usual, search.rules) if would_be.steps else None
    return replace(
        waiting,
        market=joined(would_be.markets),
        waiting_seconds=would_be.waited_seconds,
        least_proficiency=least,
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
    before, after = pairs.get(likeliest(waiting), ({}, {}))
    if before and waiting.priority == before["priority"]:
        waiting = replace(waiting, priority=after["priority"])
    if before and waiting.target_seconds == before["service_target"]["seconds"]:
        waiting = replace(waiting, target_seconds=float(after["service_target"]["seconds"]))
    return waiting
