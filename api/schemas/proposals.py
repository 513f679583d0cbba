"""New issue types that people propose, and the cases of each."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from api.schemas.base import Given, Key, Shown, Storable, Words
from routing.domain.notes import LONGEST_NOTE
from routing.domain.proposal import LONGEST_DESCRIPTION, LONGEST_NAME, ProposalState
from routing.domain.review import ReviewState
from routing.services.proposals import MOST_CASES, ProposalView

Name = Annotated[Words, Field(max_length=LONGEST_NAME, examples=["Card picture"])]
Description = Annotated[Words, Field(max_length=LONGEST_DESCRIPTION, examples=["Wants another picture on the card"])]


class ProposalRequest(Given):
    """An issue type that is missing. `reviews`: undecided items that are cases of it."""

    name: Name
    description: Description
    reviews: list[Key] = Field(default=[], max_length=MOST_CASES)


class SettlementRequest(Given):
    """What is to become of it. `key`: what the accepted type is to be called; left out, it follows from the name."""

    accept: bool
    note: Storable = Field(default="", max_length=LONGEST_NOTE)
    key: Key | None = None


class CaseReply(Shown):
    """One message that somebody says is of the proposed type."""

    review_id: str
    conversation_id: str
    state: ReviewState
    text: str = Field(description="the customer's words, personal data masked")


class ProposalReply(Shown):
    """A proposed issue type and what became of it."""

    id: str
    name: str
    description: str
    state: ProposalState
    proposed_by: str
    proposed_at: datetime
    settled_by: str | None
    settled_at: datetime | None
    note: str
    key: str | None = Field(description="what the accepted type is to be called")
    cases: list[CaseReply] = Field(description="those in the caller's markets, oldest first")
    left_out: list[str] = Field(description="asked for, and held by somebody else or decided already")

    @classmethod
    def of(cls, view: ProposalView, left_out: tuple[str, ...] = ()) -> Self:
        """A proposal with its cases."""
        made, settled = view.proposal, view.proposal.settlement
        return cls(
            id=made.id,
            name=made.name,
            description=made.description,
            state=made.state,
            proposed_by=made.proposed_by,
            proposed_at=made.proposed_at,
            settled_by=settled.by if settled else None,
            settled_at=settled.at if settled else None,
            note=settled.note if settled else "",
            key=settled.key if settled else None,
            cases=[
                CaseReply(review_id=item.id, conversation_id=item.conversation_id, state=item.state, text=text)
                for item, text in view.cases
            ],
            left_out=list(left_out),
        )


class ProposalsReply(Shown):
    """Proposed issue types, newest first."""

    items: list[ProposalReply]
