"""Views for people: the floor, the review queue, and why a conversation went where it went."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.domain.checking import TrueError, true_error
from routing.domain.conversation import ENDED, Conversation, ConversationId, ConversationState, Message
from routing.domain.cop import Cop, CopId, CopStatus, Presence
from routing.domain.errors import NotFound
from routing.domain.events import Event, EventKind
from routing.domain.issue import LANGUAGE_NOT_EVALUATED, Triage
from routing.domain.label import Label
from routing.domain.market import Markets
from routing.domain.needs import open_needs
from routing.domain.offer import Assignment, AssignmentId, Offer, OfferId
from routing.domain.overflow import waited_seconds
from routing.domain.pack import Pack
from routing.domain.queue import FamilyQueue, summarise
from routing.domain.review import QueuePlace, ReviewId, ReviewItem, ReviewState
from routing.domain.tick import TickRecord
from routing.ports import Classifier, ConversationFilter, UnitOfWork
from routing.services.boundary import only, only_events, require_conversation, seen
from routing.services.context import Context

UNKNOWN_FAMILY = "not yet understood"
MOST_SIMILAR = 3
CASES_SEARCHED = 2_000
CHECKED_DAYS = 30


@dataclass(frozen=True, slots=True)
class CopView:
    """One COp as the floor shows them; `on_shift` is by the roster, `free_slots` over all channels."""

    cop: Cop
    status: CopStatus
    on_shift: bool

    @property
    def free_slots(self) -> int:
        """Free slots over all channels, 0 unless available and on shift."""
        if not self.on_shift or self.status.presence is not Presence.AVAILABLE:
            return 0
        return sum(self.status.free(channel) for channel in self.cop.capacity)

    @property
    def standing(self) -> str:
        """free, busy (nothing free, or says so), away or offline (off shift counts as offline)."""
        if not self.on_shift or self.status.presence is Presence.OFFLINE:
            return "offline"
        if self.status.presence is Presence.AWAY:
            return "away"
        return "free" if self.free_slots else "busy"


@dataclass(frozen=True, slots=True)
class FloorView:
    """The floor at one moment."""

    at: datetime
    families: tuple[FamilyQueue, ...]
    states: Mapping[ConversationState, int]
    reviews: Mapping[ReviewState, int]
    cops: tuple[CopView, ...]
    standing: Mapping[str, int]
    pending_offers: int
    ticks: tuple[TickRecord, ...]
    fallbacks: Mapping[str, int]
    last_hour: Mapping[EventKind, int]
    decisions: Mapping[str, int]
    languages_not_evaluated: Mapping[str, int]
    outbox_pending: int
    last_seq: int
    checks: tuple[TrueError, ...] = ()


def floor(context: Context, within: Markets = None) -> FloorView:
    """How the floor stands now; a fixed number of queries, however many wait.

    `within` some markets only these are counted. The matching, the true error and the outbox belong to the whole bank:
    they are left empty then, besides ticks of groups that lie in these markets whole.
    """
    pack, now = context.packs.current(), context.clock.now()
    hour, markets = now - timedelta(hours=1), None if within is None else sorted(within)
    with context.store.reading() as uow:
        queued = [c for state in _QUEUED for c in uow.conversations.in_state(state, markets, _MOST)]
        cops = tuple(view for view in cop_views(context, uow, now) if seen(view.cop, within))
        return FloorView(
            at=now,
            families=tuple(summarise(((_family(context, c), c) for c in queued), now, lambda c: _age(pack, c, now))),
            states=uow.conversations.count_by_state(within),
            reviews=uow.reviews.count_by_state(within),
            cops=cops,
            standing=_count(view.standing for view in cops if view.cop.id in pack.roster),
            pending_offers=uow.offers.count_pending(within),
            ticks=tuple(tick for tick in uow.ticks.newest(20) if _whole(pack, tick.group, within)),
            fallbacks=uow.ticks.fallbacks() if within is None else {},
            last_hour=uow.events.count_since(tuple(EventKind), hour, within),
            decisions=uow.triages.decisions_since(hour, within),
            languages_not_evaluated=uow.triages.languages_with_reason(LANGUAGE_NOT_EVALUATED, hour, within),
            outbox_pending=uow.outbox.count_pending() if within is None else 0,
            last_seq=uow.events.last_seq(),
            checks=_checks(uow, now) if within is None else (),
        )


def _checks(uow: UnitOfWork, at: datetime) -> tuple[TrueError, ...]:
    return tuple(true_error(each) for each in uow.reviews.checked(at - timedelta(days=CHECKED_DAYS)))


def _whole(pack: Pack, group: str, within: Markets) -> bool:
    return within is None or {m.key for m in pack.markets.values() if m.matching_group == group} <= within


def _age(pack: Pack, conversation: Conversation, at: datetime) -> float:
    return waited_seconds(pack.overflow, pack.markets.get(conversation.market), conversation, at)


_QUEUED = (ConversationState.RECEIVED, ConversationState.IN_REVIEW, ConversationState.WAITING)
_MOST = 100_000


def _count(values: Iterable[str]) -> dict[str, int]:
    counts = dict.fromkeys(("free", "busy", "away", "offline"), 0)
    for value in values:
        counts[value] += 1
    return counts


def cop_views(context: Context, uow: UnitOfWork, at: datetime) -> list[CopView]:
    """Every COp of the roster with how they stand, in roster order."""
    statuses = {status.cop_id: status for status in uow.cops.statuses()}
    roster = context.packs.current().roster.values()
    return [CopView(cop, statuses.get(cop.id, CopStatus(cop.id)), cop.shift.covers(at)) for cop in roster]


def cops(context: Context) -> list[CopView]:
    """Every COp of the roster with how they stand now."""
    with context.store.reading() as uow:
        return cop_views(context, uow, context.clock.now())


def _family(context: Context, conversation: Conversation) -> str:
    taxonomy = context.packs.current().taxonomy
    known = taxonomy.issue_types.get(conversation.issue_type or "")
    return known.family if known else UNKNOWN_FAMILY


@dataclass(frozen=True, slots=True)
class ConversationView:
    """One conversation with everything that belongs to it."""

    conversation: Conversation
    messages: tuple[Message, ...]
    triage: Triage | None
    offer: Offer | None
    assignment: Assignment | None
    needs: tuple[str, ...] = ()
    """Issue types the customer also asked about, which nobody has handled yet."""


def conversation(context: Context, id: ConversationId) -> ConversationView:
    """One conversation, its messages, its newest triage and its live work; NotFound when there is none."""
    with context.store.reading() as uow:
        found = uow.conversations.get(id)
        return ConversationView(
            conversation=found,
            messages=tuple(uow.conversations.messages_of([id])[id]),
            triage=uow.triages.latest_of([id]).get(id),
            offer=uow.offers.pending_for(id),
            assignment=uow.assignments.active_for(id),
            needs=open_needs(uow.events.of(id), found.issue_type if found.state not in ENDED else None),
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why this issue type, why this COp: the triage, the newest offer with the matcher's account, and the history."""

    conversation: Conversation
    triage: Triage | None
    offer: Offer | None
    history: tuple[Event, ...]


def explanation(context: Context, id: ConversationId) -> Explanation:
    """The account of every decision about a conversation; NotFound when there is none."""
    with context.store.reading() as uow:
        return Explanation(
            conversation=uow.conversations.get(id),
            triage=uow.triages.latest_of([id]).get(id),
            offer=uow.offers.latest_for(id),
            history=tuple(uow.events.of(id)),
        )


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One item of the disambiguation queue as a manager sees it."""

    item: ReviewItem
    conversation: Conversation
    text: str
    triage: Triage | None
    holder: str | None


def review_queue(
    context: Context,
    states: tuple[ReviewState, ...],
    after: QueuePlace | None = None,
    most: int = 50,
    within: Markets = None,
) -> list[ReviewView]:
    """Items in these states, most valuable first, with what a manager needs to decide; a fixed number of queries."""
    with context.store.reading() as uow:
        items = uow.reviews.in_states(states, after, most, within)
        return _review_views(uow, items, context.clock.now())


def newest_reviews(context: Context, states: tuple[ReviewState, ...], most: int) -> list[ReviewView]:
    """Items in these states, newest first; a fixed number of queries."""
    with context.store.reading() as uow:
        items = uow.reviews.newest(states, most)
        return _review_views(uow, items, context.clock.now())


def review_counts(context: Context, within: Markets = None) -> Mapping[ReviewState, int]:
    """How many items are in each state."""
    with context.store.reading() as uow:
        return uow.reviews.count_by_state(within)


def review(context: Context, item: ReviewItem) -> ReviewView:
    """One item with what a manager needs to decide."""
    with context.store.reading() as uow:
        return _review_views(uow, [item], context.clock.now())[0]


def _asked_about(item: ReviewItem, messages: list[Message]) -> str:
    """The customer's words; a blind check is only about those that the decision was made on."""
    theirs = [message for message in messages if message.author == "customer"]
    then = [message for message in theirs if message.at <= item.opened_at] if item.blind else []
    # A sender's clock may run ahead of ours: then nothing was written `before`, and everything is shown.
    return "\n".join(message.text for message in then or theirs)


def _review_views(uow: UnitOfWork, items: list[ReviewItem], at: datetime) -> list[ReviewView]:
    ids = [item.conversation_id for item in items]
    conversations = uow.conversations.get_many(ids)
    messages, triages = uow.conversations.messages_of(ids), uow.triages.latest_of(ids)
    return [
        ReviewView(
            item=item,
            conversation=conversations[item.conversation_id],
            text=_asked_about(item, messages.get(item.conversation_id, [])),
            triage=triages.get(item.conversation_id),
            holder=item.holder(at),
        )
        for item in items
    ]


def similar_cases(
    context: Context, classifier: Classifier, text: str, within: Markets = None
) -> list[tuple[Label, float]]:
    """The decided cases nearest in meaning to a text, with their similarity (cosine), nearest first."""
    with context.store.reading() as uow:
        labels = only(uow, uow.labels.newest(CASES_SEARCHED), within)
    found = classifier.similar(text, [label.text for label in labels], MOST_SIMILAR)
    return [(labels[position], similarity) for position, similarity in found]


def conversations(context: Context, wanted: ConversationFilter, before: str | None, most: int) -> list[Conversation]:
    """Conversations that match, newest first; `before` is the last id of the page before."""
    if before is not None:
        require_conversation(context, before, wanted.within)
    with context.store.reading() as uow:
        return uow.conversations.page(wanted, before, most)


def pending_offers(context: Context, cop_id: CopId, within: Markets = None) -> list[Offer]:
    """What a COp has to answer; NotFound for a COp who is not on the roster."""
    _require_known(context, cop_id)
    with context.store.reading() as uow:
        return only(uow, uow.offers.pending_for_cop(cop_id), within)


def active_assignments(context: Context, cop_id: CopId, within: Markets = None) -> list[Assignment]:
    """What a COp works on; NotFound for a COp who is not on the roster."""
    _require_known(context, cop_id)
    with context.store.reading() as uow:
        return only(uow, uow.assignments.active_for_cop(cop_id), within)


def _require_known(context: Context, cop_id: CopId) -> None:
    if cop_id not in context.packs.current().roster:
        raise NotFound("COp", cop_id)


def offer(context: Context, id: OfferId) -> Offer:
    """One offer; NotFound when there is none."""
    with context.store.reading() as uow:
        return uow.offers.get(id)


def assignment(context: Context, id: AssignmentId) -> Assignment:
    """One assignment; NotFound when there is none."""
    with context.store.reading() as uow:
        return uow.assignments.get(id)


def assignment_of(context: Context, offer: Offer) -> Assignment | None:
    """The assignment an offer became, while it is active."""
    with context.store.reading() as uow:
        found = uow.assignments.active_for(offer.conversation_id)
    return found if found is not None and found.offer_id == offer.id else None


def review_item(context: Context, id: ReviewId) -> ReviewItem:
    """One item of the disambiguation queue; NotFound when there is none."""
    with context.store.reading() as uow:
        return uow.reviews.get(id)


def events_after(context: Context, seq: int, most: int, within: Markets = None) -> tuple[list[Event], int]:
    """(the facts among the `most` after `seq` that concern these markets, oldest first; the last number looked at)."""
    with context.store.reading() as uow:
        found = uow.events.after(seq, most)
        newest = (found[-1].seq or seq) if found else seq
        return only_events(uow, context.packs.current(), found, within), newest


def last_seq(context: Context) -> int:
    """The number of the newest fact; 0 before the first."""
    with context.store.reading() as uow:
        return uow.events.last_seq()
