"""The store in memory: one writer at a time on a private fork of the state, readers on the last committed one."""

import threading
from types import TracebackType
from typing import Self

from routing.adapters.memory.arrivals import MemoryArrivals
from routing.adapters.memory.audit import MemoryAuditTrail
from routing.adapters.memory.conversations import MemoryConversations, MemoryReviews, MemoryTriages
from routing.adapters.memory.edits import MemoryEdits
from routing.adapters.memory.erasing import MemoryBelongings
from routing.adapters.memory.models import MemoryDriftChecks, MemoryModels, MemoryShadowTriages
from routing.adapters.memory.overrides import MemoryOverrides, MemorySignIns
from routing.adapters.memory.proposals import MemoryProposals
from routing.adapters.memory.receipts import MemoryErasures, MemoryExports, MemoryHolds, MemoryLessons
from routing.adapters.memory.records import (
    MemoryEvents,
    MemoryHandleTimes,
    MemoryIdempotency,
    MemoryInbox,
    MemoryLabels,
    MemoryLeases,
    MemoryOutbox,
    MemoryTicks,
)
from routing.adapters.memory.rows import Tables
from routing.adapters.memory.work import MemoryAssignments, MemoryCops, MemoryOffers
from routing.domain.lease import Watches
from routing.ports import UnitOfWork


class MemoryStore:
    """Opens transactions; writers queue for one lock, readers never wait."""

    def __init__(self) -> None:
        self.committed = Tables()
        self.writer = threading.Lock()
        self.watches = Watches()

    def transaction(self) -> UnitOfWork:
        """One transaction; it must be left before the same thread enters another."""
        return MemoryUnitOfWork(self, self.writer)

    def scrub(self) -> bool:
        """Nothing is left behind: what nobody refers to is gone."""
        return True

    def reading(self) -> UnitOfWork:
        """The last committed state; what is written to it is forgotten."""
        return MemoryUnitOfWork(self, None)


class MemoryUnitOfWork(UnitOfWork):
    """One transaction on a fork of its own."""

    def __init__(self, store: MemoryStore, lock: "threading.Lock | None") -> None:
        self._store, self._lock = store, lock
        self._tables = Tables()

    def __enter__(self) -> Self:
        if self._lock is not None:
            self._lock.acquire()
        self._open(self._store.committed.fork())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The fork is dropped with whatever was not committed.
        self._open(Tables())
        if self._lock is not None:
            self._lock.release()

    def commit(self) -> None:
        """Make the changes so far the state that everybody sees."""
        if self._lock is None:
            raise RuntimeError("a reading transaction has nothing to commit; open one with Store.transaction()")
        self._tables.seal()
        self._store.committed = self._tables
        self._open(self._tables.fork())

    def _open(self, tables: Tables) -> None:
        self._tables = tables
        self.conversations = MemoryConversations(tables)
        self.triages = MemoryTriages(tables)
        self.reviews = MemoryReviews(tables)
        self.proposals = MemoryProposals(tables)
        self.offers = MemoryOffers(tables)
        self.assignments = MemoryAssignments(tables)
        self.cops = MemoryCops(tables)
        self.handle_times = MemoryHandleTimes(tables)
        self.labels = MemoryLabels(tables)
        self.events = MemoryEvents(tables)
        self.audit = MemoryAuditTrail(tables)
        self.outbox = MemoryOutbox(tables)
        self.inbox = MemoryInbox(tables)
        self.idempotency = MemoryIdempotency(tables)
        self.leases = MemoryLeases(tables, self._store.watches)
        self.ticks = MemoryTicks(tables)
        self.models = MemoryModels(tables)
        self.shadow_triages = MemoryShadowTriages(tables)
        self.drift_checks = MemoryDriftChecks(tables)
        self.belongings = MemoryBelongings(tables)
        self.erasures = MemoryErasures(tables)
        self.holds = MemoryHolds(tables)
        self.lessons = MemoryLessons(tables)
        self.arrivals = MemoryArrivals(tables)
        self.exports = MemoryExports(tables)
        self.overrides = MemoryOverrides(tables)
        self.sign_ins = MemorySignIns(tables)
        self.edits = MemoryEdits(tables)
