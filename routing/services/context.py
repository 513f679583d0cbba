"""What every use case needs: where state is kept, what time it is, and the rules in force."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from routing.domain.errors import StaleState
from routing.domain.events import Event, EventKind
from routing.domain.policy import Policy
from routing.ports import Clock, Ids, Masker, PackSource, Store, UnitOfWork
from routing.services.known_times import KnownTimes

ATTEMPTS = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """The ports and rules that use cases share, and the handle times last read."""

    store: Store
    clock: Clock
    ids: Ids
    masker: Masker
    packs: PackSource
    policy: Policy
    known_times: KnownTimes = field(default_factory=KnownTimes)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a fact is about."""

    conversation_id: str | None = None
    cop_id: str | None = None


def record(uow: UnitOfWork, kind: EventKind, at: datetime, actor: str, subject: Subject, **data: object) -> None:
    """Write one fact to the history (and, for published kinds, to the outbox) in the caller's transaction."""
    uow.events.append(Event(kind, at, actor, subject.conversation_id, subject.cop_id, data))


def retrying(step: Callable[[], T]) -> T:
    """Run a whole transaction again when somebody else was first; the last StaleState is raised."""
    for _ in range(ATTEMPTS - 1):
        try:
            return step()
        except StaleState:
            continue
    return step()
