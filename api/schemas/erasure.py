"""Erasures and holds: what is asked, the receipt that remains, and what stands against it."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from api.schemas.base import Given, Key, Shown, Words
from routing.domain.erasure import Erasure, Hold
from routing.services.erasure import Preview

Why = Annotated[Words, Field(max_length=500, description="a case number; never a name", examples=["case 2026-117"])]


class ErasureRequest(Given):
    """Why somebody is erased; kept in the receipt."""

    reason: Why


class HoldRequest(Given):
    """One customer, or one conversation, that must be neither erased nor purged."""

    reason: Why
    customer_id: Key | None = None
    conversation_id: Key | None = None


class AffectedModelReply(Shown):
    """A model that learned of somebody who was erased: train anew, and promote the result."""

    version: str
    state: str
    labels: int | None = Field(description="how many of their labels it was taught; null where nobody wrote that down")


class LingeringReply(Shown):
    """A copy that erasure cannot reach, and until when it is there; null where only its keeper knows."""

    place: str
    until: datetime | None


class ErasureReply(Shown):
    """The receipt of an erasure; it holds no personal data."""

    id: str
    customer: str = Field(description="a keyed digest of the customer's reference")
    asked_by: str
    asked_at: datetime
    reason: str
    done_at: datetime | None = Field(description="null while it is under way; ask for the erasure again to go on")
    counts: dict[str, int] = Field(description="what was taken away where")
    models: list[AffectedModelReply]
    lingering: list[LingeringReply]
    first: str | None = Field(description="the receipt of the first erasure of the same customer")

    @classmethod
    def of(cls, erasure: Erasure) -> Self:
        """The receipt, spelt out."""
        return cls(
            id=erasure.id,
            customer=erasure.customer.digest,
            asked_by=erasure.asked_by,
            asked_at=erasure.asked_at,
            reason=erasure.reason,
            done_at=erasure.done_at,
            counts=dict(erasure.counts),
            models=[AffectedModelReply.model_validate(model) for model in erasure.models],
            lingering=[LingeringReply.model_validate(each) for each in erasure.lingering],
            first=erasure.first,
        )


class HoldReply(Shown):
    """A hold: what it covers, who set it and why, and who lifted it when."""

    id: str
    reason: str
    customer_id: str | None
    conversation_id: str | None
    set_by: str
    set_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None


class HoldsReply(Shown):
    """Every hold in force, oldest first."""

    items: list[HoldReply]

    @classmethod
    def of(cls, holds: list[Hold]) -> Self:
        """Spelt out."""
        return cls(items=[HoldReply.model_validate(hold) for hold in holds])


class OpenReply(Shown):
    """A conversation that has not ended: it has to, before its customer is erased."""

    conversation_id: str
    state: str


class PreviewReply(Shown):
    """What an erasure would take away now, and what stands against it. Nothing was changed."""

    customer: str = Field(description="a keyed digest of the customer's reference")
    counts: dict[str, int]
    models: list[AffectedModelReply]
    not_ended: list[OpenReply]
    holds: list[HoldReply]
    receipts: list[ErasureReply] = Field(description="of earlier erasures, oldest first")

    @classmethod
    def of(cls, seen: Preview) -> Self:
        """Spelt out."""
        return cls(
            customer=seen.customer.digest,
            counts=dict(seen.counts),
            models=[AffectedModelReply.model_validate(model) for model in seen.models],
            not_ended=[OpenReply(conversation_id=id, state=state) for id, state in seen.open_ones.items()],
            holds=[HoldReply.model_validate(hold) for hold in seen.holds],
            receipts=[ErasureReply.of(each) for each in seen.before],
        )
