"""The disambiguation queue: claimed, decided, skipped, undone, and never longer than its deadline."""

from collections.abc import Sequence
from datetime import datetime

from routing.domain.conversation import Conversation, ConversationId, ConversationState
from routing.domain.errors import Invalid, StaleState
from routing.domain.events import EventKind
from routing.domain.issue import Taxonomy
from routing.domain.label import Label, LabelSource
from routing.domain.needs import MOST_NEEDS, most_urgent_first
from routing.domain.review import ReviewId, ReviewItem, ReviewState, Verdict
from routing.ports import Masker, UnitOfWork
from routing.services.context import Context, Subject, record, retrying
from routing.services.triage import candidates_of, since, words_of

SERVICE = "pointsman"
MOST_LAPSED = 500


def claim(context: Context, review_id: ReviewId, by: str) -> ReviewItem:
    """Show other managers that `by` is on this item."""

    def step() -> ReviewItem:
        now = context.clock.now()
        with context.store.transaction() as uow:
            item = uow.reviews.save(uow.reviews.get(review_id).claim(by, now, context.policy.claim_lease))
            _record(uow, EventKind.REVIEW_CLAIMED, now, by, item)
            uow.commit()
            return item

    return retrying(step)


def skip(context: Context, review_id: ReviewId, by: str) -> ReviewItem:
    """Leave the item to others."""

    def step() -> ReviewItem:
        now = context.clock.now()
        with context.store.transaction() as uow:
            item = uow.reviews.save(uow.reviews.get(review_id).skip(by, now))
            _record(uow, EventKind.REVIEW_SKIPPED, now, by, item)
            uow.commit()
            return item

    return retrying(step)


def give_verdict(
    context: Context, review_id: ReviewId, issue_type: str | None, by: str, also: Sequence[str] = ()
) -> ReviewItem:
    """Decide an item: the conversation goes on by that type, and its words become a label.

    None means outside the taxonomy: the conversation goes on under its uncertainty. `also`: what the customer wants
    besides; then the most urgent of all goes first and the others are kept, and nothing is learned, for the words
    together are an example of none of them. A verdict after the deadline still corrects a conversation that waits, and
    teaches.
    """
    if also and issue_type is None:
        raise Invalid("issue_type", None, "an issue type, where there are others besides")
    if len(also) >= MOST_NEEDS:
        raise Invalid("also", f"{len(also)} issue types", f"at most {MOST_NEEDS - 1}")
    return retrying(lambda: _give_verdict(context, review_id, issue_type, by, also))


def ordered(taxonomy: Taxonomy, issue_type: str | None, also: Sequence[str] = ()) -> tuple[str | None, tuple[str, ...]]:
    """(what routes, the other needs); UnknownIssueType for a type that is none."""
    if issue_type is None:
        return None, ()
    first, *others = most_urgent_first((issue_type, *also), taxonomy)
    return first, tuple(others)


def _give_verdict(
    context: Context, review_id: ReviewId, issue_type: str | None, by: str, also: Sequence[str]
) -> ReviewItem:
    now = context.clock.now()
    taxonomy = context.packs.current().taxonomy
    first, needs = ordered(taxonomy, issue_type, also)
    verdict = Verdict(first, by, now, needs)
    with context.store.transaction() as uow:
        item = uow.reviews.save(uow.reviews.get(review_id).decide(verdict))
        conversation = uow.conversations.get(item.conversation_id)
        if _is_about(uow, item, conversation):
            decided = conversation.decided(taxonomy.get(first)) if first is not None else conversation
            uow.conversations.save(decided.queue())
        if not needs:
            _learn(uow, context.masker, item, verdict)
        _record(uow, EventKind.REVIEW_DECIDED, now, by, item, issue_type=first, needs=list(needs))
        uow.commit()
    return item


def undo(context: Context, review_id: ReviewId, by: str) -> ReviewItem:
    """Take one's own verdict back: the label goes, and a conversation still waiting returns to review.

    Past its deadline the conversation waits on, by what triage had made of it.
    """

    def step() -> ReviewItem:
        now = context.clock.now()
        with context.store.transaction() as uow:
            undone = uow.reviews.get(review_id).undo(by)
            item = _take_back(uow, context, undone, now)
            uow.labels.remove(_label_id(item))
            _record(uow, EventKind.REVIEW_UNDONE, now, by, item)
            if item.state is not undone.state:
                _record(uow, EventKind.REVIEW_LAPSED, now, SERVICE, item)
            uow.commit()
            return item

    return retrying(step)


def _take_back(uow: UnitOfWork, context: Context, item: ReviewItem, now: datetime) -> ReviewItem:
    conversation = uow.conversations.get(item.conversation_id)
    waits = conversation.state is ConversationState.WAITING and _is_about(uow, item, conversation)
    if waits:
        conversation = _uncertain_again(uow, context, conversation)
    if waits and item.state is ReviewState.OPEN and now < item.deadline_at:
        conversation = conversation.back_to_review()
    elif item.state is ReviewState.OPEN:
        item = item.lapse(now)
    if waits:
        uow.conversations.save(conversation)
    return uow.reviews.save(item)


def _is_about(uow: UnitOfWork, item: ReviewItem, conversation: Conversation) -> bool:
    """Whether the item's question still decides what a queued conversation is matched by.

    It does not once the customer's newer words were, or have to be, understood, nor once a COp has seen them.
    """
    if conversation.state not in (ConversationState.IN_REVIEW, ConversationState.WAITING):
        return False
    newest = uow.triages.latest_of([conversation.id]).get(conversation.id)
    seen_by_a_cop = conversation.answered_at is not None and conversation.answered_at > item.opened_at
    return not seen_by_a_cop and (newest is None or newest.at <= item.opened_at)


def _uncertain_again(uow: UnitOfWork, context: Context, conversation: Conversation) -> Conversation:
    triage = uow.triages.latest_of([conversation.id]).get(conversation.id)
    facts = context.packs.current().taxonomy.issue_types.get(triage.issue_type) if triage else None
    if triage is None or facts is None:
        return conversation
    return conversation.understood(triage, candidates_of(triage, context.policy.most_candidates), facts)


def lapse_due(context: Context) -> int:
    """Send every conversation whose review deadline has passed on under its uncertainty; returns how many."""
    with context.store.reading() as uow:
        due = uow.reviews.due(context.clock.now(), MOST_LAPSED)
    return sum(_lapse(context, item.id) for item in due)


def _lapse(context: Context, review_id: ReviewId) -> bool:
    now = context.clock.now()
    try:
        with context.store.transaction() as uow:
            item = uow.reviews.get(review_id)
            if item.state not in (ReviewState.OPEN, ReviewState.CLAIMED):
                return False
            uow.reviews.save(item.lapse(now))
            conversation = uow.conversations.get(item.conversation_id)
            if conversation.state is ConversationState.IN_REVIEW:
                uow.conversations.save(conversation.queue())
            _record(uow, EventKind.REVIEW_LAPSED, now, SERVICE, item)
            uow.commit()
    except StaleState:
        return False
    return True


def supersede(uow: UnitOfWork, conversation_id: ConversationId, at: datetime) -> None:
    """Drop the open questions about a conversation, in the caller's transaction.

    A blind check stays: it asks about the words of its time, and dropping it would leave out those who write again.
    """
    for item in uow.reviews.undecided_for(conversation_id):
        if item.blind:
            continue
        uow.reviews.save(item.supersede())
        _record(uow, EventKind.REVIEW_SUPERSEDED, at, SERVICE, item)


def _learn(uow: UnitOfWork, masker: Masker, item: ReviewItem, verdict: Verdict) -> None:
    messages = uow.conversations.messages_of([item.conversation_id])[item.conversation_id]
    began = uow.conversations.get(item.conversation_id).waiting_since
    text = words_of(masker, since(messages, began) if began <= item.opened_at else messages, item.opened_at)
    source, by, at = LabelSource.VERDICT, verdict.decided_by, verdict.at
    uow.labels.add(Label(_label_id(item), text, verdict.issue_type, source, item.conversation_id, by, at))


def _label_id(item: ReviewItem) -> str:
    return f"review:{item.id}"


def _record(uow: UnitOfWork, kind: EventKind, at: datetime, by: str, item: ReviewItem, **data: object) -> None:
    record(uow, kind, at, by, Subject(item.conversation_id), review_id=item.id, **data)
