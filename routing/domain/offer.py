"""Offers and assignments: a conversation held for a COp, then worked on by them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from routing.domain.conversation import ConversationId
from routing.domain.cop import Channel, CopId
from routing.domain.errors import IllegalTransition, Invalid, OfferExpired

OfferId = NewType("OfferId", str)
AssignmentId = NewType("AssignmentId", str)


class OfferState(StrEnum):
    """`pending` holds a slot; every other state is final."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    RESCINDED = "rescinded"


@dataclass(frozen=True, slots=True)
class Offer:
    """One conversation held for one COp until `expires_at`; `why` is the matcher's account of the choice."""

    id: OfferId
    conversation_id: ConversationId
    cop_id: CopId
    channel: Channel
    made_at: datetime
    expires_at: datetime
    tick_id: str = ""
    state: OfferState = OfferState.PENDING
    ended_at: datetime | None = None
    reason: str | None = None
    why: Mapping[str, object] = field(default_factory=dict)
    version: int = 0

    def accept(self, at: datetime) -> "Offer":
        """The COp takes the conversation; OfferExpired from the deadline on."""
        self._require_pending("accept")
        if at >= self.expires_at:
            raise OfferExpired(self.id, self.expires_at.isoformat())
        return replace(self, state=OfferState.ACCEPTED, ended_at=at)

    def decline(self, at: datetime, reason: str | None) -> "Offer":
        """The COp does not take it."""
        self._require_pending("decline")
        return replace(self, state=OfferState.DECLINED, ended_at=at, reason=reason)

    def lapse(self, at: datetime) -> "Offer":
        """Nobody answered in time."""
        self._require_pending("lapse")
        if at < self.expires_at:
            raise Invalid("lapse time", at.isoformat(), f"{self.expires_at.isoformat()} or later")
        return replace(self, state=OfferState.LAPSED, ended_at=at)

    def rescind(self, at: datetime, reason: str) -> "Offer":
        """Taken back before an answer: the customer left, or the COp went offline."""
        self._require_pending("rescind")
        return replace(self, state=OfferState.RESCINDED, ended_at=at, reason=reason)

    def _require_pending(self, step: str) -> None:
        if self.state is not OfferState.PENDING:
            raise IllegalTransition("offer", self.id, self.state, step, OfferState.PENDING)


class AssignmentState(StrEnum):
    """`active` holds a slot; the others are final."""

    ACTIVE = "active"
    WRAPPED_UP = "wrapped_up"
    TRANSFERRED = "transferred"


@dataclass(frozen=True, slots=True)
class Assignment:
    """An accepted offer: a COp works on the conversation until wrap-up or transfer."""

    id: AssignmentId
    offer_id: OfferId
    conversation_id: ConversationId
    cop_id: CopId
    channel: Channel
    started_at: datetime
    issue_type: str | None = None
    state: AssignmentState = AssignmentState.ACTIVE
    ended_at: datetime | None = None
    disposition: str | None = None
    handle_time_seconds: float | None = None
    version: int = 0

    def wrap_up(self, at: datetime, disposition: str, handle_time_seconds: float) -> "Assignment":
        """Done: with a disposition and the seconds of actual work."""
        self._require_active("wrap-up")
        return replace(
            self,
            state=AssignmentState.WRAPPED_UP,
            ended_at=at,
            disposition=disposition,
            handle_time_seconds=handle_time_seconds,
        )

    def transfer(self, at: datetime, reason: str) -> "Assignment":
        """Handed on to somebody else."""
        self._require_active("transfer")
        return replace(self, state=AssignmentState.TRANSFERRED, ended_at=at, disposition=reason)

    def _require_active(self, step: str) -> None:
        if self.state is not AssignmentState.ACTIVE:
            raise IllegalTransition("assignment", self.id, self.state, step, AssignmentState.ACTIVE)
