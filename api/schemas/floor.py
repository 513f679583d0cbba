"""The floor at one moment."""

from datetime import datetime
from typing import Self

from pydantic import Field

from api.schemas.base import Shown
from routing.domain.checking import TrueError
from routing.services.floor_views import FloorView


class FamilyReply(Shown):
    """How one family's queue stands."""

    family: str
    waiting: int
    oldest_wait_seconds: float
    past_target: int


class TickReply(Shown):
    """One round of matching; `fallback_reason` is null when the solver's own plan was used."""

    id: str
    group: str
    at: datetime
    waiting: int
    free_slots: int
    offered: int
    refused: int
    solver: str
    fallback_reason: str | None
    solve_ms: float
    total_ms: float
    priced: bool = Field(description="did prices of scarce time steer it?")
    unpriced_because: str | None
    policy_version: str


class TrueErrorReply(Shown):
    """How often one model's automatic decisions were wrong, by the blind checks of the last 30 days."""

    model_version: str
    sampled: int
    decided: int
    wrong: int
    error: float | None = Field(description="null while nobody has decided one")
    low: float = Field(description="the true error lies between low and high, with 95 % confidence")
    high: float

    @classmethod
    def of(cls, found: TrueError) -> Self:
        """One model's checks, spelt out."""
        checked = found.checked
        return cls(
            model_version=checked.model_version,
            sampled=checked.sampled,
            decided=checked.decided,
            wrong=checked.wrong,
            error=found.error,
            low=found.low,
            high=found.high,
        )


class FloorReply(Shown):
    """Who waits, who is there, and how the matching fares."""

    at: datetime
    families: list[FamilyReply]
    conversations: dict[str, int] = Field(description="by state")
    reviews: dict[str, int] = Field(description="by state")
    cops: dict[str, int] = Field(description="free, busy, away, offline")
    pending_offers: int
    ticks: list[TickReply] = Field(description="the newest first")
    fallbacks: dict[str, int] = Field(description="greedy plans that stood in, by reason")
    last_hour: dict[str, int] = Field(description="events of the last hour, by kind")
    decisions: dict[str, int] = Field(description="triages of the last hour, auto and review")
    languages_not_evaluated: dict[str, int] = Field(
        description="triages of the last hour in a language that the model was not evaluated on, by language"
    )
    outbox_pending: int
    last_seq: int = Field(description="the newest event; follow /v1/events from here")
    checks: list[TrueErrorReply] = Field(description="the true error of automatic decisions, by model version")

    @classmethod
    def of(cls, floor: FloorView) -> Self:
        """The floor, spelt out."""
        return cls(
            at=floor.at,
            families=[FamilyReply.model_validate(family) for family in floor.families],
            conversations={str(state): count for state, count in floor.states.items()},
            reviews={str(state): count for state, count in floor.reviews.items()},
            cops=dict(floor.standing),
            pending_offers=floor.pending_offers,
            ticks=[TickReply.model_validate(tick) for tick in floor.ticks],
            fallbacks=dict(floor.fallbacks),
            last_hour={str(kind): count for kind, count in floor.last_hour.items()},
            decisions=dict(floor.decisions),
            languages_not_evaluated=dict(floor.languages_not_evaluated),
            outbox_pending=floor.outbox_pending,
            last_seq=floor.last_seq,
            checks=[TrueErrorReply.of(found) for found in floor.checks],
        )
