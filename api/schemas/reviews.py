"""The disambiguation queue, and the verdicts people give."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from api.schemas.base import Given, Key, Shown, Words, name_of
from api.schemas.triage import TriageReply
from routing.domain.issue import Taxonomy
from routing.domain.needs import MOST_NEEDS
from routing.domain.notes import LONGEST_NOTE
from routing.domain.review import ReviewState
from routing.services.review_views import ReviewView


class VerdictRequest(Given):
    """What it is. Null means outside the taxonomy; leaving the field out is an error."""

    issue_type: Key | None = Field(examples=["card_swallowed"])
    also: list[Key] = Field(
        default=[],
        max_length=MOST_NEEDS - 1,
        description="what the customer wants besides; the most urgent of all is what it goes on by",
    )


class EscalationRequest(Given):
    """Why a lead should look. `to`: whose judgement is asked for; left out, any lead's."""

    note: Annotated[Words, Field(max_length=LONGEST_NOTE, examples=["Is this a complaint?"])]
    to: Key | None = None


class EscalationReply(Shown):
    """Who asked for whose judgement, and why."""

    by: str
    at: datetime
    note: str
    to: str | None


class VerdictReply(Shown):
    """What somebody decided."""

    issue_type: str | None
    name: str | None
    needs: list[str] = Field(description="the other issue types, where several needs were found")
    decided_by: str
    at: datetime
    seconds: float | None = Field(description="how long whoever decided had held it")


class ReviewReply(Shown):
    """One conversation whose issue type a person decides."""

    id: str
    conversation_id: str
    state: ReviewState
    opened_at: datetime
    deadline_at: datetime = Field(description="past it the conversation goes on under its uncertainty")
    reasons: list[str]
    value: float = Field(description="what a verdict is worth; the highest is asked first")
    value_reasons: list[tuple[str, float]] = Field(
        description="[changes_routing, teaches, urgent or escalated; what it adds to the value], the largest first"
    )
    blind: bool = Field(description="checks an automatic decision, whose triage is shown only once this is decided")
    holder: str | None = Field(description="whose claim on it lives now")
    skipped_by: list[str]
    escalation: EscalationReply | None
    proposal_id: str | None = Field(description="the issue type proposed for it; see GET /v1/proposals")
    text: str = Field(description="the customer's words, personal data masked")
    market: str
    triage: TriageReply | None
    verdict: VerdictReply | None

    @classmethod
    def of(cls, view: ReviewView, taxonomy: Taxonomy) -> Self:
        """One item with what a person needs to decide."""
        item = view.item
        return cls(
            id=item.id,
            conversation_id=item.conversation_id,
            state=item.state,
            opened_at=item.opened_at,
            deadline_at=item.deadline_at,
            reasons=list(item.reasons),
            value=item.value,
            value_reasons=list(item.value_reasons),
            blind=item.blind,
            holder=view.holder,
            skipped_by=list(item.skipped_by),
            escalation=EscalationReply.model_validate(item.escalation) if item.escalation else None,
            proposal_id=item.proposal_id,
            text=view.text,
            market=view.conversation.market,
            triage=TriageReply.of(view.triage, taxonomy) if view.triage and not item.hides_guess else None,
            verdict=_verdict(view, taxonomy),
        )


def _verdict(view: ReviewView, taxonomy: Taxonomy) -> VerdictReply | None:
    verdict = view.item.verdict
    if verdict is None:
        return None
    name = name_of(taxonomy, verdict.issue_type)
    return VerdictReply(
        issue_type=verdict.issue_type,
        name=name,
        needs=list(verdict.needs),
        decided_by=verdict.decided_by,
        at=verdict.at,
        seconds=verdict.seconds,
    )
