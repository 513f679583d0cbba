"""Tables of rows that a transaction copies when it first writes to them, so that readers never see it half done."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Generic, TypeVar

from routing.domain.audit import Sealed
from routing.domain.conversation import Conversation, Message
from routing.domain.cop import CopStatus
from routing.domain.drift import DriftCheck
from routing.domain.edit import Edit, EditSubject
from routing.domain.erasure import Erasure, Hold
from routing.domain.errors import AlreadyAssigned, CapacityExceeded, NotFound, StaleState
from routing.domain.events import Event
from routing.domain.issue import Triage
from routing.domain.label import Label
from routing.domain.lease import Lease
from routing.domain.market import Markets
from routing.domain.model import Model
from routing.domain.offer import Assignment, Offer
from routing.domain.outcome import HandleTimeStatistics
from routing.domain.override import Override
from routing.domain.proposal import Proposal
from routing.domain.review import ReviewItem
from routing.domain.shadow import ShadowTriage
from routing.domain.tick import TickRecord
from routing.ports import StoredReply

K = TypeVar("K")
V = TypeVar("V")
Versioned = TypeVar("Versioned", Conversation, ReviewItem, Offer, Assignment, Proposal, Override)


class Rows(Generic[K, V]):
    """One table, in the order its rows were added; shares its rows with the state it was forked from until written."""

    def __init__(self, shared: dict[K, V] | None = None) -> None:
        self._rows: dict[K, V] = {} if shared is None else shared
        self._own = shared is None

    def fork(self) -> "Rows[K, V]":
        """A table that starts with the same rows and changes apart from this one."""
        return Rows(self._rows)

    def seal(self) -> None:
        """From now on others share these rows: the next write copies them first."""
        self._own = False

    def get(self, key: K) -> V | None:
        """The row, or None."""
        return self._rows.get(key)

    def put(self, key: K, row: V) -> None:
        """Add or replace a row."""
        self._writable()[key] = row

    def drop(self, key: K) -> bool:
        """Take a row away; False when there was none."""
        if key not in self._rows:
            return False
        del self._writable()[key]
        return True

    def __iter__(self) -> Iterator[V]:
        return iter(self._rows.values())

    def items(self) -> Iterator[tuple[K, V]]:
        """(key, row) pairs, in the order they were added."""
        return iter(self._rows.items())

    def newest(self) -> K | None:
        """The key that was added last; None in an empty table."""
        return next(reversed(self._rows), None)

    def __len__(self) -> int:
        return len(self._rows)

    def _writable(self) -> dict[K, V]:
        if not self._own:
            self._rows, self._own = dict(self._rows), True
        return self._rows


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything stored at one moment."""

    conversations: Rows[str, Conversation] = field(default_factory=Rows)
    messages: Rows[str, tuple[Message, ...]] = field(default_factory=Rows)
    triages: Rows[int, tuple[str, Triage]] = field(default_factory=Rows)
    latest_triages: Rows[str, Triage] = field(default_factory=Rows)
    reviews: Rows[str, ReviewItem] = field(default_factory=Rows)
    proposals: Rows[str, Proposal] = field(default_factory=Rows)
    offers: Rows[str, Offer] = field(default_factory=Rows)
    assignments: Rows[str, Assignment] = field(default_factory=Rows)
    live_work: Rows[str, str] = field(default_factory=Rows)
    cops: Rows[str, CopStatus] = field(default_factory=Rows)
    handle_times: Rows[tuple[str, str], HandleTimeStatistics] = field(default_factory=Rows)
    labels: Rows[str, Label] = field(default_factory=Rows)
    events: Rows[int, Event] = field(default_factory=Rows)
    seals: Rows[int, Sealed] = field(default_factory=Rows)
    outbox: Rows[int, Event] = field(default_factory=Rows)
    inbox: Rows[str, datetime] = field(default_factory=Rows)
    replies: Rows[tuple[str, str], tuple[StoredReply, datetime]] = field(default_factory=Rows)
    leases: Rows[str, Lease] = field(default_factory=Rows)
    ticks: Rows[str, TickRecord] = field(default_factory=Rows)
    tick_snapshots: Rows[str, tuple[datetime, bytes, str | None]] = field(default_factory=Rows)
    known_times: Rows[str, tuple[datetime, bytes]] = field(default_factory=Rows)
    models: Rows[str, Model] = field(default_factory=Rows)
    shadow_triages: Rows[int, ShadowTriage] = field(default_factory=Rows)
    drift_checks: Rows[int, DriftCheck] = field(default_factory=Rows)
    words_gone: Rows[str, datetime] = field(default_factory=Rows)
    erasures: Rows[str, Erasure] = field(default_factory=Rows)
    holds: Rows[str, Hold] = field(default_factory=Rows)
    lessons: Rows[str, tuple[str, frozenset[str]]] = field(default_factory=Rows)
    exports: Rows[str, tuple[str, datetime]] = field(default_factory=Rows)
    overrides: Rows[str, Override] = field(default_factory=Rows)
    sign_ins: Rows[str, tuple[str, datetime]] = field(default_factory=Rows)
    edits: Rows[tuple[EditSubject, int], Edit] = field(default_factory=Rows)

    def fork(self) -> "Tables":
        """The same rows, to be changed apart."""
        return Tables(**{item.name: getattr(self, item.name).fork() for item in fields(self)})

    def seal(self) -> None:
        """Others share these rows from now on."""
        for item in fields(self):
            getattr(self, item.name).seal()


def found(row: V | None, kind: str, id: str) -> V:
    """The row itself; NotFound when there is none."""
    if row is None:
        raise NotFound(kind, id)
    return row


def belongs(tables: Tables, conversation_id: str | None, within: Markets) -> bool:
    """Whether a row's conversation is in one of these markets; always where `within` is None."""
    conversation = tables.conversations.get(conversation_id or "")
    return within is None or (conversation is not None and conversation.market in within)


def add_new(rows: Rows[str, Versioned], kind: str, entity: Versioned) -> None:
    """Add a row; StaleState when somebody else added that id first."""
    if rows.get(entity.id) is not None:
        raise StaleState(kind, entity.id)
    rows.put(entity.id, entity)


def save_over(rows: Rows[str, Versioned], kind: str, entity: Versioned) -> Versioned:
    """Replace the version that was read; StaleState when another one is stored."""
    if found(rows.get(entity.id), kind, entity.id).version != entity.version:
        raise StaleState(kind, entity.id)
    saved = replace(entity, version=entity.version + 1)
    rows.put(entity.id, saved)
    return saved


def succeeds(step: Callable[..., object], *arguments: object) -> bool:
    """Whether one of several was taken; one that the store refuses changes nothing."""
    try:
        step(*arguments)
    except (AlreadyAssigned, CapacityExceeded, NotFound, StaleState):
        return False
    return True
