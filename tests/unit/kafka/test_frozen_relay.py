"""A relay that stands still between two waves, marked one and not yet begun the next, sends nothing when it wakes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from builders import NOON, FrozenClock, make_context

from routing.adapters.memory import MemoryStore
from routing.domain.events import Event, EventKind
from routing.ports import UnitOfWork
from routing.services.context import Subject, record
from routing.services.relaying import LEASE_LENGTH, relay

TAKEN_AND_MARKED = 2


class FreezingStore(MemoryStore):
    """Stands still before the transaction that follows taking and marking the first wave."""

    opened = 0
    freeze: Callable[[], object] = list

    def transaction(self) -> UnitOfWork:  # type: ignore[override]
        self.opened += 1
        if self.opened == TAKEN_AND_MARKED + 1:
            self.freeze()
        return super().transaction()


class Collecting:
    """A publisher that keeps the numbers of what it was given."""

    def __init__(self) -> None:
        self.seqs: list[int | None] = []

    def publish(self, events: Sequence[Event]) -> None:
        self.seqs += [event.seq for event in events]


def test_a_relay_that_wakes_before_its_next_wave_leaves_it_to_its_successor() -> None:
    store, clock, first, other = FreezingStore(), FrozenClock(), Collecting(), Collecting()
    context = replace(make_context(store), clock=clock)
    with store.transaction() as uow:
        for _ in range(3):
            record(uow, EventKind.OFFER_ACCEPTED, NOON, "anna", Subject("c-1"), offer_id="o")
        uow.commit()

    def succeeded() -> None:
        clock.advance((LEASE_LENGTH + timedelta(seconds=1)).total_seconds())
        relay(context, other, "two")

    store.opened, store.freeze = 0, succeeded
    assert relay(context, first, "one") == 1
    assert (first.seqs, other.seqs) == ([1], [2, 3])
