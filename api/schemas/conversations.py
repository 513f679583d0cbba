"""Conversations, their messages, and why they went where they went."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from api.schemas.base import NO_CONTROLS, Given, Key, MessageText, Shown, name_of
from api.schemas.events import EventReply
from api.schemas.triage import TriageReply
from api.schemas.work import AssignmentReply, OfferReply
from routing.domain.conversation import Conversation, ConversationState
from routing.domain.cop import Channel
from routing.domain.issue import Taxonomy
from routing.domain.market import Markets
from routing.domain.offer import Offer
from routing.ports import ConversationFilter
from routing.services.reporting import ConversationView, Explanation


class NewConversation(Given):
    """A customer's first message. With an `id` that exists it continues, or reopens, that conversation."""

    text: MessageText
    market: Key = Field(examples=["gb"])
    channel: Channel = Channel.CHAT
    id: Key | None = Field(default=None, description="the caller's own id; unset: one is made")
    customer_id: Key | None = Field(default=None, description="the caller's own reference, never a name or a number")


class NewMessage(Given):
    """A further message of the customer."""

    text: MessageText


Code = Annotated[str, Field(max_length=128, pattern=NO_CONTROLS)]


class ConversationQuery(Given):
    """Which conversations a list shows."""

    state: list[ConversationState] = Field(default=[], max_length=7)
    market: Code | None = None
    issue_type: Code | None = None
    customer_id: Code | None = None
    cop_id: Code | None = Field(default=None, description="the COp who last took it")
    cursor: str | None = Field(default=None, max_length=512, description="`next_cursor` of the page before")
    limit: int = Field(default=50, ge=1, le=200)

    def wanted(self, within: Markets) -> ConversationFilter:
        """The filter of the store, for somebody with these markets."""
        states = tuple(self.state) or None
        return ConversationFilter(states, self.market, self.issue_type, self.customer_id, self.cop_id, within)


class Received(Shown):
    """Taken in; triage follows by itself."""

    conversation_id: str
    href: str = Field(examples=["/v1/conversations/0197f0d5"])

    @classmethod
    def of(cls, conversation_id: str) -> Self:
        """A receipt that is the same for every retry."""
        return cls(conversation_id=conversation_id, href=f"/v1/conversations/{conversation_id}")


class MessageReply(Shown):
    """One message, its personal data masked."""

    id: str
    author: str
    text: str
    at: datetime


class ConversationReply(Shown):
    """One conversation as lists show it. `candidates` are [issue type, probability]: what it is matched by."""

    id: str
    market: str
    channel: Channel
    state: ConversationState
    received_at: datetime
    waiting_since: datetime
    customer_id: str | None
    language: str | None
    issue_type: str | None
    candidates: list[tuple[str, float]]
    priority: int = Field(description="1 is the most urgent, 5 the least")
    target_seconds: float
    vulnerable: bool
    fraud: bool
    alerts: list[str] = Field(description="kinds of circumstance found in it; only a person takes them away")
    last_cop_id: str | None
    returns: int = Field(description="how often an offer of it came to nothing")
    answered_at: datetime | None
    ended_at: datetime | None


class AlsoAsked(Shown):
    """A further need of the customer that nobody has handled yet."""

    issue_type: str
    name: str | None


class ConversationDetail(ConversationReply):
    """One conversation with everything that belongs to it."""

    issue_type_name: str | None
    also_asked: list[AlsoAsked] = Field(description="what the customer also asked about, and nobody has handled yet")
    messages: list[MessageReply]
    triage: TriageReply | None
    offer: OfferReply | None = Field(description="the pending one")
    assignment: AssignmentReply | None = Field(description="the active one")

    @classmethod
    def of(cls, view: ConversationView, taxonomy: Taxonomy) -> Self:
        """The view, spelt out."""
        return cls(
            **ConversationReply.model_validate(view.conversation).model_dump(),
            issue_type_name=name_of(taxonomy, view.conversation.issue_type),
            also_asked=[AlsoAsked(issue_type=key, name=name_of(taxonomy, key)) for key in view.needs],
            messages=[MessageReply.model_validate(message) for message in view.messages],
            triage=TriageReply.of(view.triage, taxonomy) if view.triage else None,
            offer=OfferReply.model_validate(view.offer) if view.offer else None,
            assignment=AssignmentReply.model_validate(view.assignment) if view.assignment else None,
        )


class WhyIssueType(Shown):
    """Why this issue type: what it is matched by, and the triage behind it."""

    issue_type: str | None
    name: str | None
    candidates: list[tuple[str, float]]
    triage: TriageReply | None

    @classmethod
    def of(cls, conversation: Conversation, triage: TriageReply | None, taxonomy: Taxonomy) -> Self:
        """What counts now, beside what the classifier said."""
        name = name_of(taxonomy, conversation.issue_type)
        return cls(
            issue_type=conversation.issue_type, name=name, candidates=list(conversation.candidates), triage=triage
        )


class WhyCop(Shown):
    """Why this COp: the newest offer and the matcher's account of it (cost terms, runner-up)."""

    offer: OfferReply
    tick_id: str
    why: dict[str, object]

    @classmethod
    def of(cls, offer: Offer) -> Self:
        """The account that was stored with the offer."""
        return cls(offer=OfferReply.model_validate(offer), tick_id=offer.tick_id, why=dict(offer.why))


class ExplanationReply(Shown):
    """The account of every decision about a conversation."""

    conversation_id: str
    state: ConversationState
    why_issue_type: WhyIssueType
    why_cop: WhyCop | None = Field(description="null until it was offered to somebody")
    excluded: list[str] = Field(description="COps it is not offered to again")
    history: list[EventReply]

    @classmethod
    def of(cls, account: Explanation, taxonomy: Taxonomy) -> Self:
        """The explanation, spelt out."""
        conversation = account.conversation
        triage = TriageReply.of(account.triage, taxonomy) if account.triage else None
        return cls(
            conversation_id=conversation.id,
            state=conversation.state,
            why_issue_type=WhyIssueType.of(conversation, triage, taxonomy),
            why_cop=WhyCop.of(account.offer) if account.offer else None,
            excluded=list(conversation.excluded),
            history=[EventReply.model_validate(event) for event in account.history],
        )
