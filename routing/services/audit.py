"""The audit trail: verify it, search it, anchor its newest seal outside the database, and let facts be forgotten."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from routing.domain.audit import Anchor, Seal, Sealed, Wanted, standing
from routing.domain.audit_check import MOST_TOLD, Verification
from routing.domain.audit_check import verify as check
from routing.domain.events import Event, EventKind
from routing.ports import Anchors, AuditTrail, Store, UnitOfWork
from routing.services.context import Context, Subject, record

SERVICE = "pointsman"
PAGE = 1_000


def verify(store: Store, anchors: Sequence[Anchor]) -> Verification:
    """Read the whole trail in one consistent state of the store, a page at a time, and hold it against the anchors."""
    with store.reading() as uow:
        return check(_every(uow.audit), uow.audit.unsealed(MOST_TOLD), anchors)


def search(store: Store, wanted: Wanted, most: int) -> list[Sealed]:
    """The newest facts that fit, with their seals."""
    with store.reading() as uow:
        return uow.audit.search(wanted, most)


def anchor(store: Store, anchors: Anchors, at: datetime) -> Anchor | None:
    """Copy the newest seal to where the database cannot reach; None where nothing was sealed yet."""
    with store.reading() as uow:
        return _put(anchors, uow.audit.head(), at)


def anchor_restored(store: Store, anchors: Anchors, at: datetime, reason: str) -> Anchor | None:
    """The same after a restoration: anchors beyond the last one that fits are set aside, by name.

    Also where the restored history went on since, past the places of those anchors.
    """
    with store.reading() as uow:
        common = _last_that_fits(uow.audit, standing(anchors.all()))
        head, after = uow.audit.head(), uow.audit.after(common, 1)
        first = _put(anchors, after[0].seal if after else head, at, reason)
        return first if head is None or first is None or first.position == head.position else _put(anchors, head, at)


def _put(anchors: Anchors, seal: Seal | None, at: datetime, restored: str | None = None) -> Anchor | None:
    if seal is None:
        return None
    made = Anchor(seal.position, seal.chained, at, restored)
    anchors.add(made)
    return made


def _last_that_fits(trail: AuditTrail, anchors: Sequence[Anchor]) -> int:
    for each in sorted(anchors, key=lambda anchor: -anchor.position):
        found = trail.after(each.position - 1, 1)
        if found and (found[0].seal.position, found[0].seal.chained) == (each.position, each.chained):
            return each.position
    return 0


def forget(uow: UnitOfWork, seqs: Sequence[int], at: datetime, by: str, reason: str) -> int:
    """Make it impossible to tell facts from their digests, and seal who did it and why; returns how many there were.

    The facts' own words are the caller's to erase, in the same transaction.
    """
    forgotten = uow.audit.forget(seqs)
    if forgotten:
        record(uow, EventKind.HISTORY_ERASED, at, by, Subject(), seqs=sorted(set(seqs)), reason=reason)
    return forgotten


def note_rules(context: Context) -> None:
    """Put the pack and the policy in force into the history, where they are others than those it last told of."""
    pack = {"version": context.packs.current().version}
    _note(context, {EventKind.PACK_CHANGED: pack, EventKind.POLICY_CHANGED: {"policy": asdict(context.policy)}})


def note_matching_policy(context: Context, version: str) -> None:
    """The same for the policy that matching goes by, which only a process that matches knows."""
    _note(context, {EventKind.MATCHING_POLICY_CHANGED: {"version": version}})


def _note(context: Context, rules: Mapping[EventKind, Mapping[str, object]]) -> None:
    now = context.clock.now()
    with context.store.transaction() as uow:
        known = {kind: uow.events.newest_of([kind], 1) for kind in rules}
        changed = {kind: data for kind, data in rules.items() if not _tells(known[kind], data)}
        for kind, data in changed.items():
            record(uow, kind, now, SERVICE, Subject(), **data)
        if changed:
            uow.commit()


def _tells(known: Sequence[Event], data: Mapping[str, object]) -> bool:
    return any(dict(event.data) == data for event in known)


def _every(trail: AuditTrail) -> Iterator[Sealed]:
    position = 0
    while page := trail.after(position, PAGE):
        yield from page
        position = page[-1].seal.position
