"""A person's decision on an alert: the only way in which one leaves a conversation."""

from routing.domain.conversation import Conversation, ConversationId
from routing.domain.events import EventKind
from routing.services.context import Context, Subject, record, retrying


def dismiss_alerts(context: Context, conversation_id: ConversationId, by: str) -> Conversation:
    """Take the alerts off a conversation: from now on its issue type alone says whether it may wait.

    Repeating it changes nothing. A further message that is read together with the same words raises them again.
    """

    def step() -> Conversation:
        now = context.clock.now()
        with context.store.transaction() as uow:
            conversation = uow.conversations.get(conversation_id)
            if not conversation.alerts:
                return conversation
            facts = context.packs.current().taxonomy.issue_types.get(conversation.issue_type or "")
            saved = uow.conversations.save(conversation.without_alerts(facts))
            subject = Subject(conversation_id)
            record(uow, EventKind.ALERTS_DISMISSED, now, by, subject, alerts=list(conversation.alerts))
            uow.commit()
            return saved

    return retrying(step)
