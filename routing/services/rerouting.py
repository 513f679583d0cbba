"""A manager sends a conversation another way: by another issue type, or back to the disambiguation queue."""

from datetime import datetime

from routing.domain.conversation import Conversation, ConversationId, ConversationState
from routing.domain.errors import IllegalTransition, Refused
from routing.domain.events import EventKind
from routing.domain.issue import IssueType
from routing.domain.label import Label, LabelSource
from routing.domain.notes import noted
from routing.domain.review import ReviewId, ReviewItem, ReviewState
from routing.domain.worth import Question, worth_of
from routing.ports import UnitOfWork
from routing.services.context import Context, Subject, record, retrying
from routing.services.offers import take_back
from routing.services.review import supersede
from routing.services.triage import since, words_of

SENT_BACK = "sent_back"
MAY_MOVE = frozenset({ConversationState.IN_REVIEW, ConversationState.WAITING, ConversationState.OFFERED})


def reroute(context: Context, id: ConversationId, issue_type: str, by: str, note: str) -> Conversation:
    """Match it by this issue type from now on; an offer is taken back, and open questions about it end.

    What a manager says it is teaches, as a COp's correction does. Work that has begun is handed on instead (`hand_on`).
    """
    facts = context.packs.current().taxonomy.get(issue_type)
    said = noted("note", context.masker.mask(note))

    def step() -> Conversation:
        now = context.clock.now()
        with context.store.transaction() as uow:
            before = _moved(uow, id, now, said, "another issue type")
            supersede(uow, id, now)
            saved = uow.conversations.save(uow.conversations.get(id).decided(facts).queue())
            _learn(uow, context, before, facts, by)
            data = {"before": before.issue_type, "issue_type": issue_type, "note": said}
            record(uow, EventKind.CONVERSATION_REROUTED, now, by, Subject(id), **data)
            uow.commit()
            return saved

    return retrying(step)


def _moved(uow: UnitOfWork, id: ConversationId, at: datetime, why: str, step: str) -> Conversation:
    """The conversation as it was; an offer of it is taken back."""
    conversation = uow.conversations.get(id)
    if conversation.state not in MAY_MOVE:
        allowed = " or ".join(sorted(MAY_MOVE))
        raise IllegalTransition("conversation", id, conversation.state, step, allowed)
    take_back(uow, conversation, at, why)
    return conversation


def _learn(uow: UnitOfWork, context: Context, conversation: Conversation, facts: IssueType, by: str) -> None:
    if facts.key == conversation.issue_type:
        return
    messages = uow.conversations.messages_of([conversation.id])[conversation.id]
    now = context.clock.now()
    text = words_of(context.masker, since(messages, conversation.waiting_since), now)
    label = f"reroute:{context.ids.new()}"
    uow.labels.add(Label(label, text, facts.key, LabelSource.CORRECTION, conversation.id, by, now))


def send_back(context: Context, id: ConversationId, by: str, note: str) -> ReviewItem:
    """Ask people again what it is; an offer is taken back. Past the deadline it goes on as it is routed now.

    Fraud and vulnerability are never held up: Refused.
    """
    said = noted("note", context.masker.mask(note))

    def step() -> ReviewItem:
        now = context.clock.now()
        with context.store.transaction() as uow:
            if uow.conversations.get(id).state is ConversationState.IN_REVIEW:
                raise Refused(f"conversation {id} is in the disambiguation queue already")
            before = _moved(uow, id, now, said, "a review")
            if before.fast_lane:
                raise Refused(f"conversation {id} is of fraud or of a vulnerable customer; nothing holds it up")
            item = _asked(uow, context, before, now)
            uow.conversations.save(uow.conversations.get(id).back_to_review())
            uow.reviews.add(item)
            data = {"review_id": item.id, "reasons": [SENT_BACK], "deadline_at": item.deadline_at.isoformat()}
            record(uow, EventKind.CONVERSATION_REROUTED, now, by, Subject(id), review_id=item.id, note=said)
            record(uow, EventKind.REVIEW_OPENED, now, by, Subject(id), **data)
            uow.commit()
            return item

    return retrying(step)


def _asked(uow: UnitOfWork, context: Context, conversation: Conversation, at: datetime) -> ReviewItem:
    """The question anew: a lapsed one about it ends, so that nobody answers twice."""
    triage = uow.triages.latest_of([conversation.id]).get(conversation.id)
    if triage is None:
        raise Refused(f"conversation {conversation.id} has not been understood yet")
    for old in uow.reviews.undecided_for(conversation.id):
        if old.state is ReviewState.LAPSED and not old.blind:
            uow.reviews.save(old.supersede())
    policy = context.policy
    question = Question(triage, 0.0, policy.urgent_probability, policy.review_deadline_seconds)
    worth = worth_of(question, context.packs.current().taxonomy, policy.review_weights)
    return ReviewItem(
        id=ReviewId(context.ids.new()),
        conversation_id=conversation.id,
        opened_at=at,
        deadline_at=at + policy.review_deadline,
        reasons=(SENT_BACK,),
        value=worth.value,
        value_reasons=worth.reasons,
        guess=triage.issue_type,
        model_version=triage.model_version,
    )
