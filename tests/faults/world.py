"""One seed's world: the database, the broker, the processes, and the ledger of what customers wrote."""

import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from builders import FixedPacks, PlainMasker
from kafka.errors import KafkaError

from api.gathering import Gatherings, Kind
from faults import deeds
from faults.broker import TOPICS, Broker, Outlet, Sent
from faults.crowd import Crowd
from faults.fate import Actor, ActorsClock, Crash, Fate, Frame, Planted, SeededIds
from faults.floor import whole_pack
from faults.planner import FloorClassifier, Planner
from faults.promises import Promises
from faults.rest import gathered
from faults.store import Database, MortalStore, Watch
from routing.adapters.kafka.consumer import Ends, IntakeConsumer, Pace
from routing.adapters.kafka.dead_letters import DeadLetters
from routing.adapters.kafka.producing import Producer
from routing.adapters.kafka.publisher import KafkaPublisher
from routing.adapters.kafka.record_store import RecordStore
from routing.domain.errors import RoutingError
from routing.domain.policy import Policy
from routing.services.context import Context

POLICY = Policy(most_excluded=2)
PACE = Pace(first_backoff_seconds=0.1, longest_backoff_seconds=0.4, poll_ms=500, most_records=8)
TOLD = (RoutingError, KafkaError, Planted)
"""What a supervisor, or a client, may see; anything else is a bug of its own."""


@dataclass(slots=True)
class Role:
    """A process as it runs now: its context, and what it works with; `number` rises with every start."""

    actor: Actor
    context: Context
    number: int = 0
    parts: Any = None
    gatherings: Gatherings = field(default_factory=Gatherings)


@dataclass(slots=True)
class World:
    """Everything there is. `ledger`: event id -> text, of every message that must be stored in the end."""

    database: Database
    fate: Fate
    packs: FixedPacks = field(default_factory=lambda: FixedPacks(whole_pack()))
    ledger: dict[str, str] = field(default_factory=dict)
    unanswered: list[Any] = field(default_factory=list)
    to_erase: list[str] = field(default_factory=list)
    poison: int = 0
    broker: Broker = field(init=False)
    promises: Promises = field(init=False)
    roles: dict[str, Role] = field(default_factory=dict)
    markets: dict[str, str] = field(default_factory=dict)
    most_conversations: int = 5
    policy: Policy = POLICY
    deeds: Any = None
    kinds: dict[Kind[Any], Kind[Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.database.begin(self.fate)
        self.broker = Broker(self.fate)
        self.kinds = gathered(self.fate)
        self.promises = Promises(self.database.onlooker(), self.packs, self.fate)
        self.fate.meanwhile = lambda: deeds.something(self)
        self.deeds = deeds.chosen(self)
        self.sync_roster()
        self.database.watch = Watch(self.promises.look_before, self._committed, self._left, self.promises.lost)
        for name in ("serve-a", "serve-b", "consume-a", "consume-b", "relay-a", "relay-b"):
            self._add(name)

    def _committed(self) -> None:
        self.promises.lasted()
        self.promises.check(self._clock())

    def _left(self, inside: sqlite3.Connection) -> None:
        self.promises.check_inside(inside, self._clock())

    def _clock(self) -> Callable[[], datetime]:
        return ActorsClock(self.fate, self.fate.frames[-1].actor).now

    def _add(self, name: str) -> None:
        actor = Actor(name)
        clock = ActorsClock(self.fate, actor)
        ids = SeededIds(self.fate, clock)
        context = Context(MortalStore(self.database), clock, ids, PlainMasker(), self.packs, POLICY)
        self.roles[name] = Role(actor, context)
        self._start(name)

    def _start(self, name: str) -> None:
        """Build the role from nothing but the database, as a fresh process would."""
        role = self.roles[name]
        role.context.store.begin_anew()
        role.gatherings = Gatherings()
        role.actor.dead = False
        role.number += 1
        kind = name.split("-", maxsplit=1)[0]
        if kind == "serve":
            role.parts = Planner(self.fate, partial(deeds.freeze, self)), FloorClassifier(fate=self.fate)
        elif kind == "consume":
            role.parts = self._consumer(role)
        else:
            role.parts = KafkaPublisher(Producer(lambda: Outlet(self.broker)), TOPICS)

    def _consumer(self, role: Role) -> tuple[Any, IntakeConsumer]:
        if role.parts is not None:
            self.broker.leave(role.parts[0])
        member = self.broker.join()
        letters = DeadLetters(Producer(lambda: Outlet(self.broker)), TOPICS.dead_letter, role.context.masker.mask)
        ends = Ends(
            member, RecordStore(role.context, TOPICS), letters, member.is_undecodable, lambda: self.fate.elapsed
        )
        return member, IntakeConsumer(ends, threading.Event(), PACE)

    def perform(self, name: str, what: str, step: Callable[[Role], object], erases: str | None = None) -> bool:
        """Let a process do something; it may be refused, fail as told, or die and come back. True when it was done."""
        crowd = self.fate.crowd if self.fate.crowd is not None and self.fate.crowd.outermost else None
        role = self.roles[name if crowd is None else crowd.frame.actor.name]
        if self.is_busy(role.actor):
            return False
        self.fate.tell(f"{role.actor.name}: {what}")
        frame_count = len(self.fate.frames)
        self.fate.frames.append(Frame(role.actor, self.fate.fuse(), erases) if crowd is None else crowd.frame)
        try:
            step(role)
        except Crash:
            if crowd is not None:
                raise
            self._start(name)
            return False
        except TOLD as error:
            self.fate.tell(f"  {type(error).__name__}: {error}"[:160])
            return False
        finally:
            del self.fate.frames[frame_count:]
        return True

    def together(self, name: str, wanted: Sequence[Callable[["World"], None]]) -> None:
        """Let a process do several things at once, each in a thread of its own."""
        actor = self.roles[name].actor
        if self.fate.crowd is not None or self.is_busy(actor):
            return
        self.fate.tell(f"{name}: {len(wanted)} at once")
        try:
            Crowd(self.fate, actor).run([partial(deed, self) for deed in wanted])
        except Crash:
            self._start(name)

    def is_busy(self, actor: Actor) -> bool:
        """Whether this process is in the middle of something."""
        return any(frame.actor is actor for frame in self.fate.frames)

    def restart(self, name: str) -> None:
        """SIGKILL between two deeds, and a new start."""
        self.fate.tell(f"{name} is killed")
        self.fate.crashes += 1
        self._start(name)

    def pick(self, query: str) -> Any:
        """One row of what the database says, drawn; None where there is none."""
        found = self.rows(f"{query} ORDER BY id")
        return self.fate.random.choice(found) if found else None

    def rows(self, query: str, *given: Any) -> list[Any]:
        """What the database says, to whoever looks on."""
        return self.promises.rows(query, *given)

    def sync_roster(self) -> None:
        """Take the pack's roster over, as every process does when the pack changes."""
        with self.database.store.transaction() as uow:
            uow.cops.sync(self.packs.pack.roster.values())
            uow.commit()

    def put(self, topic: str, key: str, kind: str, event_id: str, data: dict[str, Any]) -> None:
        """A sender's record."""
        envelope = {"specversion": "1.0", "id": event_id, "source": "shop", "type": f"pointsman.{kind}.v1"}
        body = {**envelope, "time": self.fate.now.isoformat(), "data": data}
        self.broker.put(topic, key.encode(), Sent(key.encode(), json.dumps(body).encode(), []))

    def close(self) -> None:
        """Nothing of this seed stays open."""
        self.promises.close()
