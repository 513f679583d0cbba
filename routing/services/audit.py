"""The audit trail: verify it, search it, anchor its newest seal outside the database, and let facts be forgotten."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from routing.domain.audit import Anchor, Sealed, Wanted
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


def anchor(store: Store, anchors: Anchors, at: datetime, restored: str | None = None) -> Anchor | None:
    """Copy the newest seal to where the database cannot reach; None where nothing was sealed yet."""
    with store.reading() as uow:
        head = uow.audit.head()
    if head is None:
        return None
    made = Anchor(head.position, head.chained, at, restored)
    anchors.add(made)
    return made


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
