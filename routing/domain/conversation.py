"""A conversation and the states it passes through, from first message to wrap-up."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from routing.domain.alert import ALERT_PRIORITY, tells_of_fraud, tells_of_vulnerability
from routing.domain.cop import Channel, CopId
from routing.domain.errors import IllegalTransition
from routing.domain.issue import IssueType, Triage

ConversationId = NewType("ConversationId", str)


class ConversationState(StrEnum):
    """Where a conversation stands. `received` waits for triage, `waiting` for a COp."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    WAITING = "waiting"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    CLOSED = "closed"
    ABANDONED = "abandoned"


QUEUED = frozenset({ConversationState.RECEIVED, ConversationState.IN_REVIEW, ConversationState.WAITING})
ENDED = frozenset({ConversationState.CLOSED, ConversationState.ABANDONED})


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; the text is masked before it gets here."""

    id: str
    conversation_id: ConversationId
    author: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """What one customer wants help with, over one channel.

    `waiting_since` is where its age counts from: the first message, or the reopening; offers, lapses and transfers keep
    it. `candidates` is what it is matched by: (issue type, probability), one pair when its type is certain.
    `excluded` are the COps it is not offered to again. `version` rises with every save.
    `alerts` are the kinds of circumstance found in it so far: they make it vulnerable or fraud whatever its type is,
    and only a person takes them away.
    """

    id: ConversationId
    market: str
    channel: Channel
    received_at: datetime
    waiting_since: datetime
    customer_id: str | None = None
    state: ConversationState = ConversationState.RECEIVED
    language: str | None = None
    issue_type: str | None = None
    candidates: tuple[tuple[str, float], ...] = ()
    priority: int = 3
    target_seconds: float = 300.0
    vulnerable: bool = False
    fraud: bool = False
    alerts: tuple[str, ...] = ()
    last_cop_id: CopId | None = None
    excluded: tuple[CopId, ...] = ()
    returns: int = 0
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 0

    @property
    def fast_lane(self) -> bool:
        """Fraud and vulnerable customers are exempt from every trade-off: nothing is weighed against their wait."""
        return self.fraud or self.vulnerable

    def understood(self, triage: Triage, candidates: tuple[tuple[str, float], ...], facts: IssueType) -> "Conversation":
        """Take over what triage found, keeping the state; `facts` is the top type as the taxonomy has it."""
        self._require("triage", *QUEUED)
        alerts = tuple(dict.fromkeys((*self.alerts, *triage.alerts)))
        return replace(self, language=triage.language, alerts=alerts)._with_type(candidates, facts)

    def without_alerts(self, facts: IssueType | None) -> "Conversation":
        """A person says that nothing is the matter: from now on its issue type alone decides; `facts` is that type."""
        calm = replace(self, alerts=())
        return calm._with_type(self.candidates, facts) if facts else replace(calm, vulnerable=False, fraud=False)

    def hold_for_review(self) -> "Conversation":
        """Wait in the disambiguation queue for a person's decision."""
        self._require("review", ConversationState.RECEIVED)
        return replace(self, state=ConversationState.IN_REVIEW)

    def queue(self) -> "Conversation":
        """Join those who wait for a COp."""
        self._require("queue", *QUEUED)
        return replace(self, state=ConversationState.WAITING)

    def decided(self, facts: IssueType) -> "Conversation":
        """A person said what it is: from now on it is matched by that type alone."""
        self._require("a verdict", *QUEUED)
        return self._with_type(((facts.key, 1.0),), facts)

    def back_to_triage(self) -> "Conversation":
        """A new message came while it waited: understand it again, keeping its age."""
        self._require("triage", *QUEUED)
        return replace(self, state=ConversationState.RECEIVED)

    def back_to_review(self) -> "Conversation":
        """A verdict was taken back while the conversation still waited."""
        self._require("review", ConversationState.WAITING)
        return replace(self, state=ConversationState.IN_REVIEW)

    def begun_by(self, at: datetime) -> "Conversation":
        """A message came late that was written before those that are known: its age counts from there.

        Only while it waits for its first answer: a later need began with a later message.
        """
        if self.waiting_since != self.received_at or self.answered_at is not None or at >= self.received_at:
            return self
        return replace(self, received_at=at, waiting_since=at)

    def offered(self) -> "Conversation":
        """Held for one COp until they answer."""
        self._require("an offer", ConversationState.WAITING)
        return replace(self, state=ConversationState.OFFERED)

    def returned(self, skip: CopId | None, most_excluded: int) -> "Conversation":
        """An offer came to nothing: wait again with the same age; `skip` is not asked again.

        At most `most_excluded` COps are remembered, the newest ones: a conversation that everybody declined comes back
        to the first of them instead of waiting for ever.
        """
        self._require("a return", ConversationState.OFFERED)
        waiting = replace(self, state=ConversationState.WAITING, returns=self.returns + 1)
        return waiting._excluding(skip, most_excluded)

    def assigned(self, cop_id: CopId, at: datetime) -> "Conversation":
        """A COp accepted; `answered_at` is kept from the first answer."""
        self._require("an assignment", ConversationState.OFFERED)
        answered = self.answered_at or at
        return replace(self, state=ConversationState.ASSIGNED, last_cop_id=cop_id, answered_at=answered)

    def transferred(self, from_cop: CopId, facts: IssueType | None, most_excluded: int) -> "Conversation":
        """Handed on: waits again, for another COp, by a corrected type when one was given."""
        self._require("a transfer", ConversationState.ASSIGNED)
        waiting = replace(self, state=ConversationState.WAITING, last_cop_id=None)
        waiting = waiting._with_type(((facts.key, 1.0),), facts) if facts else waiting
        return waiting._excluding(from_cop, most_excluded)

    def corrected(self, facts: IssueType) -> "Conversation":
        """The COp who handled it says it was of another type."""
        return self._with_type(((facts.key, 1.0),), facts)

    def closed(self, at: datetime) -> "Conversation":
        """Wrapped up."""
        self._require("a wrap-up", ConversationState.ASSIGNED)
        return replace(self, state=ConversationState.CLOSED, ended_at=at)

    def reopened(self, at: datetime) -> "Conversation":
        """The customer wrote again: a new wait begins; the COp who knows them is preferred."""
        self._require("reopening", *ENDED)
        return replace(
            self,
            state=ConversationState.RECEIVED,
            waiting_since=at,
            excluded=(),
            returns=0,
            answered_at=None,
            ended_at=None,
        )

    def abandoned(self, at: datetime) -> "Conversation":
        """The customer left before an answer."""
        self._require("abandonment", *QUEUED, ConversationState.OFFERED)
        return replace(self, state=ConversationState.ABANDONED, ended_at=at)

    def _with_type(self, candidates: tuple[tuple[str, float], ...], facts: IssueType) -> "Conversation":
        return replace(
            self,
            issue_type=facts.key,
            candidates=candidates,
            priority=min(facts.priority, ALERT_PRIORITY) if self.alerts else facts.priority,
            target_seconds=facts.service_target.seconds,
            vulnerable=facts.vulnerable or tells_of_vulnerability(self.alerts),
            fraud=facts.fraud or tells_of_fraud(self.alerts),
        )

    def _excluding(self, cop_id: CopId | None, most: int) -> "Conversation":
        if cop_id is None:
            return self
        others = tuple(other for other in self.excluded if other != cop_id)
        return replace(self, excluded=(*others, cop_id)[-most:] if most else ())

    def _require(self, step: str, *states: ConversationState) -> None:
        if self.state not in states:
            raise IllegalTransition("conversation", self.id, self.state, step, " or ".join(sorted(states)))
