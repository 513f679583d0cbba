"""Pointsman's Kafka roles on a small pack, in this process or in one of their own; some die on purpose.

    python kafka_roles.py consume|relay DATABASE_URL BOOTSTRAP PREFIX [--die-at N]

With --die-at a consumer is SIGKILLed at its Nth commit, after the database and before the offset; a relay at its Nth
batch, after sending and before marking. The clock runs ten times as fast as life: a dead relay's lease ends soon.
"""

import argparse
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from routing.adapters.kafka import run_consumer, run_relay, runner
from routing.adapters.kafka.consumer import Pace, consumer_of
from routing.adapters.kafka.publisher import KafkaPublisher
from routing.adapters.sql.unit_of_work import SqlStore
from routing.adapters.system import ScaledClock, SortableIds
from routing.domain.cop import Channel, Cop, CopId, Shift
from routing.domain.issue import IssueType, Taxonomy
from routing.domain.market import Market, OpeningHours
from routing.domain.pack import Pack
from routing.domain.policy import Policy
from routing.domain.service_level import ServiceTarget
from routing.ports import Store
from routing.services.context import Context, retrying
from routing.settings import Settings

QUICK = Pace(session_timeout_ms=3_000, heartbeat_interval_ms=500, most_records=20, poll_ms=100)
ALL_DAYS = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class FixedPack:
    """A pack that never changes."""

    pack: Pack

    def current(self) -> Pack:
        return self.pack


class PlainMasker:
    """Hides digits, which is enough to see that masking happened before storing."""

    def mask(self, text: str) -> str:
        return "".join("#" if letter.isdigit() else letter for letter in text if letter.isprintable())

    def gist(self, messages: Sequence[str]) -> str:
        return "\n".join(messages)


def small_pack() -> Pack:
    """One issue type, one market, three COps."""
    card = IssueType("card", "Card", "Cards", "cards", "cards", 3, ServiceTarget(0.8, 300.0), 300.0)
    market = Market("uk", "UK", ("en",), "Europe/London", "uk", OpeningHours(ALL_DAYS, 0, 1440))
    shift = Shift(ALL_DAYS, time(0), time(0), "UTC")
    roster = {
        CopId(name): Cop(
            CopId(name), name, "team", frozenset({"uk"}), {"en": 1.0}, {"cards": 1.0}, {Channel.CHAT: 3}, shift
        )
        for name in ("anna", "ben", "cleo")
    }
    return Pack("1", Taxonomy("1", {"card": card}, {}), {"uk": market}, roster)


def context_over(store: Store, speed: float = 10.0) -> Context:
    """The use cases' surroundings over a store whose roster is in place."""
    clock = ScaledClock(datetime.now(UTC), speed)
    pack = small_pack()

    def sync() -> None:
        with store.transaction() as uow:
            uow.cops.sync(pack.roster.values())
            uow.commit()

    retrying(sync)
    return Context(store, clock, SortableIds(clock), PlainMasker(), FixedPack(pack), Policy())


def settings_for(bootstrap: str, prefix: str) -> Settings:
    """Settings of one installation with topics of its own."""
    return Settings(kafka_bootstrap=bootstrap, kafka_prefix=prefix, kafka_group=f"{prefix}-group")


@contextmanager
def running(role: Callable[[threading.Event], None]) -> Iterator[None]:
    """A role in a thread; stopped, and seen to end, at the end of the block."""
    stop = threading.Event()
    thread = threading.Thread(target=role, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive(), "the role did not stop"


def consuming(store: Store, settings: Settings) -> Callable[[threading.Event], None]:
    """The consumer's role over a store."""
    return lambda stop: run_consumer(context_over(store), settings, stop, QUICK)


def relaying(store: Store, settings: Settings, speed: float = 10.0) -> Callable[[threading.Event], None]:
    """The relay's role over a store."""
    return lambda stop: run_relay(context_over(store, speed), settings, stop)


def _dying(step: Callable[..., Any], at: int, after: bool) -> Callable[..., Any]:
    """`step`, with a SIGKILL of this process at its nth call, before it or after it."""
    calls = 0

    def wrapped(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = step(*arguments, **named)
        if calls == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return wrapped


def _die_before_commit(at: int) -> None:
    def mortal(settings: Settings, pace: Pace) -> Any:
        client = consumer_of(settings, pace)
        client.commit = _dying(client.commit, at, after=False)
        return client

    runner.consumer_of = mortal


def _die_after_sending(at: int) -> None:
    KafkaPublisher.publish = _dying(KafkaPublisher.publish, at, after=True)  # type: ignore[method-assign]


def main() -> None:
    """Run one role until SIGTERM."""
    parser = argparse.ArgumentParser()
    for name in ("role", "url", "bootstrap", "prefix"):
        parser.add_argument(name)
    parser.add_argument("--die-at", type=int)
    options = parser.parse_args()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    store, settings = SqlStore(options.url), settings_for(options.bootstrap, options.prefix)
    if options.role == "consume":
        if options.die_at:
            _die_before_commit(options.die_at)
        consuming(store, settings)(stop)
    else:
        if options.die_at:
            _die_after_sending(options.die_at)
        relaying(store, settings)(stop)


if __name__ == "__main__":
    main()
