"""What the service needs from outside, as small protocols that adapters fulfil."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

from routing.domain.checking import Checked
from routing.domain.comparison import Answer
from routing.domain.conversation import Conversation, ConversationId, ConversationState, Message
from routing.domain.cop import Channel, Cop, CopId, CopStatus, Presence
from routing.domain.drift import Cloud, DriftCheck, DriftReference
from routing.domain.events import Event, EventKind
from routing.domain.issue import Taxonomy, Triage
from routing.domain.label import Label
from routing.domain.limits import Conflict, WorkLimit
from routing.domain.market import Market
from routing.domain.model import Description, Model, ModelId, ModelState, Pointer, StoredFile
from routing.domain.offer import Assignment, AssignmentId, Offer, OfferId
from routing.domain.outcome import HandleTimeStatistics
from routing.domain.overflow import NO_OVERFLOW, Overflow
from routing.domain.pack import LabelledMessage, Pack
from routing.domain.review import QueuePlace, ReviewId, ReviewItem, ReviewState
from routing.domain.shadow import ShadowTriage
from routing.domain.tick import TickRecord


class Clock(Protocol):
    """Tells the time; aware, UTC."""

    def now(self) -> datetime: ...


class Ids(Protocol):
    """Makes ids that sort by the time they were made."""

    def new(self) -> str: ...


class Masker(Protocol):
    """Normalises a message and takes personal data out of it; tells what of it is worth reading."""

    def mask(self, text: str) -> str: ...
    def gist(self, messages: Sequence[str]) -> str:
        """The customer's own words in their newest messages (masked, oldest first): no quotes, no signatures."""
        ...


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a classifier reads of a conversation: the customer's words, masked, and the languages its market speaks.

    `conversation_id` is None where nothing is stored: a message that is only tried. `messages` are the newest messages
    that `text` is the gist of, oldest first; where none are given, `text` is the only one. `market`: where it was
    written, None where that is not known.
    """

    text: str
    languages: tuple[str, ...]
    conversation_id: str | None = None
    messages: tuple[str, ...] = ()
    market: str | None = None


class Classifier(Protocol):
    """Understands messages; the gate's thresholds travel with it."""

    @property
    def version(self) -> str: ...

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]: ...

    def similar(self, text: str, cases: Sequence[str], most: int) -> list[tuple[int, float]]:
        """Positions in `cases` nearest in meaning to `text`, with cosine similarity, nearest first."""
        ...


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a model is to learn: labelled messages, messages outside the taxonomy, and the seed of all randomness.

    `families`: issue type to family; `languages`: those that the markets speak; `descriptions`: issue type to its name
    and what it is about, for types that have few messages or none. `slices`: dimension (language, market) to one value
    an example, empty where it is not known.
    """

    examples: tuple[LabelledMessage, ...]
    outside: tuple[str, ...]
    seed: int = 0
    families: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    descriptions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    slices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class OpenModel(Protocol):
    """A model that was loaded, to be asked."""

    def answers(self, texts: Sequence[str]) -> list[Answer]:
        """Its first guess of each, and whether its gate would let that pass."""
        ...

    def reference(self, texts: Sequence[str]) -> DriftReference:
        """What its held-out rows, and these messages it was not taught, look like to it."""
        ...


class ModelFiles(Protocol):
    """Trained models on disk, by version. What is not there, or is damaged, is Unavailable and named."""

    def fit(self, lesson: Lesson) -> str:
        """Train and keep a model; returns its version."""
        ...

    def open(self, version: str) -> OpenModel: ...
    def describe(self, version: str) -> Description:
        """Read from its folder without loading it."""
        ...

    def content(self, file: StoredFile) -> bytes:
        """A model's file; Unavailable when it is not there, or no longer what was registered."""
        ...

    def versions(self) -> list[str]:
        """Every model that has a folder."""
        ...

    def pointer(self) -> Pointer | None:
        """The note that names the live model for whoever has the folder alone; None where there is none."""
        ...

    def point(self, pointer: Pointer) -> None:
        """Replace that note."""
        ...

    def languages(self, texts: Sequence[str], among: Sequence[str]) -> list[str | None]:
        """The language of each text, None where it is not sure."""
        ...


class Embedder(Protocol):
    """The model in service, asked only where messages lie."""

    @property
    def version(self) -> str: ...
    def cloud(self, texts: Sequence[str]) -> Cloud | None:
        """None for no message."""
        ...

    def reference(self, texts: Sequence[str]) -> DriftReference: ...


@dataclass(frozen=True, slots=True)
class MatchingProblem:
    """One snapshot of a matching group: who waits, who could take them, and how long work takes.

    `overflow` and `markets` say how far the search for each goes now; `limits` and `conflicts` what holds beyond skill;
    `software` is whatever of the roster is no person, at work or not.
    """

    at: datetime
    conversations: tuple[Conversation, ...]
    cops: tuple[tuple[Cop, CopStatus], ...]
    taxonomy: Taxonomy
    handle_times: tuple[HandleTimeStatistics, ...]
    markets: Mapping[str, Market] = field(default_factory=dict)
    overflow: Overflow = NO_OVERFLOW
    limits: tuple[WorkLimit, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    software: frozenset[CopId] = frozenset()


@dataclass(frozen=True, slots=True)
class PlannedOffer:
    """One pair of a plan; `why` holds cost terms and the runner-up, ready to be stored."""

    conversation_id: ConversationId
    cop_id: CopId
    why: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MatchingPlan:
    """A checked plan; `fallback_reason` tells why the greedy plan stands in, None when it does not.

    `prices_at`: when the prices of scarce time were worked out that steered it; None for an unpriced plan, for the
    reason in `unpriced_because`. `snapshot`: what it was made from, to be kept with the tick and explained from later.
    """

    offers: tuple[PlannedOffer, ...]
    unassigned: Mapping[str, str]
    solver: str
    fallback_reason: str | None
    solve_ms: float
    policy_version: str = ""
    prices_at: datetime | None = None
    unpriced_because: str | None = None
    snapshot: bytes = b""


class Matcher(Protocol):
    """Matches everyone waiting to COps at once; every plan it returns has passed the independent checker."""

    def match(self, problem: MatchingProblem) -> MatchingPlan: ...


class Publisher(Protocol):
    """Sends events to the outside; returns when all are safely out, raises when not."""

    def publish(self, events: Sequence[Event]) -> None: ...


class PackSource(Protocol):
    """The live pack; reloading keeps the old one when the new one is broken."""

    def current(self) -> Pack: ...


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Which conversations a list shows; None means any. `cop_id` is the last COp."""

    states: tuple[ConversationState, ...] | None = None
    market: str | None = None
    issue_type: str | None = None
    customer_id: str | None = None
    cop_id: str | None = None


@dataclass(frozen=True, slots=True)
class StoredReply:
    """What an earlier request with the same Idempotency-Key was and got."""

    request_digest: str
    status: int
    body: str


class Conversations(Protocol):
    """`save` raises StaleState unless the stored version is the one that was read.

    `page` lists newest first, from behind the conversation `before` on; NotFound when there is no such conversation.
    """

    def add(self, conversation: Conversation) -> None: ...
    def get(self, id: ConversationId) -> Conversation: ...
    def get_many(self, ids: Iterable[ConversationId]) -> dict[ConversationId, Conversation]: ...
    def save(self, conversation: Conversation) -> Conversation: ...
    def in_state(self, state: ConversationState, markets: Sequence[str] | None, most: int) -> list[Conversation]: ...
    def page(self, wanted: ConversationFilter, before: str | None, most: int) -> list[Conversation]: ...
    def count_by_state(self) -> dict[ConversationState, int]: ...
    def add_message(self, message: Message) -> None: ...
    def messages_of(self, ids: Iterable[ConversationId]) -> dict[ConversationId, list[Message]]: ...


class Triages(Protocol):
    """Every triage is kept; the newest is the one that counts."""

    def add(self, conversation_id: ConversationId, triage: Triage) -> None: ...
    def latest_of(self, ids: Iterable[ConversationId]) -> dict[ConversationId, Triage]: ...
    def newest_by(self, model_version: str, since: datetime, most: int) -> list[tuple[ConversationId, Triage]]: ...
    def decisions_since(self, at: datetime) -> dict[str, int]: ...
    def languages_with_reason(self, reason: str, since: datetime) -> dict[str, int]:
        """How many triages since then name this reason, by language."""
        ...


class Reviews(Protocol):
    """The disambiguation queue.

    `in_states` lists by value, the highest first, the older first of equals; it starts behind `after`. `checked` counts
    the blind items opened from `since` on (all of them for None), by model version.
    """

    def add(self, item: ReviewItem) -> None: ...
    def get(self, id: ReviewId) -> ReviewItem: ...
    def save(self, item: ReviewItem) -> ReviewItem: ...
    def in_states(self, states: Sequence[ReviewState], after: QueuePlace | None, most: int) -> list[ReviewItem]: ...
    def newest(self, states: Sequence[ReviewState], most: int) -> list[ReviewItem]: ...
    def count_by_state(self) -> dict[ReviewState, int]: ...
    def due(self, at: datetime, most: int) -> list[ReviewItem]: ...
    def undecided_for(self, conversation_id: ConversationId) -> list[ReviewItem]: ...
    def checked(self, since: datetime | None) -> list[Checked]: ...


class Offers(Protocol):
    """`add` raises AlreadyAssigned when the conversation has a live offer or assignment: the database says so."""

    def add(self, offer: Offer) -> None: ...
    def get(self, id: OfferId) -> Offer: ...
    def save(self, offer: Offer) -> Offer: ...
    def pending_for_cop(self, cop_id: CopId) -> list[Offer]: ...
    def pending_for(self, conversation_id: ConversationId) -> Offer | None: ...
    def latest_for(self, conversation_id: ConversationId) -> Offer | None: ...
    def of_tick(self, tick_id: str, conversations: Iterable[ConversationId]) -> list[Offer]:
        """What a tick offered of these conversations, whatever became of it, by conversation."""
        ...

    def due(self, at: datetime, most: int) -> list[Offer]: ...
    def pending(self) -> list[Offer]: ...
    def count_pending(self) -> int: ...


class Assignments(Protocol):
    """`add` raises AlreadyAssigned when the conversation has a live assignment; `since`: begun then or later."""

    def add(self, assignment: Assignment) -> None: ...
    def get(self, id: AssignmentId) -> Assignment: ...
    def save(self, assignment: Assignment) -> Assignment: ...
    def active_for_cop(self, cop_id: CopId) -> list[Assignment]: ...
    def active(self) -> list[Assignment]: ...
    def since(self, at: datetime) -> list[Assignment]: ...
    def active_for(self, conversation_id: ConversationId) -> Assignment | None: ...


class Cops(Protocol):
    """What changes about COps; `reserve` raises CapacityExceeded when the channel is full: the database says so.

    In a transaction that writes, nobody's presence changes between `statuses` and the commit.
    """

    def sync(self, roster: Iterable[Cop]) -> None: ...
    def statuses(self) -> list[CopStatus]: ...
    def status(self, cop_id: CopId) -> CopStatus: ...
    def set_presence(self, cop_id: CopId, presence: Presence, at: datetime) -> None: ...
    def reserve(self, cop_id: CopId, channel: Channel) -> None: ...
    def release(self, cop_id: CopId, channel: Channel) -> None: ...


class HandleTimes(Protocol):
    """Statistics per issue type and COp, fed by wrap-ups."""

    def all(self) -> list[HandleTimeStatistics]: ...
    def get(self, issue_type: str, cop_id: str) -> HandleTimeStatistics: ...
    def save(self, statistics: HandleTimeStatistics) -> None: ...
    def clear(self) -> None: ...


class Labels(Protocol):
    """What people taught; a retracted verdict takes its label away."""

    def add(self, label: Label) -> None: ...
    def remove(self, id: str) -> None: ...
    def all(self) -> list[Label]: ...
    def newest(self, most: int) -> list[Label]: ...


class Events(Protocol):
    """The append-only history, numbered at commit; published kinds join the outbox in the same transaction.

    `last_at` is the newest time of a fact about a conversation: where a floor with a clock of its own goes on.
    """

    def append(self, event: Event) -> None: ...
    def of(self, conversation_id: ConversationId) -> list[Event]: ...
    def after(self, seq: int, most: int) -> list[Event]: ...
    def last_seq(self) -> int: ...
    def last_at(self) -> datetime | None: ...
    def count_since(self, kinds: Sequence[EventKind], at: datetime) -> dict[EventKind, int]: ...
    def newest_of(self, kinds: Sequence[EventKind], most: int) -> list[Event]: ...


class Outbox(Protocol):
    """Events that still have to leave, oldest first."""

    def pending(self, most: int) -> list[Event]: ...
    def mark_published(self, seqs: Sequence[int]) -> None: ...
    def count_pending(self) -> int: ...


class Inbox(Protocol):
    """Which outside events were taken in: `add` is False for one seen before."""

    def add(self, event_id: str, source: str, at: datetime) -> bool: ...
    def forget_before(self, at: datetime) -> int: ...


class Idempotency(Protocol):
    """Replies already given, by scope (who asked what) and key."""

    def find(self, scope: str, key: str) -> StoredReply | None: ...
    def keep(self, scope: str, key: str, reply: StoredReply, at: datetime) -> None: ...
    def forget_before(self, at: datetime) -> int: ...


class Leases(Protocol):
    """One leader a name. `acquire` gives its epoch, None while another holder's lease lives."""

    def acquire(self, name: str, holder: str, at: datetime, ttl: timedelta) -> int | None: ...
    def require(self, name: str, epoch: int) -> None: ...
    def release(self, name: str, holder: str) -> None: ...


class Ticks(Protocol):
    """The rounds of matching."""

    def add(self, tick: TickRecord) -> None: ...
    def keep_snapshot(self, tick_id: str, at: datetime, snapshot: bytes) -> None: ...
    def snapshot(self, tick_id: str) -> bytes | None: ...
    def kept(self, since: datetime | None, until: datetime | None) -> list[str]:
        """The ticks whose snapshot is kept, of `since` or later and before `until`, oldest first."""
        ...

    def forget_snapshots_before(self, at: datetime) -> int: ...
    def find(self, tick_id: str) -> TickRecord | None: ...
    def newest(self, most: int) -> list[TickRecord]: ...
    def fallbacks(self) -> dict[str, int]: ...


class Models(Protocol):
    """The registry. At most one model is live and one a shadow: `add` and `save` raise StaleState for a second."""

    def add(self, model: Model) -> None: ...
    def get(self, id: ModelId) -> Model: ...
    def save(self, model: Model) -> Model: ...
    def find(self, id: ModelId) -> Model | None: ...
    def all(self) -> list[Model]:
        """Newest first."""
        ...

    def in_state(self, state: ModelState) -> list[Model]: ...
    def id_in(self, state: ModelState) -> ModelId | None:
        """Whose version is live, or the shadow: asked with every message, so it reads nothing else."""
        ...


class ShadowTriages(Protocol):
    """What a shadow answered beside the live model, one row a message."""

    def add_all(self, rows: Sequence[ShadowTriage]) -> None: ...
    def newest(self, model: ModelId, most: int) -> list[ShadowTriage]: ...
    def forget_before(self, at: datetime) -> int: ...


class DriftChecks(Protocol):
    """Every check of the live model, newest first."""

    def add(self, check: DriftCheck) -> None: ...
    def newest(self, most: int) -> list[DriftCheck]: ...
    def forget_before(self, at: datetime) -> int: ...


class UnitOfWork(Protocol):
    """One transaction over everything stored; leaving without `commit` rolls back."""

    conversations: Conversations
    triages: Triages
    reviews: Reviews
    offers: Offers
    assignments: Assignments
    cops: Cops
    handle_times: HandleTimes
    labels: Labels
    events: Events
    outbox: Outbox
    inbox: Inbox
    idempotency: Idempotency
    leases: Leases
    ticks: Ticks
    models: Models
    shadow_triages: ShadowTriages
    drift_checks: DriftChecks

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def commit(self) -> None: ...


class Store(Protocol):
    """Opens transactions. A read-only one sees one consistent state and never waits for writers."""

    def transaction(self) -> UnitOfWork: ...
    def reading(self) -> UnitOfWork: ...
