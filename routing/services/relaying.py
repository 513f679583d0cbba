"""Moving the outbox out: at least once, in order, by one relay at a time."""

from datetime import timedelta

from routing.domain.errors import LeadershipLost
from routing.ports import Publisher
from routing.services.context import Context

LEASE = "relay"
LEASE_LENGTH = timedelta(seconds=15)


def relay(context: Context, publisher: Publisher, holder: str, most: int = 200) -> int:
    """Publish the oldest events of the outbox and mark them; returns how many left.

    0 when there is nothing, or when another relay holds the lease. Publishing happens outside any transaction: a relay
    that dies between sending and marking only makes its successor send again.
    """
    if not _is_anything_pending(context):
        return 0
    now = context.clock.now()
    with context.store.transaction() as uow:
        epoch = uow.leases.acquire(LEASE, holder, now, LEASE_LENGTH)
        events = uow.outbox.pending(most) if epoch is not None else []
        uow.commit()
    if epoch is None or not events:
        return 0
    publisher.publish(events)
    return _mark(context, epoch, [event.seq for event in events if event.seq is not None])


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
