"""A whole floor in one process over one database, made to be killed; what it was told, published and led is on disk."""

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from builders import FixedPacks, PlainMasker, make_pack
from doubles import ScriptedClassifier, ScriptedMatcher

from routing.adapters.sql.unit_of_work import SqlStore
from routing.adapters.system import SortableIds, SystemClock
from routing.domain.cop import CopId, Presence
from routing.domain.errors import Conflict, RoutingError, Unavailable
from routing.domain.events import Event
from routing.domain.offer import AssignmentId, OfferId
from routing.domain.outcome import Disposition, WrapUp
from routing.domain.policy import Policy
from routing.ports import Clock, Store
from routing.services import intake, matching, offers, presence, review, triage, wrap_up
from routing.services.context import Context, retrying
from routing.services.relaying import relay

COPS = ("ada", "ben", "cleo")
WORDS = ("card_lost", "card_late", "limit_raise", "unsure card_lost")
DONE = WrapUp(Disposition.RESOLVED, 30.0)
POLICY = Policy(review_deadline_seconds=1, lease_seconds=1)


@dataclass(frozen=True, slots=True)
class Journal:
    """Lines appended by one write each: what is in it was written before the process died."""

    file: Path

    def add(self, line: str) -> None:
        descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{line}\n".encode())
        os.close(descriptor)

    def lines(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []


class SteppedClock:
    """ports.Clock of a machine that is wrong by as many seconds as its file says, which may change at any moment."""

    def __init__(self, file: Path) -> None:
        self._file, self._system = file, SystemClock()

    def now(self) -> datetime:
        return self._system.now() + timedelta(seconds=float(self._file.read_text()))


class JournalPublisher:
    """ports.Publisher into a journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def publish(self, events: Sequence[Event]) -> None:
        for event in events:
            self._journal.add(json.dumps([event.seq, event.conversation_id, str(event.kind)]))


@dataclass(frozen=True, slots=True)
class Floor:
    """Customers, COps and the service's own work; `told` are the messages that were acknowledged, `led` the epochs."""

    context: Context
    told: Journal
    published: Journal
    led: Journal
    holder: str

    @classmethod
    def over(cls, store: Store, folder: Path, clock: Clock | None = None) -> "Floor":
        clock = clock or SystemClock()
        context = Context(store, clock, SortableIds(clock), PlainMasker(), FixedPacks(make_pack()), POLICY)
        return cls(
            context,
            Journal(folder / "told"),
            Journal(folder / "published"),
            Journal(folder / "led"),
            f"floor-{os.getpid()}",
        )

    def come_in(self) -> None:
        def sync() -> None:
            with self.context.store.transaction() as uow:
                uow.cops.sync(self.context.packs.current().roster.values())
                uow.commit()

        retrying(sync)
        for name in COPS:
            presence.set_presence(self.context, presence.PresenceChange(CopId(name), Presence.AVAILABLE, name))

    def write(self) -> None:
        """The next message, again if nobody knows whether it was taken in."""
        number = len(self.told.lines())
        text = f"{WORDS[number % len(WORDS)]} e-{number}"
        message = intake.IncomingMessage(f"e-{number}", "shop", text, "uk", conversation_id=f"c-{number // 2}")
        intake.receive(self.context, message)
        self.told.add(text)

    def work(self) -> None:
        """One round of everything else."""
        triage.triage_batch(self.context, ScriptedClassifier())
        record = matching.tick(self.context, ScriptedMatcher(), "main", self.holder)
        if record is not None:
            self.led.add(f"{record.epoch} {self.holder}")
        with self.context.store.reading() as uow:
            pending, active = uow.offers.pending(), uow.assignments.active()
        for offer in pending:
            self._try(lambda id=offer.id: offers.accept(self.context, OfferId(id)))
        for each in active:
            self._try(lambda id=each.id: wrap_up.wrap_up(self.context, AssignmentId(id), DONE))
        offers.lapse_due(self.context)
        review.lapse_due(self.context)
        relay(self.context, JournalPublisher(self.published), self.holder)

    def _try(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Unavailable:
            raise
        except RoutingError:
            pass


def run_until_killed(url: str, folder: Path) -> None:
    """Write and work until somebody ends this process; an outage is waited out."""
    floor = Floor.over(SqlStore(url), folder)
    began = False
    while True:
        try:
            if not began:
                floor.come_in()
                began = True
            floor.write()
            floor.work()
        except Unavailable:
            time.sleep(0.05)


def run_by_a_wrong_clock(url: str, folder: Path, name: str) -> None:
    """The same by the clock in the file `name`; the first of two writes too."""
    floor = Floor.over(SqlStore(url), folder, SteppedClock(folder / name))
    while True:
        try:
            if name == "first":
                floor.write()
            floor.work()
        except Conflict:
            continue  # two who work at once: somebody else was first
