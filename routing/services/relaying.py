"""Moving the outbox out: at least once, in order, by one relay at a time."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from routing.domain.errors import LeadershipLost
from routing.domain.events import Event
from routing.ports import Publisher
from routing.services.context import Context

LEASE = "relay"
LEASE_LENGTH = timedelta(seconds=15)


def relay(context: Context, publisher: Publisher, holder: str, most: int = 200) -> int:
    """Publish the oldest events of the outbox and mark them; returns how many left.

    0 when there is nothing, or when another relay holds the lease. Publishing happens outside any transaction: a relay
    that dies between sending and marking only makes its successor send again. The lease is renewed before each wave:
    a relay that was away for longer stops there, and what it repeats is one wave at most.
    """
    if not _is_anything_pending(context):
        return 0
    epoch, events = _taken(context, holder, most)
    if epoch is None:
        return 0
    left = 0
    for wave in waves(events):
        if left and _renewed(context, holder) != epoch:
            break
        publisher.publish(wave)
        marked = _mark(context, epoch, [event.seq for event in wave if event.seq is not None])
        if not marked:
            break
        left += marked
    return left


def waves(events: Sequence[Event]) -> list[list[Event]]:
    """Split events so that each wave holds at most one of a conversation, and a conversation's come in their order."""
    split: list[list[Event]] = []
    seen: Counter[str | None] = Counter()
    for event in events:
        number = seen[event.conversation_id]
        seen[event.conversation_id] += 1
        if number == len(split):
            split.append([])
        split[number].append(event)
    return split


def _taken(context: Context, holder: str, most: int) -> tuple[int | None, list[Event]]:
    now = context.clock.now()
    with context.store.transaction() as uow:
        epoch = uow.leases.acquire(LEASE, holder, now, LEASE_LENGTH)
        events = uow.outbox.pending(most) if epoch is not None else []
        uow.commit()
    return epoch, events


def _renewed(context: Context, holder: str) -> int | None:
    with context.store.transaction() as uow:
        epoch = uow.leases.acquire(LEASE, holder, context.clock.now(), LEASE_LENGTH)
        uow.commit()
    return epoch


def stand_down(context: Context, holder: str) -> None:
    """Give the lease back, so that another relay need not wait for its end."""
    with context.store.transaction() as uow:
        uow.leases.release(LEASE, holder)
        uow.commit()


def _is_anything_pending(context: Context) -> bool:
    with context.store.reading() as uow:
        return bool(uow.outbox.pending(1))


def _mark(context: Context, epoch: int, seqs: list[int]) -> int:
    try:
        with context.store.transaction() as uow:
            uow.leases.require(LEASE, epoch)
            uow.outbox.mark_published(seqs)
            uow.commit()
    except LeadershipLost:
        return 0  # it took too long, and a successor sends (or sent) them again
    return len(seqs)
