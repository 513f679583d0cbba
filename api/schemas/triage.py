"""Triage: what a message is understood to be."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from api.schemas.base import Given, Key, MessageText, Shown, name_of
from routing.domain.issue import Decision, Taxonomy, Triage


class TriageRequest(Given):
    """A message to try; nothing is stored."""

    text: MessageText
    market: Key | None = Field(
        default=None, description="its languages are expected; unset: the languages of all markets"
    )


class TriageReply(Shown):
    """What would be done with it."""

    issue_type: str
    name: str | None
    confidence: Annotated[float, Field(ge=0, le=1)]
    decision: Decision
    reasons: list[str]
    novelty: float = Field(description="0-1, high when the message seems outside the taxonomy")
    prediction_set: list[str] = Field(description="the issue types that cannot be ruled out at the chosen risk")
    top: list[tuple[str, float]] = Field(description="[issue type, probability], most probable first")
    language: str
    needs: list[tuple[str, float]] = Field(
        description="[issue type, confidence] of what the customer also wants, the most urgent first"
    )
    alerts: list[str] = Field(
        description="kinds of circumstance that call for haste: a vulnerable customer, or fraud in progress"
    )
    model_version: str
    at: datetime

    @classmethod
    def of(cls, triage: Triage, taxonomy: Taxonomy, most: int = 10) -> Self:
        """The newest view of a triage."""
        return cls(
            issue_type=triage.issue_type,
            name=name_of(taxonomy, triage.issue_type),
            confidence=min(1.0, max(0.0, triage.confidence)),
            decision=triage.decision,
            reasons=list(triage.reasons),
            novelty=triage.novelty,
            prediction_set=list(triage.prediction_set),
            top=list(triage.distribution[:most]),
            language=triage.language,
            needs=list(triage.needs),
            alerts=list(triage.alerts),
            model_version=triage.model_version,
            at=triage.at,
        )
