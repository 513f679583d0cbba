"""Offers, assignments and the COps who hold them, in memory, with the refusals a database makes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from routing.adapters.memory.rows import Tables, add_new, belongs, found, save_over, succeeds
from routing.domain.conversation import ConversationId
from routing.domain.cop import Channel, Cop, CopId, CopStatus, Presence
from routing.domain.errors import AlreadyAssigned, CapacityExceeded
from routing.domain.market import Markets
from routing.domain.offer import Assignment, AssignmentId, AssignmentState, Offer, OfferId, OfferState


def _hold(tables: Tables, conversation_id: ConversationId, by: str) -> None:
    if tables.live_work.get(conversation_id) is not None:
        raise AlreadyAssigned(conversation_id)
    tables.live_work.put(conversation_id, by)


class MemoryOffers:
    """The twin of `ports.Offers`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, offer: Offer) -> None:
        """Store a new one; AlreadyAssigned."""
        if offer.state is OfferState.PENDING:
            _hold(self._tables, offer.conversation_id, offer.id)
        add_new(self._tables.offers, "offer", offer)

    def add_all(self, offers: Sequence[Offer]) -> set[OfferId]:
        """Those whose conversation is free."""
        return {offer.id for offer in offers if succeeds(self.add, offer)}

    def get(self, id: OfferId) -> Offer:
        """One offer; NotFound."""
        return found(self._tables.offers.get(id), "offer", id)

    def get_many(self, ids: Iterable[OfferId]) -> dict[OfferId, Offer]:
        """Those that exist."""
        return {id: offer for id in ids if (offer := self._tables.offers.get(id)) is not None}

    def save(self, offer: Offer) -> Offer:
        """The next version; StaleState. An offer that ended holds its conversation no more."""
        saved = save_over(self._tables.offers, "offer", offer)
        if saved.state is not OfferState.PENDING and self._tables.live_work.get(saved.conversation_id) == saved.id:
            self._tables.live_work.drop(saved.conversation_id)
        return saved

    def save_all(self, offers: Sequence[Offer]) -> set[OfferId]:
        """Those that nobody else changed."""
        return {offer.id for offer in offers if succeeds(self.save, offer)}

    def pending_for_cop(self, cop_id: CopId) -> list[Offer]:
        """Oldest first."""
        return sorted((o for o in self._pending() if o.cop_id == cop_id), key=lambda o: (o.made_at, o.id))

    def pending_for(self, conversation_id: ConversationId) -> Offer | None:
        """The live offer of a conversation."""
        held_by = self._tables.live_work.get(conversation_id)
        return self._tables.offers.get(held_by) if held_by is not None else None

    def latest_for(self, conversation_id: ConversationId) -> Offer | None:
        """The newest offer of a conversation, whatever became of it."""
        rows = (o for o in self._tables.offers if o.conversation_id == conversation_id)
        return max(rows, key=lambda o: (o.made_at, o.id), default=None)

    def of_tick(self, tick_id: str, conversations: Iterable[ConversationId]) -> list[Offer]:
        """What a tick offered of these, by conversation."""
        asked = set(conversations)
        mine = (o for o in self._tables.offers if o.tick_id == tick_id and o.conversation_id in asked)
        return sorted(mine, key=lambda o: o.conversation_id)

    def due(self, at: datetime, most: int) -> list[Offer]:
        """Pending past their deadline, the longest overdue first."""
        rows = (o for o in self._pending() if o.expires_at <= at)
        return sorted(rows, key=lambda o: (o.expires_at, o.id))[:most]

    def pending(self) -> list[Offer]:
        """Every live offer, oldest first."""
        return sorted(self._pending(), key=lambda o: (o.made_at, o.id))

    def count_pending(self, within: Markets = None) -> int:
        """How many wait for an answer."""
        return sum(belongs(self._tables, offer.conversation_id, within) for offer in self._pending())

    def _pending(self) -> list[Offer]:
        rows = (self._tables.offers.get(id) for id in self._tables.live_work)
        return [offer for offer in rows if offer is not None]


class MemoryAssignments:
    """The twin of `ports.Assignments`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, assignment: Assignment) -> None:
        """Store a new one; AlreadyAssigned."""
        if assignment.state is AssignmentState.ACTIVE:
            _hold(self._tables, assignment.conversation_id, assignment.id)
        add_new(self._tables.assignments, "assignment", assignment)

    def add_all(self, assignments: Sequence[Assignment]) -> set[AssignmentId]:
        """Those whose conversation is free."""
        return {assignment.id for assignment in assignments if succeeds(self.add, assignment)}

    def get(self, id: AssignmentId) -> Assignment:
        """One assignment; NotFound."""
        return found(self._tables.assignments.get(id), "assignment", id)

    def get_many(self, ids: Iterable[AssignmentId]) -> dict[AssignmentId, Assignment]:
        """Those that exist."""
        return {id: one for id in ids if (one := self._tables.assignments.get(id)) is not None}

    def save(self, assignment: Assignment) -> Assignment:
        """The next version; StaleState. One that ended holds its conversation no more."""
        saved = save_over(self._tables.assignments, "assignment", assignment)
        held = self._tables.live_work.get(saved.conversation_id) == saved.id
        if saved.state is not AssignmentState.ACTIVE and held:
            self._tables.live_work.drop(saved.conversation_id)
        return saved

    def save_all(self, assignments: Sequence[Assignment]) -> set[AssignmentId]:
        """Those that nobody else changed."""
        return {assignment.id for assignment in assignments if succeeds(self.save, assignment)}

    def active_for_cop(self, cop_id: CopId) -> list[Assignment]:
        """Oldest first."""
        return [a for a in self.active() if a.cop_id == cop_id]

    def active(self) -> list[Assignment]:
        """Oldest first."""
        rows = (self._tables.assignments.get(id) for id in self._tables.live_work)
        return sorted((a for a in rows if a is not None), key=lambda a: (a.started_at, a.id))

    def since(self, at: datetime) -> list[Assignment]:
        """Begun at that time or later, whatever became of them, oldest first."""
        rows = (a for a in self._tables.assignments if a.started_at >= at)
        return sorted(rows, key=lambda a: (a.started_at, a.id))

    def last_busy(self, since: datetime) -> dict[CopId, datetime]:
        """When each COp last took or finished something, of those who did then or later."""
        busy = [(a.ended_at or a.started_at, a.cop_id) for a in self._tables.assignments]
        return {cop_id: at for at, cop_id in sorted(busy) if at >= since}

    def active_for(self, conversation_id: ConversationId) -> Assignment | None:
        """The live assignment of a conversation."""
        held_by = self._tables.live_work.get(conversation_id)
        return self._tables.assignments.get(held_by) if held_by is not None else None


class MemoryCops:
    """The twin of `ports.Cops`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.cops

    def sync(self, roster: Iterable[Cop]) -> None:
        """Take over the roster and its capacities; presence and load stay."""
        for cop in roster:
            status = self._rows.get(cop.id) or CopStatus(cop.id)
            self._rows.put(cop.id, replace(status, capacity=dict(cop.capacity)))

    def statuses(self, ids: Collection[CopId] | None = None) -> list[CopStatus]:
        """Every COp, or those of `ids` that are known, by id."""
        wanted = (each for each in self._rows if ids is None or each.cop_id in ids)
        return sorted(wanted, key=lambda status: status.cop_id)

    def status(self, cop_id: CopId) -> CopStatus:
        """One COp; NotFound."""
        return found(self._rows.get(cop_id), "COp", cop_id)

    def set_presence(self, cop_id: CopId, presence: Presence, at: datetime) -> None:
        """Since `at` they are available, busy, away or offline; NotFound."""
        self._rows.put(cop_id, replace(self.status(cop_id), presence=presence, since=at))

    def reserve(self, cop_id: CopId, channel: Channel) -> None:
        """Take one slot; CapacityExceeded."""
        status = self.status(cop_id)
        if status.free(channel) < 1:
            raise CapacityExceeded(cop_id, channel)
        self._load(status, channel, 1)

    def reserve_all(self, slots: Sequence[tuple[CopId, Channel]]) -> list[bool]:
        """One slot for each, while there are any."""
        return [succeeds(self.reserve, *slot) for slot in slots]

    def release(self, cop_id: CopId, channel: Channel) -> None:
        """Give one slot back."""
        status = self.status(cop_id)
        if status.load.get(channel, 0) > 0:
            self._load(status, channel, -1)

    def release_all(self, slots: Sequence[tuple[CopId, Channel]]) -> None:
        """Each."""
        for slot in slots:
            self.release(*slot)

    def _load(self, status: CopStatus, channel: Channel, change: int) -> None:
        load = {**status.load, channel: status.load.get(channel, 0) + change}
        self._rows.put(status.cop_id, replace(status, load=load))
