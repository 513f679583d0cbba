"""The relay's use case: what leaves, what is marked, and who may."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from integration.kafka_roles import context_over

from routing.adapters.memory.store import MemoryStore
from routing.domain.errors import Unavailable
from routing.domain.events import Event, EventKind
from routing.services.context import Context, Subject, record
from routing.services.relaying import LEASE_LENGTH, relay, stand_down

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """Set by the test."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at


class Collecting:
    """A publisher that keeps the numbers of what it was given; `during` runs while it publishes."""

    def __init__(self, during: Any = None) -> None:
        self.seqs: list[int | None] = []
        self.during = during

    def publish(self, events: Sequence[Event]) -> None:
        self.seqs += [event.seq for event in events]
        if self.during is not None:
            self.during()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(clock: Clock) -> Context:
    built = replace(context_over(MemoryStore()), clock=clock)
    with built.store.transaction() as uow:
        for number in range(5):
            record(uow, EventKind.OFFER_ACCEPTED, NOON, "anna", Subject(f"c{number}"), offer_id="o")
        uow.commit()
    return built


def pending(context: Context) -> int:
    with context.store.reading() as uow:
        return uow.outbox.count_pending()


def test_everything_leaves_oldest_first_in_batches(context: Context) -> None:
    out = Collecting()
    assert [relay(context, out, "one", most=2) for _ in range(4)] == [2, 2, 1, 0]
    assert out.seqs == sorted(out.seqs, key=lambda seq: seq or 0)
    assert (len(set(out.seqs)), pending(context)) == (5, 0)


def test_what_could_not_be_published_stays(context: Context) -> None:
    def fail() -> None:
        raise Unavailable("the broker is away")

    with pytest.raises(Unavailable):
        relay(context, Collecting(fail), "one")
    assert pending(context) == 5


def test_a_second_relay_waits_while_the_first_leads_and_takes_over_after_it(context: Context, clock: Clock) -> None:
    assert relay(context, Collecting(), "one", most=1) == 1
    assert relay(context, Collecting(), "two", most=1) == 0
    clock.at += LEASE_LENGTH + timedelta(seconds=1)
    assert relay(context, Collecting(), "two", most=1) == 1


def test_a_relay_that_stands_down_is_followed_at_once(context: Context) -> None:
    assert relay(context, Collecting(), "one", most=1) == 1
    stand_down(context, "one")
    assert relay(context, Collecting(), "two", most=1) == 1


def test_a_relay_that_lost_its_lease_while_sending_marks_nothing(context: Context, clock: Clock) -> None:
    def overtaken() -> None:
        clock.at += LEASE_LENGTH + timedelta(seconds=1)
        assert relay(context, Collecting(), "two", most=1) == 1

    assert relay(context, Collecting(overtaken), "one", most=3) == 0
    assert pending(context) == 4


def test_a_relay_that_was_frozen_between_two_waves_sends_no_more_of_what_another_has_sent(
    context: Context, clock: Clock
) -> None:
    with context.store.transaction() as uow:
        for _ in range(3):
            record(uow, EventKind.OFFER_ACCEPTED, NOON, "anna", Subject("c0"), offer_id="o")
        uow.commit()
    other = Collecting()

    def frozen() -> None:
        clock.at += LEASE_LENGTH + timedelta(seconds=1)
        relay(context, other, "two")
        first.during = None

    first = Collecting(frozen)
    assert relay(context, first, "one") == 0
    assert pending(context) == 0
    assert first.seqs == [1, 2, 3, 4, 5], "the wave in hand, and no later one"
    assert other.seqs == [1, 2, 3, 4, 5, 6, 7, 8]
