"""Blind review: a share of automatic decisions is checked by people who are not shown them."""

from datetime import datetime, timedelta

from routing.domain.checking import SAMPLED, Checked, TrueError, is_drawn, together, true_error
from routing.domain.conversation import Conversation
from routing.domain.events import EventKind
from routing.domain.issue import Decision, Triage
from routing.domain.review import ReviewId, ReviewItem, ReviewState
from routing.domain.worth import Term
from routing.ports import UnitOfWork
from routing.services.context import Context, Subject, record

SERVICE = "pointsman"


def sample(uow: UnitOfWork, context: Context, conversation: Conversation, triage: Triage) -> ReviewItem | None:
    """In the caller's transaction: an item that checks this decision, when its conversation is drawn.

    It holds nothing and waits for nobody. Only what the model decided by itself is drawn: not what skipped a review.
    """
    by_itself = triage.decision is Decision.AUTO and not triage.reasons
    if not by_itself or not is_drawn(conversation.id, context.policy.blind_share):
        return None
    item = _item(context, conversation, triage)
    uow.reviews.add(item)
    record(uow, EventKind.SAMPLE_DRAWN, triage.at, SERVICE, Subject(conversation.id), review_id=item.id)
    return item


def _item(context: Context, conversation: Conversation, triage: Triage) -> ReviewItem:
    # It says nothing of the guess: a value by its doubt would give the guess's confidence away.
    value = context.policy.review_teaching_weight
    return ReviewItem(
        id=ReviewId(context.ids.new()),
        conversation_id=conversation.id,
        opened_at=triage.at,
        deadline_at=triage.at,
        reasons=(SAMPLED,),
        state=ReviewState.LAPSED,
        lapsed_at=triage.at,
        value=value,
        value_reasons=((Term.TEACHING, value),),
        blind=True,
        guess=triage.issue_type,
        model_version=triage.model_version,
    )


def checks_since(context: Context, since: datetime | None) -> list[Checked]:
    """The blind checks opened since then (all for None), by model version."""
    with context.store.reading() as uow:
        return uow.reviews.checked(since)


def true_errors(context: Context, days: float | None = None) -> tuple[TrueError, list[TrueError]]:
    """The true error of automatic decisions over the last `days` (all time for None): altogether, and by model."""
    since = None if days is None else context.clock.now() - timedelta(days=days)
    checked = checks_since(context, since)
    return true_error(together(checked)), [true_error(each) for each in checked]
