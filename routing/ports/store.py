"""One transaction over everything stored, and what opens it."""

from types import TracebackType
from typing import Protocol, Self

from routing.ports.arrivals import Arrivals
from routing.ports.audit import AuditTrail
from routing.ports.conversations import Conversations, Proposals, Reviews, Triages
from routing.ports.edits import Edits
from routing.ports.erasing import Belongings, Erasures, Exports, Holds, Lessons
from routing.ports.models import DriftChecks, Models, ShadowTriages
from routing.ports.overrides import Overrides, SignIns
from routing.ports.records import Events, Idempotency, Inbox, Labels, Leases, Outbox, Ticks
from routing.ports.work import Assignments, Cops, HandleTimes, Offers


class UnitOfWork(Protocol):
    """One transaction over everything stored; leaving without `commit` rolls back."""

    conversations: Conversations
    triages: Triages
    reviews: Reviews
    proposals: Proposals
    offers: Offers
    assignments: Assignments
    cops: Cops
    handle_times: HandleTimes
    labels: Labels
    events: Events
    audit: AuditTrail
    outbox: Outbox
    inbox: Inbox
    idempotency: Idempotency
    leases: Leases
    ticks: Ticks
    models: Models
    shadow_triages: ShadowTriages
    drift_checks: DriftChecks
    belongings: Belongings
    erasures: Erasures
    holds: Holds
    lessons: Lessons
    exports: Exports
    arrivals: Arrivals
    overrides: Overrides
    sign_ins: SignIns
    edits: Edits

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def commit(self) -> None: ...


class Store(Protocol):
    """Opens transactions. A read-only one sees one consistent state and never waits for writers."""

    def transaction(self) -> UnitOfWork: ...
    def reading(self) -> UnitOfWork: ...
    def scrub(self) -> bool:
        """Leave nothing in the files of what was deleted; False where that has to be tried again."""
        ...
