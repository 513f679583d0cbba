"""Offers and assignments, and what COps say about them."""

from datetime import datetime

from pydantic import Field

from api.schemas.base import Given, Key, Reason, Shown
from routing.domain.cop import Channel
from routing.domain.offer import AssignmentState, OfferState
from routing.domain.outcome import LONGEST_HANDLE_TIME_SECONDS, Disposition


class OfferReply(Shown):
    """One conversation held for one COp until `expires_at`."""

    id: str
    conversation_id: str
    cop_id: str
    channel: Channel
    state: OfferState
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    reason: str | None


class AssignmentReply(Shown):
    """An accepted offer, until wrap-up or transfer."""

    id: str
    offer_id: str
    conversation_id: str
    cop_id: str
    channel: Channel
    state: AssignmentState
    issue_type: str | None
    started_at: datetime
    ended_at: datetime | None
    disposition: str | None
    handle_time_seconds: float | None


class OfferList(Shown):
    """The offers a COp has to answer, oldest first."""

    items: list[OfferReply]


class AssignmentList(Shown):
    """What a COp works on, oldest first."""

    items: list[AssignmentReply]


class Decline(Given):
    """Why the COp does not take it."""

    reason: Reason | None = Field(default=None, examples=["on another call"])


class WrapUpRequest(Given):
    """How the work ended."""

    disposition: Disposition
    handle_time_seconds: float = Field(
        strict=True,
        ge=0,
        le=LONGEST_HANDLE_TIME_SECONDS,
        allow_inf_nan=False,
        description="time of actual work, never from open to close",
        examples=[312],
    )
    issue_type: Key | None = Field(default=None, description="corrects the issue type when it was wrong")
    also_handled: list[Key] = Field(
        default=[], max_length=20, description="needs of `also_asked` that were met on the way; they are asked no more"
    )


class TransferRequest(Given):
    """Why it is handed on."""

    reason: Reason = Field(examples=["needs the fraud team"])
    issue_type: Key | None = Field(default=None, description="corrects the issue type when it was wrong")
