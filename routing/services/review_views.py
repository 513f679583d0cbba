"""The disambiguation queue as managers see it: each item with the words, the triage and the nearest decided cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from routing.domain.conversation import Conversation, Message
from routing.domain.issue import Triage
from routing.domain.label import Label
from routing.domain.market import Markets
from routing.domain.review import QueuePlace, ReviewId, ReviewItem, ReviewState
from routing.ports import Classifier, ConversationFilter, UnitOfWork
from routing.services.boundary import only
from routing.services.context import Context

MOST_SIMILAR = 3
CASES_SEARCHED = 2_000


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One item of the disambiguation queue as a manager sees it."""

    item: ReviewItem
    conversation: Conversation
    text: str
    triage: Triage | None
    holder: str | None
    messages: tuple[str, ...] = ()
    """The customer's words that are asked about, message by message; `text` is these, a line each."""


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


def review_counts(context: Context, within: Markets = None) -> Mapping[ReviewState, int]:
    """How many items are in each state."""
    with context.store.reading() as uow:
        return uow.reviews.count_by_state(within)


def review(context: Context, item: ReviewItem) -> ReviewView:
    """One item with what a manager needs to decide."""
    with context.store.reading() as uow:
        return _review_views(uow, [item], context.clock.now())[0]


def review_item(context: Context, id: ReviewId) -> ReviewItem:
    """One item of the disambiguation queue; NotFound when there is none."""
    with context.store.reading() as uow:
        return uow.reviews.get(id)


def _asked_about(item: ReviewItem, messages: list[Message]) -> tuple[str, ...]:
    """The customer's words; a blind check is only about those that the decision was made on."""
    theirs = [message for message in messages if message.author == "customer"]
    then = [message for message in theirs if message.at <= item.opened_at] if item.blind else []
    # A sender's clock may run ahead of ours: then nothing was written `before`, and everything is shown.
    return tuple(message.text for message in then or theirs)


def _review_views(uow: UnitOfWork, items: list[ReviewItem], at: datetime) -> list[ReviewView]:
    ids = [item.conversation_id for item in items]
    conversations = uow.conversations.get_many(ids)
    messages, triages = uow.conversations.messages_of(ids), uow.triages.latest_of(ids)
    words = [_asked_about(item, messages.get(item.conversation_id, [])) for item in items]
    return [
        ReviewView(
            item=item,
            conversation=conversations[item.conversation_id],
            text="\n".join(said),
            triage=triages.get(item.conversation_id),
            holder=item.holder(at),
            messages=said,
        )
        for item, said in zip(items, words, strict=True)
    ]


def customer_history(context: Context, item: ReviewItem, most: int, within: Markets = None) -> list[Conversation]:
    """The same customer's other conversations, newest first; none where nobody said who the customer is."""
    with context.store.reading() as uow:
        asked = uow.conversations.get(item.conversation_id)
        if asked.customer_id is None:
            return []
        wanted = ConversationFilter(customer_id=asked.customer_id, within=within)
        found = uow.conversations.page(wanted, None, most + 1)
    return [each for each in found if each.id != asked.id][:most]


def similar_cases(
    context: Context, classifier: Classifier, text: str, within: Markets = None
) -> list[tuple[Label, float]]:
    """The decided cases nearest in meaning to a text, with their similarity (cosine), nearest first."""
    with context.store.reading() as uow:
        labels = only(uow, uow.labels.newest(CASES_SEARCHED), within)
    found = classifier.similar(text, [label.text for label in labels], MOST_SIMILAR)
    return [(labels[position], similarity) for position, similarity in found]
